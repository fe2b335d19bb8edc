/**
 * @file Normalisation of each image by itself: layer (Ba, Kiros and Hinton 2016), group (Wu and He 2018) and instance
 * normalisation (Ulyanov, Vedaldi and Lempitsky 2016). They differ in which values share a mean and a variance. Nothing
 * depends on the batch, so training and inference compute the same.
 */
import { product } from '../common/shape.ts';
import { elementCount, type Node, type Shape } from '../ir/graph.ts';
import { type Attribute, boolean, choice, integer, number } from '../specs/attributes.ts';
import { groupsOf } from './channel-groups.ts';
import { mapAxes } from './map-axes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

/** What all norms add to a variance. */
export const EPS = number({
  minimum: 1e-30,
  maximum: 1,
  default: 1e-5,
  byPlace: false,
  doc: 'added to the variance, which may be 0',
});

/** A value that shares its mean with no other is its own mean, and what is left of it is 0. */
export function oneValue(count: number, where: string): string | undefined {
  return count === 1 ? `each ${where} has one value, which is its own mean` : undefined;
}

function affineAttribute(preset: boolean): Attribute<boolean> {
  return boolean({ default: preset, doc: 'scale and shift by learned numbers' });
}

/** How formulas index: a value, a mean, a learned number; and the axes over which values are averaged. */
interface Pattern {
  readonly value: string;
  readonly mean: string;
  readonly learned: string;
  readonly averaged: string;
}

/** Values `[g, c, i]`: all of a group share their statistics, all of a channel their scale. */
const GROUPED: Pattern = { value: 'g, c, i', mean: 'g', learned: 'g, c', averaged: 'c, i' };
/** Values `[c, i]`: the channels of one place share their statistics. */
const PLACEWISE: Pattern = { value: 'c, i', mean: 'i', learned: 'c', averaged: 'c' };

interface Normalization {
  readonly pattern: Pattern;
  /** Shape of the input as `pattern.value` reads it. */
  readonly values: Shape;
  /** Number of values that share a mean. */
  readonly count: number;
  /** Shape of the parameters for the outside; as `pattern.learned` reads them they may have another. */
  readonly parameters: Shape;
}

function normalize(
  context: OperatorContext<{ eps: number; affine: boolean }>,
  { pattern, values, count, parameters }: Normalization,
): Node {
  const { value, mean: index, learned } = pattern;
  const input = context.inputs[0]!;
  const x = context.view(input, values);
  const { mean, scale } = statistics(context, x, pattern, count);
  const centred = `(x[${value}] - m[${index}]) * r[${index}]`;
  if (!context.attributes.affine) {
    const text = `op norm(x[${value}], m[${index}], r[${index}]) -> y[${value}] = ${centred}`;
    return context.view(context.apply(text, [x, mean, scale], { name: 'normalized' }), input.shape);
  }
  const fan = { fanIn: elementCount(parameters), fanOut: elementCount(parameters) };
  const inside = values.slice(0, learned.split(', ').length);
  const weight = context.view(context.parameter('weight', parameters, { kind: 'ones', ...fan }), inside);
  const bias = context.view(context.parameter('bias', parameters, { kind: 'zeros', ...fan }), inside);
  const y = context.apply(
    `op norm(x[${value}], m[${index}], r[${index}], w[${learned}], b[${learned}]) -> y[${value}] = ` +
      `${centred} * w[${learned}] + b[${learned}]`,
    [x, mean, scale, weight, bias],
    { name: 'normalized' },
  );
  return context.view(y, input.shape);
}

