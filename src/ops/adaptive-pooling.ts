/**
 * @file Pooling to a given size, whatever the size of the map, as PyTorch has it: window i of n reaches from pixel
 * ⌊i·m/n⌋ up to and without ⌈(i+1)·m/n⌉ of m, so that windows may overlap and differ in size. Which pixels h those are is
 * affine after all: `0 <= n*h - m*i + n - 1 < m + n - 1`.
 */

import { type Pair, pair } from '../specs/attributes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';
import { mapShape } from './window.ts';

const SIZE = pair({ minimum: 1, doc: 'size of the result' });

const IN_ROWS = 'inside(nh*h - mh*i + nh - 1, mh + nh - 1)';
const IN_COLUMNS = 'inside(nw*w - mw*j + nw - 1, mw + nw - 1)';

interface Sizes {
  readonly channels: number;
  readonly map: Pair;
  readonly output: Pair;
}

function sizesOf(context: OperatorContext<{ size: Pair }>, operator: string): Sizes {
  const [channels, height, width] = mapShape(context, operator);
  return { channels, map: [height, width], output: context.attributes.size };
}

function isWhole({ map, output }: Sizes): boolean {
  return map[0] === output[0] && map[1] === output[1];
}

/** Options of a formula with windows of one size, side by side; undefined where they are uneven. */
function evenWindows({ map, output }: Sizes) {
  if (map[0] % output[0] !== 0 || map[1] % output[1] !== 0) return undefined;
  const [p, q] = [map[0] / output[0], map[1] / output[1]];
  return { constants: { p: p, q: q }, extents: { i: output[0], j: output[1], a: p, b: q } };
}

function unevenOptions({ map, output }: Sizes) {
  return {
    constants: { mh: map[0], mw: map[1], nh: output[0], nw: output[1], lowest: Number.NEGATIVE_INFINITY },
    extents: { i: output[0], j: output[1], h: map[0], w: map[1] },
  };
}

export const adaptiveavgpool = defineOperator({
  name: 'adaptiveavgpool',
  summary: 'Mean over windows that are chosen so that the result has the given size; they may overlap by a pixel.',
  formula: 'y[c, i, j] = mean of x[c, h, w] with floor(i*m/n) <= h < ceil((i+1)*m/n), and w alike',
  kind: 'layer',
  inputs: 1,
  attributes: { size: SIZE },
  example: 'features -> adaptiveavgpool(6) -> dense(10)',
  traits: { keeps: 'range' },
  build(context) {
    const sizes = sizesOf(context, 'adaptiveavgpool');
    if (isWhole(sizes)) return context.inputs[0]!;
    const even = evenWindows(sizes);
    if (even)
      return context.apply(
        'op adaptiveavgpool(x[c, h, w]) -> y[c, i, j] = (sum(a, b) x[c, p*i + a, q*j + b]) / (p * q)',
        context.inputs,
        even,
      );
    const options = unevenOptions(sizes);
    // Sizes of the windows depend on nothing but the position: x is named and not read.
    const count = (name: string, text: string) =>
      context.apply(`op ${name}(x[c, h, w]) -> ${text}`, context.inputs, { ...options, name });
    const rows = count('rows', `n[i] = sum(h) ${IN_ROWS}`);
    const columns = count('columns', `n[j] = sum(w) ${IN_COLUMNS}`);
    return context.apply(
      'op adaptiveavgpool(x[c, h, w], rows[i], columns[j]) -> y[c, i, j] = ' +
        `(sum(h, w) ${IN_ROWS} * ${IN_COLUMNS} * x[c, h, w]) / (rows[i] * columns[j])`,
      [context.inputs[0]!, rows, columns],
      options,
    );
  },
});

export const adaptivemaxpool = defineOperator({
  name: 'adaptivemaxpool',
  summary:
    'Largest value of windows that are chosen so that the result has the given size; they may overlap by a pixel.',
  formula: 'y[c, i, j] = max of x[c, h, w] with floor(i*m/n) <= h < ceil((i+1)*m/n), and w alike',
  kind: 'layer',
  inputs: 1,
  attributes: { size: SIZE },
  example: 'features -> adaptivemaxpool(6) -> dense(10)',
  traits: { keeps: 'range' },
  build(context) {
    const sizes = sizesOf(context, 'adaptivemaxpool');
    if (isWhole(sizes)) return context.inputs[0]!;
    const even = evenWindows(sizes);
    if (even)
      return context.apply(
        'op adaptivemaxpool(x[c, h, w]) -> y[c, i, j] = max(a, b) x[c, p*i + a, q*j + b]',
        context.inputs,
        even,
      );
    return context.apply(
      'op adaptivemaxpool(x[c, h, w]) -> y[c, i, j] = ' +
        `max(h, w) if ${IN_ROWS} * ${IN_COLUMNS} > 0 { x[c, h, w] } else { lowest }`,
      context.inputs,
      unevenOptions(sizes),
    );
  },
});
