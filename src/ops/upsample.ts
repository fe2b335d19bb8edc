/**
 * @file Maps of another size. A whole factor with `nearest` repeats each pixel: the result is written over axes of its
 * own for the repeats and then viewed as a map. Everything else is resampled along one dimension after the other: with
 * n places becoming m, and q/p being n/m in lowest terms, place p*k + r of the result lies near place q*k of the input,
 * so that a few taps with weights that depend on k and r do it. The weights are a formula of their positions.
 */
import { greatestCommonDivisor } from '../ir/affine.ts';
import type { Node } from '../ir/graph.ts';
import { boolean, choice, optional, type Pair, pair } from '../specs/attributes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';
import { mapShape } from './window.ts';

export const upsample = defineOperator({
  name: 'upsample',
  summary:
    'A map of another size, by whole factors or to a given size: each place takes the nearest pixel, or a mean of its ' +
    'neighbours weighted by distance (`bilinear`).',
  formula: 'y[c, s*i + a, s*j + b] = x[c, i, j], or sum(p, q) x[c, p, q] * weight(i, p) * weight(j, q)',
  kind: 'layer',
  inputs: 1,
  attributes: {
    factor: optional(pair({ minimum: 1, maximum: 4096, doc: 'by how much each side grows' })),
    mode: choice(['nearest', 'bilinear'], { default: 'nearest', doc: '`nearest` pixel or `bilinear` mean' }),
    size: optional(pair({ minimum: 1, maximum: 65536, doc: 'the new size, instead of a factor' })),
    align_corners: boolean({
      default: false,
      doc: 'with `bilinear`: the centres of the corner pixels stay in place, instead of the edges of the map',
    }),
  },
  example: 'features -> upsample(2, bilinear)',
  traits: { keeps: 'range' },
  build(context) {
    const [channels, height, width] = mapShape(context, 'upsample');
    const [rows, columns] = sizeOf(context, height, width);
    context.resolves({ factor: undefined, size: [rows, columns] });
    const { mode } = context.attributes;
    if (mode === 'nearest' && rows % height === 0 && columns % width === 0)
      return context.view(repeated(context, rows / height, columns / width), [channels, rows, columns]);
    const tall = resampled(context, context.inputs[0]!, 1, rows);
    return resampled(context, tall, 2, columns);
  },
});

type Wanted = { factor: Pair | undefined; size: Pair | undefined };
type Resampling = { mode: 'nearest' | 'bilinear'; align_corners: boolean };

function sizeOf(context: OperatorContext<Wanted>, height: number, width: number): Pair {
  const { factor, size } = context.attributes;
  if (factor && size)
    return context.fail({
      code: 'CNN3106',
      message: '`upsample` takes a factor or a size, found both',
      attribute: 'size',
      help: 'leave one of them out',
    });
  if (size) return size;
  if (factor) return [factor[0] * height, factor[1] * width];
  return context.fail({
    code: 'CNN3106',
    message: '`upsample` needs a factor or a size',
    help: 'write `upsample(2)` or `upsample(size: 28x28)`',
  });
}

function repeated(context: OperatorContext, a: number, b: number): Node {
  return context.apply('op upsample(x[c, i, j]) -> y[c, i, a, j, b] = x[c, i, j]', context.inputs, {
    name: 'pixels',
    extents: { a, b },
  });
}

/** Where the places of the result lie in the input, both in lowest terms. */
interface Grid {
  readonly from: number;
  readonly to: number;
  /** Places of the input and of the result until they meet again. */
  readonly q: number;
  readonly p: number;
  /** Of place `k` of the result in the input. */
  readonly position: (k: number) => number;
}

function gridOf(context: OperatorContext<Resampling>, from: number, to: number): Grid {
  const common = greatestCommonDivisor(from, to);
  const { mode, align_corners: aligned } = context.attributes;
  const position = (k: number) => {
    if (mode === 'nearest') return Math.floor((k * from) / to);
    if (aligned) return to === 1 ? 0 : (k * (from - 1)) / (to - 1);
    return Math.min(Math.max(((k + 0.5) * from) / to - 0.5, 0), from - 1);
  };
  return { from, to, q: from / common, p: to / common, position };
}

/** One dimension, 1 or 2, at another size. */
function resampled(context: OperatorContext<Resampling>, x: Node, dimension: 1 | 2, size: number): Node {
  const from = x.shape[dimension]!;
  if (from === size) return x;
  const grid = gridOf(context, from, size);
  const name = dimension === 1 ? 'rows' : 'columns';
  const [low, taps] = reach(grid);
  const weights = weightsOf(context, x, grid, { low, taps, name: `${name}.weights` });
  const [before, after] = dimension === 1 ? ['', ', j'] : ['i, ', ''];
  const tap = `x[c, ${before}q * k + t + low${after}]`;
  // Of the nearest alone, where NaN times 0 of the others would be NaN.
  const term =
    context.attributes.mode === 'nearest' ? `(if a[k, r, t] > 0 { ${tap} } else { 0 })` : `${tap} * a[k, r, t]`;
  const y = context.apply(
    `op ${name}(x[c, ${before}h${after}], a[k, r, t]) -> y[c, ${before}k, r${after}] = sum(t) ${term}`,
    [x, weights],
    { name, constants: { q: grid.q, low } },
  );
  return context.view(y, dimension === 1 ? [x.shape[0]!, size, x.shape[2]!] : [x.shape[0]!, x.shape[1]!, size]);
}

/** The taps t with weight for some place, as seen from place q*k: the lowest, and how many. */
function reach({ to, p, q, position }: Grid): [low: number, taps: number] {
  let [low, high] = [0, 0];
  for (let place = 0; place < to; place++) {
    const relative = position(place) - q * Math.floor(place / p);
    low = Math.min(low, Math.floor(relative));
    high = Math.max(high, Math.ceil(relative));
  }
  return [low, high - low + 1];
}

/** `a[k, r, t]`: what place p*k + r takes of place q*k + t + low: 1 at no distance, 0 from 1 on. */
function weightsOf(
  context: OperatorContext<Resampling>,
  x: Node,
  { from, to, p, q }: Grid,
  { low, taps, name }: { readonly low: number; readonly taps: number; readonly name: string },
): Node {
  const extents = { k: to / p, r: p, t: taps };
  // The notation asks for an operand; nothing of it is read.
  const head = 'op weights(x[c, h, w]) -> a[k, r, t]';
  const { mode, align_corners: aligned } = context.attributes;
  if (mode === 'nearest') {
    // Whole numbers are exact in f32: floor(q*r / p) = t + low.
    const body = 'if q * r >= p * (t + low) { if q * r < p * (t + low + 1) { 1 } else { 0 } } else { 0 }';
    return context.apply(`${head} = ${body}`, [x], { name, extents, constants: { p, q, low } });
  }
  // Relative to q*k, so that positions far from 0 keep their digits.
  const step = aligned ? (to === 1 ? 0 : (from - 1) / (to - 1)) : q / p;
  const [drift, start] = aligned ? [p * step - q, 0] : [0, step / 2 - 0.5];
  const constants = { q, before: -low, step, drift, start, last: from - 1 };
  const place = 'min(max(drift * k + step * r + start, 0 - q * k), last - q * k)';
  return context.apply(`${head} = max(0, 1 - abs(${place} - t + before))`, [x], {
    name,
    extents,
    constants,
  });
}
