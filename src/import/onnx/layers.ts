/** @file ONNX nodes as layers: the table of all that have a counterpart, but for those that make several results. */
import { product } from '../../common/shape.ts';
import { named, numberText } from '../texts.ts';
import { type Constant, floats, isStep, refuse, type Step, uniform } from '../values.ts';
import { ARITHMETIC, scaledBy, shiftedBy } from './arithmetic.ts';
import { border } from './borders.ts';
import { einsum, mixed as mixedBy, multiplied } from './formulas.ts';
import { GUARDS } from './guards.ts';
import { beforePermuting, dimensionOf, permuted, reshapedTo, SHAPE_LAYERS } from './layers-shapes.ts';
import { turned, WINDOW_LAYERS, weight } from './layers-windows.ts';
import type { Layer, NodeReader } from './node-reader.ts';
import { NORMS } from './norms.ts';
import { REDUCTIONS } from './reductions.ts';

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
  if (reader.leading === 0) return wholeGemm(reader, x, given);
  if (reader.int('transA', 0) !== 0) refuse('images become an axis');
  if (given.shape.length !== 2) refuse('its weight is no matrix');
  const matrix = reader.int('transB', 0) ? given : turned(given);
  const alpha = reader.float('alpha', 1);
  const constant = reader.constant(2);
  const [units] = matrix.shape as [number];
  const bias = constant && biasOf(constant, units, reader.float('beta', 1));
  return dense(reader, x, { ...matrix, data: scaled(floats(matrix.data), alpha) }, bias, given);
};

/** Where no dimension counts images, rows are one. */
function wholeGemm(reader: NodeReader, x: Step, given: Constant): Step {
  const rows = reader.int('transA', 0) ? permuted(reader, x, [1, 0]) : x;
  const matrix = reader.int('transB', 0) ? given : turned(given);
  const data = scaled(floats(matrix.data), reader.float('alpha', 1));
  const found = timesMatrix(reader, rows, { ...matrix, data }, given);
  const constant = reader.constant(2);
  if (!constant) return found;
  const bias = { ...constant, data: scaled(floats(constant.data), reader.float('beta', 1)) };
  return shiftedBy(reader, found, bias);
}

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
  const other = reader.inputs[1];
  if (other && isStep(other)) return multiplied(reader, x, other);
  const given = reader.needed(1);
  if (given.shape.length !== 2) refuse('its weight is no matrix');
  return timesMatrix(reader, x, turned(given), given);
};

/** `matrix`: a row for each output. */
function timesMatrix(reader: NodeReader, x: Step, matrix: Constant, given: Constant): Step {
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
}

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
  if (perPlace && (slope.data.length !== channels || slope.shape.at(-x.shape.length) !== channels)) {
    const below = reader.stage('relu', reader.infix(0, '-', x, x.shape), x.shape);
    const above = reader.stage('relu', x, x.shape);
    return reader.infix(above, '-', scaledBy(reader, below, slope), x.shape);
  }
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
    const dimension = dimensionOf(reader, x, reader.int('axis', newer ? -1 : 1));
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

/** Along one axis: of all before it, with itself or without, from either end. */
const cumulated: Layer = (reader) => {
  const x = reader.feature(0);
  const axis = dimensionOf(reader, x, reader.needed(1).data[0] ?? 0);
  const [without, reverse] = [reader.int('exclusive', 0), reader.int('reverse', 0)];
  const size = x.shape[axis]!;
  if (size > 2048) refuse('its matrix is too large');
  const counts = (k: number, d: number) => (reverse ? d - k : k - d) >= without;
  const rows = range(0, size).map((k) => Float32Array.from(range(0, size), (d) => Number(counts(k, d))));
  return mixedBy(reader, 'cumulated', x, axis, rows);
};

/** A function of each number, by a `fn` of its own. */
const piecewise =
  (word: string, body: (number: (name: string, usual: number) => string) => string): Layer =>
  (reader) => {
    const x = reader.feature(0);
    const text = body((name, usual) => numberText(reader.float(name, usual)));
    return reader.stage(word, x, x.shape, { definition: `fn NAME(x) = ${text}` });
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
  ...NORMS,
  ...REDUCTIONS,
  ...GUARDS,
  Gemm: gemm,
  Einsum: einsum,
  Pad: border,
  CumSum: cumulated,
  ThresholdedRelu: piecewise('thresholded', (of) => `if x > ${of('alpha', 1)} { x } else { 0 }`),
  Shrink: piecewise(
    'shrunk',
    (of) =>
      `if x < -${of('lambd', 0.5)} { x + ${of('bias', 0)} } else if x > ${of('lambd', 0.5)} { x - ${of('bias', 0)} } else { 0 }`,
  ),
  MatMul: matmul,
  LRN: lrn,
  Clip: clip,
  HardSigmoid: hardsigmoid,
  PRelu: prelu,
  Softmax: overClasses('softmax'),
  LogSoftmax: overClasses('logsoftmax'),
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
    const x = reader.feature(0);
    if (Math.abs(alpha - 1.673263) < 1e-5 && Math.abs(gamma - 1.050701) < 1e-5) return reader.stage('selu', x, x.shape);
    const elu = reader.stage('elu', x, x.shape, { arguments: [named('alpha', numberText(alpha), '1')] });
    return reader.infix(gamma, '*', elu, x.shape);
  },
  Gelu: (reader) =>
    reader.stage('gelu', reader.feature(0), reader.feature(0).shape, {
      arguments: [named('approximate', reader.text('approximate', 'none'), 'none')],
    }),
};
