/** @file Operators that trade channels for places, or reorder channels: all are views around one exchange of axes. */
import { elementCount } from '../ir/graph.ts';
import { integer } from '../specs/attributes.ts';
import { groupsOf } from './channel-groups.ts';
import { mapAxes } from './map-axes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

export const channelshuffle = defineOperator({
  name: 'channelshuffle',
  summary:
    'Deals the channels of each group out to all groups (Zhang et al. 2018, ShuffleNet), so that grouped convolutions mix.',
  formula: 'y[n * groups + g, i, j] = x[g * channels / groups + n, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: { groups: integer({ minimum: 1, doc: 'groups that the channels are in' }) },
  example: 'features -> channelshuffle(2)',
  traits: { keeps: 'numbers' },
  build(context) {
    const { shape } = context.inputs[0]!;
    const channels = shape[0]!;
    const groups = groupsOf(context, channels);
    const x = context.view(context.inputs[0]!, [groups, channels / groups, elementCount(shape) / channels]);
    const y = context.apply('op shuffle(x[g, n, i]) -> y[n, g, i] = x[g, n, i]', [x], { name: 'dealt' });
    return context.view(y, shape);
  },
});

const FACTOR = integer({ minimum: 1, doc: 'by how much each side of the map changes' });

export const pixelshuffle = defineOperator({
  name: 'pixelshuffle',
  summary:
    'Lays r * r channels out as a square of r x r pixels (Shi et al. 2016): a map of more places and fewer channels. Of a ' +
    'signal, r channels as r places.',
  formula: 'y[c, r*i + a, r*j + b] = x[r*r*c + r*a + b, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: { factor: FACTOR },
  example: 'features -> conv(12, 3x3, pad: same) -> pixelshuffle(2)',
  traits: { keeps: 'numbers' },
  build(context) {
    const map = mapAxes(context, 'pixelshuffle');
    const factors = map.sizes.map(() => context.attributes.factor);
    const each = context.attributes.factor ** map.count;
    requireMultiple(context, map.channels, each, 'channels');
    const channels = map.channels / each;
    const x = context.view(context.inputs[0]!, [channels, ...factors, ...map.sizes]);
    const read = `x[c, ${map.each('a')}, ${map.each('i')}]`;
    const y = context.apply(`op shuffle(${read}) -> y[c, ${map.each('i, a')}] = ${read}`, [x], { name: 'pixels' });
    return context.view(y, [channels, ...map.sizes.map((size, axis) => factors[axis]! * size)]);
  },
});

export const pixelunshuffle = defineOperator({
  name: 'pixelunshuffle',
  summary:
    'Stacks each square of r x r pixels, or each r places of a signal, into channels: the inverse of `pixelshuffle`, a ' +
    'stride that keeps all.',
  formula: 'y[r*r*c + r*a + b, i, j] = x[c, r*i + a, r*j + b]',
  kind: 'layer',
  inputs: 1,
  attributes: { factor: FACTOR },
  example: 'image -> pixelunshuffle(2)',
  traits: { keeps: 'numbers' },
  build(context) {
    const map = mapAxes(context, 'pixelunshuffle');
    const r = context.attributes.factor;
    const sizes = map.sizes.map((size, axis) => {
      requireMultiple(context, size, r, map.kind.places[axis]!);
      return size / r;
    });
    const y = context.apply(
      `op unshuffle(x[c, ${map.each('h')}]) -> y[c, ${map.each('a')}, ${map.each('i')}] = x[c, ${map.each('r * i + a')}]`,
      context.inputs,
      {
        name: 'pixels',
        constants: { r },
        extents: map.values({ a: sizes.map(() => r), i: sizes }),
      },
    );
    return context.view(y, [map.channels * r ** map.count, ...sizes]);
  },
});

function requireMultiple(context: OperatorContext, found: number, divisor: number, what: string): void {
  if (found % divisor !== 0)
    context.fail({
      code: 'CNN3105',
      message: `${found} ${what} cannot be dealt out in groups of ${divisor}`,
      attribute: 'factor',
      help: `the number of ${what} must be a multiple of ${divisor}`,
    });
}
