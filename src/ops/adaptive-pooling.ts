/**
 * @file Pooling to a given size, whatever the size of the map, as PyTorch has it: window i of n reaches from pixel
 * ⌊i·m/n⌋ up to and without ⌈(i+1)·m/n⌉ of m, so that windows may overlap and differ in size. Which pixels h those are is
 * affine after all: `0 <= n*h - m*i + n - 1 < m + n - 1`.
 */

import { type Sizes, sizes } from '../specs/attributes.ts';
import { type MapAxes, mapAxes } from './map-axes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

const SIZE = sizes({ minimum: 1, doc: 'size of the result' });

const INSIDE = 'inside(n*h - m*i + n - 1, m + n - 1)';

interface Pooled {
  readonly map: MapAxes;
  readonly output: Sizes;
}

function pooled(context: OperatorContext<{ size: Sizes }>, operator: string): Pooled {
  return { map: mapAxes(context, operator), output: context.attributes.size };
}

function isWhole({ map, output }: Pooled): boolean {
  return map.sizes.every((size, k) => size === output[k]);
}

/** Options of a formula with windows of one size, side by side; undefined where they are uneven. */
function evenWindows({ map, output }: Pooled) {
  if (map.sizes.some((size, k) => size % output[k]! !== 0)) return undefined;
  const step = map.sizes.map((size, k) => size / output[k]!);
  return { constants: map.values({ p: step }), extents: map.values({ i: output, a: step }) };
}

function unevenOptions({ map, output }: Pooled) {
  return {
    constants: { ...map.values({ m: map.sizes, n: output }), lowest: Number.NEGATIVE_INFINITY },
    extents: map.values({ i: output, h: map.sizes }),
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
    const sizes = pooled(context, 'adaptiveavgpool');
    if (isWhole(sizes)) return context.inputs[0]!;
    const { map } = sizes;
    const [x, y] = [`x[c, ${map.each('h')}]`, `y[c, ${map.each('i')}]`];
    const even = evenWindows(sizes);
    if (even)
      return context.apply(
        `op adaptiveavgpool(${x}) -> ${y} = (sum(${map.each('a')}) x[c, ${map.each('p*i + a')}]) / (${map.each('p', ' * ')})`,
        context.inputs,
        even,
      );
    const options = unevenOptions(sizes);
    // Sizes of the windows depend on nothing but the position: x is named and not read.
    const counts = map.sizes.map((_, axis) => {
      const [name, i, h] = [map.text(axis, 'counts'), map.text(axis, 'i'), map.text(axis, 'h')];
      const text = `op ${name}(${x}) -> n[${i}] = sum(${h}) ${map.text(axis, INSIDE)}`;
      return context.apply(text, context.inputs, { ...options, name });
    });
    const inside = map.each(INSIDE, ' * ');
    return context.apply(
      `op adaptiveavgpool(${x}, ${map.each('counts[i]')}) -> ${y} = ` +
        `(sum(${map.each('h')}) ${inside} * ${x}) / (${map.each('counts[i]', ' * ')})`,
      [context.inputs[0]!, ...counts],
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
    const sizes = pooled(context, 'adaptivemaxpool');
    if (isWhole(sizes)) return context.inputs[0]!;
    const { map } = sizes;
    const [x, y] = [`x[c, ${map.each('h')}]`, `y[c, ${map.each('i')}]`];
    const even = evenWindows(sizes);
    if (even)
      return context.apply(
        `op adaptivemaxpool(${x}) -> ${y} = max(${map.each('a')}) x[c, ${map.each('p*i + a')}]`,
        context.inputs,
        even,
      );
    return context.apply(
      `op adaptivemaxpool(${x}) -> ${y} = ` +
        `max(${map.each('h')}) if ${map.each(INSIDE, ' * ')} > 0 { ${x} } else { lowest }`,
      context.inputs,
      unevenOptions(sizes),
    );
  },
});
