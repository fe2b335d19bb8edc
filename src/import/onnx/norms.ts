/** @file Norms. */
import { product } from '../../common/shape.ts';
import { named, numberText } from '../texts.ts';
import { type Argument, type Constant, floats, refuse, type Step, uniform, type Weight } from '../values.ts';
import { dimensionOf, permuted, reshapedTo } from './layers-shapes.ts';
import type { Layer, NodeReader } from './node-reader.ts';
import { reduce } from './reductions.ts';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);

function perChannel(leaf: string, constant: Constant, channels: number): Weight {
  if (constant.data.length !== channels) refuse('its weights do not fit the input');
  return { leaf, shape: [channels], data: floats(constant.data) };
}

const epsText = (reader: NodeReader) => named('eps', numberText(reader.float('epsilon', 1e-5)), numberText(1e-5));

const batchnorm: Layer = (reader) => {
  const x = reader.feature(0);
  if (reader.int('training_mode', 0) !== 0) refuse('it is in training');
  const leaves = ['weight', 'bias', 'running_mean', 'running_var'];
  // Some exporters write those that they do not learn.
  const plain = Number(uniform(reader.needed(1)) === 1) + Number(uniform(reader.needed(2)) === 0);
  const step = reader.stage('batchnorm', x, x.shape, {
    arguments: [epsText(reader)],
    weights: leaves.map((leaf, k) => perChannel(leaf, reader.needed(k + 1), x.shape[0]!)),
    label: reader.label(reader.constant(1), 'batchnorm'),
  });
  return plain > 0 ? { ...step, unlearned: plain * x.shape[0]! } : step;
};

const isPlain = (scale: Constant, bias: Constant) => uniform(scale) === 1 && uniform(bias) === 0;

/** With numbers that are learned, or without where they are 1 and 0, as some exporters write them. */
const instancenorm: Layer = (reader) => {
  const x = reader.feature(0);
  const [scale, bias] = [reader.needed(1), reader.needed(2)];
  if (x.shape.length < 2 || x.shape.length > 3) refuse('it is no map');
  const bare = isPlain(scale, bias);
  return reader.stage('instancenorm', x, x.shape, {
    arguments: [epsText(reader), named('affine', `${!bare}`, 'false')],
    weights: bare ? [] : [perChannel('weight', scale, x.shape[0]!), perChannel('bias', bias, x.shape[0]!)],
    label: reader.label(scale, 'instancenorm'),
  });
};

/** Before version 21 the numbers are those of groups, since then of channels. */
const groupnorm: Layer = (reader) => {
  const x = reader.feature(0);
  const groups = reader.int('num_groups', 1);
  const channels = x.shape[0]!;
  const spread = (constant: Constant): Constant => {
    if (constant.data.length !== groups || groups === channels) return constant;
    const data = range(0, channels).map((c) => constant.data[Math.floor((c * groups) / channels)]!);
    return { ...constant, data };
  };
  return reader.stage('groupnorm', x, x.shape, {
    arguments: [groups, epsText(reader)],
    weights: ['weight', 'bias'].map((leaf, k) => perChannel(leaf, spread(reader.needed(k + 1)), channels)),
    label: reader.label(reader.constant(1), 'groupnorm'),
  });
};

/** Of the last dimensions from `axis` on. */
function layernorm(reader: NodeReader): Step {
  const x = reader.feature(0);
  const rank = x.shape.length;
  const axis = dimensionOf(reader, x, reader.int('axis', -1));
  const scale = reader.needed(1);
  const bias = reader.constant(2);
  const label = reader.label(scale, 'layernorm');
  const normed = (of: Step, shape: readonly number[], axes: readonly Argument[]): Step => {
    if (scale.data.length !== product(shape)) refuse('its weights do not fit the input');
    const zeros = new Float32Array(scale.data.length);
    const weights = [
      { leaf: 'weight', shape, data: floats(scale.data) },
      { leaf: 'bias', shape, data: bias ? floats(bias.data) : zeros },
    ];
    return reader.stage('layernorm', of, of.shape, { arguments: [...axes, epsText(reader)], weights, label });
  };
  if (axis === 0) return normed(x, x.shape, []);
  if (axis < rank - 1) {
    // Those that are normed become one.
    const [before, behind] = [x.shape.slice(0, axis), product(x.shape.slice(axis))];
    const flat = reshapedTo(reader, x, [product(before), behind]);
    const first = permuted(reader, flat, [1, 0]);
    return reshapedTo(reader, permuted(reader, normed(first, [behind], [named('axes', 'channels')]), [1, 0]), x.shape);
  }
  const first = permuted(reader, x, [rank - 1, ...range(0, rank - 1)]);
  return permuted(reader, normed(first, [x.shape.at(-1)!], [named('axes', 'channels')]), [...range(1, rank), 0]);
}

/** With the means, and one divided by the deviations. */
export function layernorms(reader: NodeReader): Step[] {
  const results = [layernorm(reader)];
  if (reader.node.outputs.length < 2) return results;
  const x = reader.feature(0);
  const axes = range(dimensionOf(reader, x, reader.int('axis', -1)), x.shape.length);
  const mean = reduce(reader, 'mean', x, axes, true);
  const distance = reader.infix(x, '-', mean, x.shape);
  const variance = reduce(reader, 'mean', reader.infix(distance, '*', distance, x.shape), axes, true);
  const sum = reader.infix(variance, '+', reader.float('epsilon', 1e-5), variance.shape);
  const deviation = reader.stage('sqrt', sum, sum.shape);
  return [...results, mean, reader.infix(1, '/', deviation, deviation.shape)];
}

/** Over the axes of maps it is what an instance norm is. */
const meanVariance: Layer = (reader) => {
  const x = reader.feature(0);
  const axes = (reader.ints('axes') ?? [0, 2, 3]).map((axis) => dimensionOf(reader, x, axis));
  if (x.shape.length < 2 || axes.join() !== range(1, x.shape.length).join())
    refuse('it norms other axes than those of maps');
  return reader.stage('instancenorm', x, x.shape, {
    arguments: [named('eps', '1e-9'), named('affine', 'false', 'false')],
  });
};

export const NORMS: Readonly<Record<string, Layer>> = {
  BatchNormalization: batchnorm,
  InstanceNormalization: instancenorm,
  GroupNormalization: groupnorm,
  MeanVarianceNormalization: meanVariance,
};
