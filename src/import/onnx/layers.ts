/** @file ONNX nodes as layers: the table of all that have a counterpart, but for those that make several results. */
import { product } from '../../common/shape.ts';
import { ARITHMETIC } from './arithmetic.ts';
import { beforePermuting, dimensionOf, permuted, reshapedTo, SHAPE_LAYERS } from './layers-shapes.ts';
import { type Layer, turned, WINDOW_LAYERS, weight, wholeMap } from './layers-windows.ts';
import type { NodeReader } from './node-reader.ts';
import { named, numberText } from './texts.ts';
import { type Argument, type Constant, floats, refuse, type Step, uniform, type Weight } from './values.ts';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);

const plain =
  (word: string): Layer =>
  (reader) =>
    beforePermuting(reader, reader.feature(0), (x) => reader.stage(word, x, x.shape));

/** One number, from an attribute. */
const tuned =
  (word: string, attribute: string, usual: number, argument: string, own: number): Layer =>
  (reader) =>
    reader.stage(word, reader.feature(0), reader.feature(0).shape, {
      arguments: [named(argument, numberText(reader.float(attribute, usual)), numberText(own))],
    });

function scaled(values: Float32Array, factor: number): Float32Array {
  return factor === 1 ? values : values.map((value) => factor * value);
}

/** `matrix`: a row for each output. */
function dense(reader: NodeReader, x: Step, matrix: Constant, bias: Float32Array | undefined, name: Constant): Step {
  const [units, inputs] = matrix.shape as [number, number];
  if (x.shape.length !== 1 || x.shape[0] !== inputs) refuse('its weight does not fit the input');
  if (bias && bias.length !== units) refuse('its bias does not fit');
  return reader.stage('dense', x, [units], {
    arguments: [units, named('bias', `${bias !== undefined}`, 'true')],
    weights: [weight('weight', matrix), ...(bias ? [{ leaf: 'bias', shape: [units], data: bias }] : [])],
    label: reader.label(name, 'dense'),
  });
}

const gemm: Layer = (reader) => {
  const x = reader.feature(0);
  const given = reader.needed(1);
  if (reader.int('transA', 0) !== 0) refuse('images become an axis');
  if (given.shape.length !== 2) refuse('its weight is no matrix');
  const matrix = reader.int('transB', 0) ? given : turned(given);
  const alpha = reader.float('alpha', 1);
  const constant = reader.constant(2);
  const [units] = matrix.shape as [number];
  const bias = constant && biasOf(constant, units, reader.float('beta', 1));
  return dense(reader, x, { ...matrix, data: scaled(floats(matrix.data), alpha) }, bias, given);
};

function biasOf(constant: Constant, units: number, factor: number): Float32Array {
  const single = uniform(constant);
  const { data, shape } = constant;
  if (data.length === 1) return new Float32Array(units).fill(factor * single!);
  if (data.length !== units || shape.at(-1) !== units) refuse('its bias does not fit');
  return scaled(floats(data), factor);
}

/** On a map or a signal whose channels come last, a convolution of single places. */
const matmul: Layer = (reader) => {
  const x = reader.feature(0);
  const given = reader.needed(1);
  if (given.shape.length !== 2) refuse('its weight is no matrix');
  const matrix = turned(given);
  const rank = x.shape.length;
  if (rank === 1) return dense(reader, x, matrix, undefined, given);
  if (rank > 3 || x.shape.at(-1) !== matrix.shape[1]) refuse('its weight does not fit the input');
  const first = permuted(reader, x, [rank - 1, ...range(0, rank - 1)]);
  const [channels, inputs] = matrix.shape as [number, number];
  const ones = range(1, rank).map(() => 1);
  const mixed = reader.stage('conv', first, [channels, ...first.shape.slice(1)], {
    arguments: [channels, ones.join('x'), named('bias', 'false', 'true')],
    weights: [{ leaf: 'weight', shape: [channels, inputs, ...ones], data: floats(matrix.data) }],
    label: reader.label(given, 'conv'),
  });
  return permuted(reader, mixed, [...range(1, rank), 0]);
};

function perChannel(leaf: string, constant: Constant, channels: number): Weight {
  if (constant.data.length !== channels) refuse('its weights do not fit the input');
  return { leaf, shape: [channels], data: floats(constant.data) };
}

const epsText = (reader: NodeReader) => named('eps', numberText(reader.float('epsilon', 1e-5)), numberText(1e-5));

