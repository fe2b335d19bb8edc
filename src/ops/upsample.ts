/**
 * @file Maps of another size. A whole factor with `nearest` repeats each pixel: the result is written over axes of its
 * own for the repeats and then viewed as a map. Everything else is resampled along one dimension after the other: with
 * n places becoming m, and q/p being n/m in lowest terms, place p*k + r of the result lies near place q*k of the input,
 * so that a few taps with weights that depend on k and r do it. The weights are a formula of their positions.
 */
import { greatestCommonDivisor } from '../ir/affine.ts';
import type { Node } from '../ir/graph.ts';
import { boolean, choice, optional, type Sizes, sizes } from '../specs/attributes.ts';
import { type MapAxes, mapAxes } from './map-axes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

export const upsample = defineOperator({
  name: 'upsample',
  summary:
    'A map of another size, by whole factors or to a given size: each place takes the nearest pixel, or a mean of its ' +
    'neighbours weighted by distance (`bilinear`, on a signal `linear`).',
  formula: 'y[c, s*i + a, s*j + b] = x[c, i, j], or sum(p, q) x[c, p, q] * weight(i, p) * weight(j, q)',
  kind: 'layer',
  inputs: 1,
  attributes: {
    factor: optional(sizes({ minimum: 1, maximum: 4096, doc: 'by how much each side grows' })),
    mode: choice(['nearest', 'bilinear', 'linear'], {
      default: 'nearest',
      doc: '`nearest` pixel, `bilinear` mean of a map, or `linear` mean of a signal',
    }),
    size: optional(sizes({ minimum: 1, maximum: 65536, doc: 'the new size, instead of a factor' })),
    align_corners: boolean({
      default: false,
      doc: 'with `bilinear` and `linear`: the centres of the corner pixels stay in place, instead of the edges of the map',
    }),
  },
  example: 'features -> upsample(2, bilinear)',
  traits: { keeps: 'range' },
  build(context) {
    const map = mapAxes(context, 'upsample');
    const wanted = sizeOf(context, map);
    context.resolves({ factor: undefined, size: wanted });
    checkMode(context, map);
    const factors = wanted.map((size, axis) => size / map.sizes[axis]!);
    if (context.attributes.mode === 'nearest' && factors.every(Number.isInteger))
      return context.view(repeated(context, map, factors), [map.channels, ...wanted]);
    return wanted.reduce((x, size, axis) => resampled(context, map, { x, axis, size }), context.inputs[0]!);
  },
});

type Wanted = { factor: Sizes | undefined; size: Sizes | undefined };
type Resampling = { mode: 'nearest' | 'bilinear' | 'linear'; align_corners: boolean };

function sizeOf(context: OperatorContext<Wanted>, map: MapAxes): Sizes {
  const { factor, size } = context.attributes;
  if (factor && size)
    return context.fail({
      code: 'CNN3106',
      message: '`upsample` takes a factor or a size, found both',
      attribute: 'size',
      help: 'leave one of them out',
    });
  if (size) return size;
  if (factor) return map.sizes.map((extent, axis) => factor[axis]! * extent);
  return context.fail({
    code: 'CNN3106',
    message: '`upsample` needs a factor or a size',
    help: 'write `upsample(2)` or `upsample(size: 28x28)`',
  });
}

/** A mean of neighbours is called after the axes that they lie along. */
function checkMode(context: OperatorContext<Resampling>, { count, kind }: MapAxes): void {
  const { mode } = context.attributes;
  const right = count === 1 ? 'linear' : 'bilinear';
  if (mode === 'nearest' || mode === right) return;
  context.fail({
    code: 'CNN3033',
    message: `a ${kind.name} has ${count === 1 ? 'one axis' : 'two axes'}, \`${mode}\` ${count === 1 ? 'two' : 'one'}`,
    attribute: 'mode',
    help: `write \`${right}\``,
  });
}

function repeated(context: OperatorContext, map: MapAxes, factors: Sizes): Node {
  const text = `op upsample(x[c, ${map.each('i')}]) -> y[c, ${map.each('i, a')}] = x[c, ${map.each('i')}]`;
  return context.apply(text, context.inputs, { name: 'pixels', extents: map.values({ a: factors }) });
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

interface Resampled {
  readonly x: Node;
  readonly axis: number;
  readonly size: number;
}

/** One axis at another size. */
function resampled(context: OperatorContext<Resampling>, map: MapAxes, { x, axis, size }: Resampled): Node {
  const from = map.sizes[axis]!;
  if (from === size) return x;
  const grid = gridOf(context, from, size);
  const name = map.kind.places[axis]!;
  const [low, taps] = reach(grid);
  const weights = weightsOf(context, map, x, grid, { low, taps, name: `${name}.weights` });
  const along = (text: string) => `[c, ${map.along(axis, text, 'i')}]`;
  const tap = `x${along('q * k + t + low')}`;
  // Of the nearest alone, where NaN times 0 of the others would be NaN.
  const term =
    context.attributes.mode === 'nearest' ? `(if a[k, r, t] > 0 { ${tap} } else { 0 })` : `${tap} * a[k, r, t]`;
  const y = context.apply(
    `op ${name}(x${along('h')}, a[k, r, t]) -> y${along('k, r')} = sum(t) ${term}`,
    [x, weights],
    { name, constants: { q: grid.q, low } },
  );
  return context.view(y, x.shape.with(axis + 1, size));
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
  map: MapAxes,
  x: Node,
  { from, to, p, q }: Grid,
  { low, taps, name }: { readonly low: number; readonly taps: number; readonly name: string },
): Node {
  const extents = { k: to / p, r: p, t: taps };
  // The notation asks for an operand; nothing of it is read.
  const head = `op weights(x[c, ${map.each('h')}]) -> a[k, r, t]`;
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