/** The mean and 1/√(biased variance + eps). The mean inside the variance is detached for the reason given at batch norm. */
function statistics(
  context: OperatorContext<{ eps: number }>,
  x: Node,
  { value, mean: index, averaged }: Pattern,
  count: number,
) {
  const constants = { n: count, eps: context.attributes.eps };
  const mean = context.apply(`op mean(x[${value}]) -> y[${index}] = (sum(${averaged}) x[${value}]) / n`, [x], {
    name: 'mean',
    constants,
  });
  const variance = context.apply(
    `op variance(x[${value}], m[${index}]) -> y[${index}] = ` +
      `(sum(${averaged}) (x[${value}] - detach(m[${index}]))^2) / n`,
    [x, mean],
    { name: 'variance', constants },
  );
  const scale = context.apply(`op scale(v[${index}]) -> y[${index}] = 1 / sqrt(v[${index}] + eps)`, [variance], {
    name: 'scale',
    constants,
  });
  return { mean, scale };
}

export const layernorm = defineOperator({
  name: 'layernorm',
  summary:
    'Brings the values of an image to mean 0 and variance 1: all of them together, or with `axes: channels` the channels ' +
    'of each place by themselves, as ConvNeXt does. Then scales and shifts by learned numbers.',
  formula: 'y[c, i, j] = (x[c, i, j] - mean) / sqrt(variance + eps) * weight[c, i, j] + bias[c, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    axes: choice(['all', 'channels'], {
      default: 'all',
      doc: 'what shares a mean: `all` values of an image, or the `channels` of each place; the parameters have the same axes',
    }),
    eps: EPS,
    affine: affineAttribute(true),
  },
  example: 'features -> layernorm(axes: channels)',
  traits: {
    normalizes: 'image',
    constantFor: (input, { axes }) => oneValue(axes === 'channels' ? input[0]! : elementCount(input), 'place'),
  },
  build(context) {
    const { shape } = context.inputs[0]!;
    const channels = shape[0]!;
    const size = elementCount(shape);
    if (context.attributes.axes === 'channels')
      return normalize(context, {
        pattern: PLACEWISE,
        values: [channels, size / channels],
        count: channels,
        parameters: [channels],
      });
    return normalize(context, { pattern: GROUPED, values: [1, size, 1], count: size, parameters: shape });
  },
});

export const groupnorm = defineOperator({
  name: 'groupnorm',
  summary:
    'Brings each group of channels of an image to mean 0 and variance 1, then scales and shifts each channel by learned ' +
    'numbers. One group is layer norm with parameters per channel.',
  formula: 'y[g, c, i, j] = (x[g, c, i, j] - mean[g]) / sqrt(variance[g] + eps) * weight[g, c] + bias[g, c]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    groups: integer({ minimum: 1, doc: 'groups of channels that share a mean' }),
    eps: EPS,
    affine: affineAttribute(true),
  },
  example: 'features -> groupnorm(4)',
  traits: {
    normalizes: 'image',
    constantFor: (input, { groups }) => oneValue(elementCount(input) / groups, 'group'),
  },
  build(context) {
    const { shape } = context.inputs[0]!;
    const channels = shape[0]!;
    const groups = groupsOf(context, channels);
    const values = [groups, channels / groups, elementCount(shape) / channels];
    return normalize(context, {
      pattern: GROUPED,
      values,
      count: elementCount(shape) / groups,
      parameters: [channels],
    });
  },
});

export const instancenorm = defineOperator({
  name: 'instancenorm',
  summary: 'Brings each channel of each image to mean 0 and variance 1; learns nothing unless `affine: true`.',
  formula: 'y[c, i, j] = (x[c, i, j] - mean[c]) / sqrt(variance[c] + eps)',
  kind: 'layer',
  inputs: 1,
  attributes: { eps: EPS, affine: affineAttribute(false) },
  example: 'features -> instancenorm',
  traits: {
    normalizes: 'channels',
    constantFor: (input) => oneValue(elementCount(input) / input[0]!, 'channel'),
  },
  build(context) {
    const { channels, sizes } = mapAxes(context, 'instancenorm');
    const places = product(sizes);
    return normalize(context, {
      pattern: GROUPED,
      values: [channels, 1, places],
      count: places,
      parameters: [channels],
    });
  },
});