const batchnorm: Layer = (reader) => {
  const x = reader.feature(0);
  if (reader.int('training_mode', 0) !== 0) refuse('it is in training');
  const leaves = ['weight', 'bias', 'running_mean', 'running_var'];
  return reader.stage('batchnorm', x, x.shape, {
    arguments: [epsText(reader)],
    weights: leaves.map((leaf, k) => perChannel(leaf, reader.needed(k + 1), x.shape[0]!)),
    label: reader.label(reader.constant(1), 'batchnorm'),
  });
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

const layernorm: Layer = (reader) => {
  const x = reader.feature(0);
  const rank = x.shape.length;
  const axis = dimensionOf(x, reader.int('axis', -1));
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
  if (axis !== rank - 1) refuse('it norms some of the dimensions');
  const first = permuted(reader, x, [rank - 1, ...range(0, rank - 1)]);
  return permuted(reader, normed(first, [x.shape.at(-1)!], [named('axes', 'channels')]), [...range(1, rank), 0]);
};

const lrn: Layer = (reader) => {
  const size = reader.int('size', 1);
  if (size % 2 === 0) refuse('its size is even');
  const [alpha, beta, k] = [reader.float('alpha', 1e-4), reader.float('beta', 0.75), reader.float('bias', 1)];
  return reader.stage('lrn', reader.feature(0), reader.feature(0).shape, {
    arguments: [
      size,
      named('alpha', numberText(alpha), '0.0001'),
      named('beta', numberText(beta), '0.75'),
      named('k', numberText(k), '1'),
    ],
  });
};

const clip: Layer = (reader) => {
  const x = reader.feature(0);
  const bound = (k: number, name: string, open: number) => reader.constant(k)?.data[0] ?? reader.float(name, open);
  const [low, high] = [bound(1, 'min', Number.NEGATIVE_INFINITY), bound(2, 'max', Number.POSITIVE_INFINITY)];
  const [noLow, noHigh] = [low <= -3.4e38, high >= 3.4e38];
  if (noLow && noHigh) return x;
  if (low === 0 && noHigh) return reader.stage('relu', x, x.shape);
  if (low === 0 && high === 6) return reader.stage('relu6', x, x.shape);
  if (noLow || noHigh) return reader.call(noLow ? 'min' : 'max', [x, noLow ? high : low], x.shape);
  if (!(low < high)) refuse('its bounds leave nothing');
  return reader.stage('hardtanh', x, x.shape, {
    arguments: [named('min', numberText(low), '-1'), named('max', numberText(high), '1')],
  });
};

const hardsigmoid: Layer = (reader) => {
  const x = reader.feature(0);
  const [alpha, beta] = [reader.float('alpha', 0.2), reader.float('beta', 0.5)];
  if (Math.abs(alpha - 1 / 6) < 1e-6 && beta === 0.5) return reader.stage('hardsigmoid', x, x.shape);
  const line = reader.infix(reader.infix(alpha, '*', x, x.shape), '+', beta, x.shape);
  return reader.stage('hardtanh', line, x.shape, { arguments: [named('min', 0), named('max', 1)] });
};

const prelu: Layer = (reader) => {
  const x = reader.feature(0);
  const slope = reader.needed(1);
  const perPlace = slope.data.length > 1;
  const channels = x.shape[0]!;
  if (perPlace && (slope.data.length !== channels || slope.shape.at(-x.shape.length) !== channels))
    refuse('its slopes differ from place to place');
  return reader.stage('prelu', x, x.shape, {
    arguments: [named('shared', `${!perPlace}`, 'true')],
    weights: [{ leaf: 'weight', shape: [slope.data.length], data: floats(slope.data) }],
    label: reader.label(slope, 'prelu'),
  });
};

/** Since version 13 along one axis; before, over all behind it. */
const overClasses =
  (word: string): Layer =>
  (reader) => {
    const x = reader.feature(0);
    const rank = x.shape.length;
    const newer = reader.opset >= 13;
    const dimension = dimensionOf(x, reader.int('axis', newer ? -1 : 1));
    if (!newer && dimension === 0 && rank > 1)
      return reshapedTo(
        reader,
        reader.stage(word, reshapedTo(reader, x, [product(x.shape)]), [product(x.shape)]),
        x.shape,
      );
    if (!newer && dimension !== rank - 1) refuse('it runs over some of the dimensions');
    const order = [dimension, ...range(0, rank).filter((d) => d !== dimension)];
    const first = permuted(reader, x, order);
    return permuted(
      reader,
      reader.stage(word, first, first.shape),
      range(0, rank).map((d) => order.indexOf(d)),
    );
  };

/** Which dimensions, as the language calls them. */
function reduction(reader: NodeReader, x: Step): { readonly axes: readonly number[]; readonly keep: boolean } {
  const given = reader.list(1, 'axes');
  const keep = reader.int('keepdims', 1) === 1;
  if (!given?.length) refuse('it reduces the images too');
  return { axes: given.map((axis) => dimensionOf(x, axis)).sort((a, b) => a - b), keep };
}

const WORDS: Readonly<Record<string, string>> = { '0': 'channels', '1': 'height', '2': 'width', '1,2': 'spatial' };

const reduced =
  (word: 'mean' | 'sum' | 'max'): Layer =>
  (reader) => {
    const x = reader.feature(0);
    const idle = reader.int('noop_with_empty_axes', 0) === 1 && !reader.list(1, 'axes')?.length;
    if (idle) return x;
    const { axes, keep } = reduction(reader, x);
    const rank = x.shape.length;
    const isMap = rank > 1 && axes.join() === range(1, rank).join();
    if (isMap && word !== 'sum') return wholeMap(reader, word === 'mean' ? 'avg' : 'max', keep);
    if (word === 'max') refuse('it runs over some of the dimensions');
    const all = axes.length === rank;
    const name = all
      ? 'all'
      : rank === 2 && axes.join() === '1'
        ? 'length'
        : rank <= 3
          ? WORDS[axes.join()]
          : undefined;
    if (!name) refuse('it runs over some of the dimensions');
    if (all && !keep) refuse('one number for each image');
    const shape = x.shape.flatMap((size, k) => (axes.includes(k) ? (keep ? [1] : []) : [size]));
    return reader.stage(word, x, shape, {
      arguments: [named('axes', name, 'all'), named('keepdims', `${keep}`, 'false')],
    });
  };

const dropout: Layer = (reader) => {
  const x = reader.feature(0);
  const training = reader.constant(2);
  if (training?.data[0]) refuse('it is in training');
  const rate = reader.constant(1)?.data[0] ?? reader.float('ratio', 0.5);
  if (!(rate > 0 && rate < 1)) return x;
  return reader.stage('dropout', x, x.shape, { arguments: [numberText(rate)] });
};

/** By `opType` of the standard domain. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  ...WINDOW_LAYERS,
  ...SHAPE_LAYERS,
  ...ARITHMETIC,
  Gemm: gemm,
  MatMul: matmul,
  BatchNormalization: batchnorm,
  InstanceNormalization: instancenorm,
  GroupNormalization: groupnorm,
  LayerNormalization: layernorm,
  LRN: lrn,
  Clip: clip,
  HardSigmoid: hardsigmoid,
  PRelu: prelu,
  Softmax: overClasses('softmax'),
  LogSoftmax: overClasses('logsoftmax'),
  ReduceMean: reduced('mean'),
  ReduceSum: reduced('sum'),
  ReduceMax: reduced('max'),
  Dropout: dropout,
  Relu: plain('relu'),
  Sigmoid: plain('sigmoid'),
  Tanh: plain('tanh'),
  Softplus: plain('softplus'),
  Softsign: plain('softsign'),
  HardSwish: plain('hardswish'),
  Mish: plain('mish'),
  Exp: plain('exp'),
  Log: plain('log'),
  Sqrt: plain('sqrt'),
  Abs: plain('abs'),
  Erf: plain('erf'),
  LeakyRelu: tuned('leakyrelu', 'alpha', 0.01, 'slope', 0.01),
  Elu: tuned('elu', 'alpha', 1, 'alpha', 1),
  Celu: tuned('celu', 'alpha', 1, 'alpha', 1),
  Selu: (reader) => {
    const [alpha, gamma] = [reader.float('alpha', 1.673263), reader.float('gamma', 1.050701)];
    if (Math.abs(alpha - 1.673263) > 1e-5 || Math.abs(gamma - 1.050701) > 1e-5) refuse('numbers of its own');
    return reader.stage('selu', reader.feature(0), reader.feature(0).shape);
  },
  Gelu: (reader) =>
    reader.stage('gelu', reader.feature(0), reader.feature(0).shape, {
      arguments: [named('approximate', reader.text('approximate', 'none'), 'none')],
    }),
};
