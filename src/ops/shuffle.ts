/** @file Operators that trade channels for places, or reorder channels: all are views around one exchange of axes. */
import { elementCount } from '../ir/graph.ts';
import { integer } from '../specs/attributes.ts';
import { groupsOf } from './channel-groups.ts';
import { defineOperator, type OperatorContext } from './operator.ts';
import { mapShape } from './window.ts';

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
    'Lays r * r channels out as a square of r x r pixels (Shi et al. 2016): a map of more places and fewer channels.',
  formula: 'y[c, r*i + a, r*j + b] = x[r*r*c + r*a + b, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: { factor: FACTOR },
  example: 'features -> conv(12, 3x3, pad: same) -> pixelshuffle(2)',
  traits: { keeps: 'numbers' },
  build(context) {
    const [channels, height, width] = mapShape(context, 'pixelshuffle');
    const r = context.attributes.factor;
    requireMultiple(context, channels, r * r, 'channels');
    const x = context.view(context.inputs[0]!, [channels / (r * r), r, r, height, width]);
    const y = context.apply('op shuffle(x[c, a, b, i, j]) -> y[c, i, a, j, b] = x[c, a, b, i, j]', [x], {
      name: 'pixels',
    });
    return context.view(y, [channels / (r * r), r * height, r * width]);
  },
});

export const pixelunshuffle = defineOperator({
  name: 'pixelunshuffle',
  summary:
    'Stacks each square of r x r pixels into r * r channels: the inverse of `pixelshuffle`, a stride that keeps all.',
  formula: 'y[r*r*c + r*a + b, i, j] = x[c, r*i + a, r*j + b]',
  kind: 'layer',
  inputs: 1,
  attributes: { factor: FACTOR },
  example: 'image -> pixelunshuffle(2)',
  traits: { keeps: 'numbers' },
  build(context) {
    const [channels, height, width] = mapShape(context, 'pixelunshuffle');
    const r = context.attributes.factor;
    requireMultiple(context, height, r, 'rows');
    requireMultiple(context, width, r, 'columns');
    const y = context.apply(
      'op unshuffle(x[c, h, w]) -> y[c, a, b, i, j] = x[c, r * i + a, r * j + b]',
      context.inputs,
      { name: 'pixels', constants: { r }, extents: { a: r, b: r, i: height / r, j: width / r } },
    );
    return context.view(y, [channels * r * r, height / r, width / r]);
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
