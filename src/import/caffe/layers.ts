/** @file Layers of Caffe as ours, with what Caffe does where it differs from others. Source: caffe.proto, and the layers of Caffe. */
import { product } from '../../common/shape.ts';
import {
  batchnorm,
  call,
  channelsOf,
  convolution,
  dense,
  flattened,
  infix,
  joined,
  learnedScale,
  mapOf,
  noWeights,
  pooled,
  reshaped,
  type Sliding,
  stage,
  transposed,
  wholeMap,
} from '../layer-steps.ts';
import { named, numberText } from '../texts.ts';
import { refuse, type Step, same } from '../values.ts';
import type { Message } from './text-format.ts';

export interface CaffePlace {
  readonly inputs: readonly Step[];
  readonly layer: Message;
  /** As the language can write it. */
  readonly label: string;
  /** How many blobs it gives. */
  readonly tops: number;
}

export type CaffeLayer = (place: CaffePlace) => readonly Step[];

const single =
  (make: (x: Step, place: CaffePlace) => Step): CaffeLayer =>
  (place) => [make(place.inputs[0] ?? refuse('it has no bottom'), place)];

/** `kernel_size: 3`, two of them, or `kernel_h` and `kernel_w`. */
function pairOf(message: Message, name: string, short: string, otherwise: number): [number, number] {
  const [first = otherwise, second = first] = message.numbers(name);
  const pair = [message.number(`${short}_h`, first), message.number(`${short}_w`, second)] as [number, number];
  if (!pair.every((size) => Number.isSafeInteger(size) && size >= (short === 'pad' ? 0 : 1)))
    refuse(`its ${name} is ${pair.join('x')}`);
  return pair;
}

function slidingOf(message: Message): Sliding & { readonly dilation: readonly number[] } {
  const [top, left] = pairOf(message, 'pad', 'pad', 0);
  const [dilation = 1, other = dilation] = message.numbers('dilation');
  return {
    kernel: pairOf(message, 'kernel_size', 'kernel', 0),
    stride: pairOf(message, 'stride', 'stride', 1),
    sides: [top, left, top, left],
    dilation: [dilation, other],
  };
}

const windowed = (make: typeof convolution): CaffeLayer =>
  single((x, { layer, label }) => {
    const message = layer.message('convolution_param');
    if (message.whole('axis', 1) !== 1) refuse('it runs along other axes');
    const channels = message.whole('num_output', 0, 1);
    const groups = message.whole('group', 1, 1);
    return make(
      x,
      { ...slidingOf(message), channels, groups, bias: message.flag('bias_term', true), label },
      noWeights,
    );
  });

const innerProduct = single((x, { layer, label }) => {
  const message = layer.message('inner_product_param');
  if (message.whole('axis', 1) !== 1) refuse('it runs along other axes');
  return dense(x, message.whole('num_output', 0, 1), message.flag('bias_term', true), label, noWeights);
});

/** A last window may hang over the edge, which is what Caffe means if nothing is said. */
const pooling = single((x, { layer }) => {
  const message = layer.message('pooling_param');
  const kind = message.text('pool', 'MAX');
  const word = { MAX: 'maxpool', AVE: 'avgpool', '0': 'maxpool', '1': 'avgpool' }[kind] as
    | 'maxpool'
    | 'avgpool'
    | undefined;
  if (!word) refuse(`it pools by \`${kind}\``);
  if (message.flag('global_pooling', false)) return wholeMap(x, word === 'maxpool' ? 'max' : 'avg');
  const window = slidingOf(message);
  const ceil = !/^(FLOOR|1)$/.test(message.text('round_mode', 'CEIL'));
  const [, ...map] = mapOf(x);
  const beyond = map.some((extent, k) => {
    const places = Math.ceil((extent + 2 * window.sides[k]! - window.kernel[k]!) / window.stride[k]!) + 1;
    return window.sides.every((side) => side === 0) && (places - 1) * window.stride[k]! >= extent;
  });
  if (ceil && beyond) refuse('its last window lies beyond the map');
  return pooled(x, word, { ...window, ceil, counts: true });
});

const lrn = single((x, { layer }) => {
  const message = layer.message('lrn_param');
  const size = message.whole('local_size', 5, 1);
  if (!/^(ACROSS_CHANNELS|0)$/.test(message.text('norm_region', 'ACROSS_CHANNELS'))) refuse('it runs over places');
  return stage('lrn', x, x.shape, {
    arguments: [
      size,
      named('alpha', numberText(message.number('alpha', 1)), '0.0001'),
      named('beta', numberText(message.number('beta', 0.75)), '0.75'),
      named('k', numberText(message.number('k', 1)), '1'),
    ],
  });
});

const relu = single((x, { layer }) => {
  const slope = layer.message('relu_param').number('negative_slope', 0);
  return slope === 0
    ? stage('relu', x)
    : stage('leakyrelu', x, x.shape, { arguments: [named('slope', numberText(slope), '0.01')] });
});

const prelu = single((x, { layer, label }) => {
  const shared = layer.message('prelu_param').flag('channel_shared', false);
  const weights = [{ leaf: 'weight', shape: [shared ? 1 : x.shape[0]!], data: new Float32Array(0) }];
  return stage('prelu', x, x.shape, { arguments: [named('shared', `${shared}`, 'true')], weights, label });
});

/** Ours scales and shifts as well; Caffe has that in a layer of its own, which follows. */
const batchNorm = single((x, { layer, label }) => {
  const message = layer.message('batch_norm_param');
  const momentum = Number((1 - message.number('moving_average_fraction', 0.999)).toPrecision(6));
  const eps = message.number('eps', 1e-5);
  return batchnorm(x, { eps, momentum, label, scales: false, shifts: false }, noWeights);
});

const scale: CaffeLayer = ({ inputs, layer, label }) => {
  const [x, other] = inputs;
  const message = layer.message('scale_param');
  if (!x) refuse('it has no bottom');
  if (other) return [infix(x, '*', other)];
  if (message.whole('axis', 1) !== 1 || message.whole('num_axes', 1) !== 1) refuse('it scales places');
  const shifts = message.flag('bias_term', false);
  if (x.word !== 'batchnorm') return [learnedScale(x, shifts, label, noWeights)];
  const { unlearned: _, ...scaled } = x;
  return [shifts ? scaled : { ...scaled, unlearned: x.shape[0]! }];
};

const eltwise: CaffeLayer = ({ inputs, layer }) => {
  const message = layer.message('eltwise_param');
  const operation = message.text('operation', 'SUM');
  const factors = message.numbers('coeff');
  if (inputs.length < 2) refuse('it has one bottom');
  if (/^(PROD|0)$/.test(operation)) return [inputs.reduce((all, x) => infix(all, '*', x))];
  if (/^(MAX|2)$/.test(operation)) return [inputs.reduce((all, x) => call('max', [all, x], x.shape))];
  if (!/^(SUM|1)$/.test(operation)) refuse(`it joins by \`${operation}\``);
  const terms = inputs.map((x, k) => ((factors[k] ?? 1) === 1 ? x : infix(x, '*', factors[k]!)));
  return [terms.reduce((sum, x) => infix(sum, '+', x))];
};

const axisOf = (message: Message, old: string): number => message.whole('axis', message.whole(old, 1));

const concat: CaffeLayer = ({ inputs, layer }) => {
  if (axisOf(layer.message('concat_param'), 'concat_dim') !== 1) refuse('it joins along other axes');
  return [joined(inputs)];
};

const slice: CaffeLayer = ({ inputs: [x], layer, tops }) => {
  const message = layer.message('slice_param');
  if (!x) refuse('it has no bottom');
  if (axisOf(message, 'slice_dim') !== 1) refuse('it cuts along other axes');
  const channels = x.shape[0]!;
  const points = message.numbers('slice_point');
  const cuts = points.length > 0 ? points : Array.from({ length: tops - 1 }, (_, k) => ((k + 1) * channels) / tops);
  const ends = [0, ...cuts, channels];
  if (cuts.length !== tops - 1 || ends.some((end) => !Number.isInteger(end))) refuse('its cuts do not fit');
  return ends.slice(1).map((end, k) => channelsOf(x, ends[k]!, end));
};

const reshape = single((x, { layer }) => {
  const message = layer.message('reshape_param');
  const [images, ...wanted] = message.message('shape').numbers('dim');
  if (message.whole('axis', 0) !== 0 || (images !== 0 && images !== -1)) refuse('it mixes images');
  const sizes = wanted.map((size, k) => (size === 0 ? (x.shape[k] ?? 0) : size));
  const known = product(sizes.filter((size) => size !== -1));
  return reshaped(
    x,
    sizes.map((size) => (size === -1 ? product(x.shape) / known : size)),
  );
});

const crop: CaffeLayer = ({ inputs: [x, like], layer }) => {
  const message = layer.message('crop_param');
  if (!x || !like || message.whole('axis', 2) !== 2) refuse('it cuts along other axes');
  const [channels, ...map] = mapOf(x);
  const [, ...wanted] = mapOf(like);
  const [first = 0, second = first] = message.numbers('offset');
  const before = [first, second];
  const after = map.map((extent, k) => extent - before[k]! - wanted[k]!);
  if ([...before, ...after].some((side) => side < 0)) refuse('it keeps more than there is');
  return [same(map, wanted) ? x : stage('crop', x, [channels, ...wanted], { arguments: [[...before, ...after]] })];
};

const power = single((x, { layer }) => {
  const message = layer.message('power_param');
  const [exponent, factor, shift] = [
    message.number('power', 1),
    message.number('scale', 1),
    message.number('shift', 0),
  ];
  const scaled = factor === 1 ? x : infix(x, '*', factor);
  const moved = shift === 0 ? scaled : infix(scaled, '+', shift);
  if (exponent === 1) return moved;
  if (exponent === 0.5) return stage('sqrt', moved);
  return exponent === 2 ? infix(moved, '*', moved) : refuse(`its power is ${exponent}`);
});

const dropout = single((x, { layer }) => {
  const rate = layer.message('dropout_param').number('dropout_ratio', 0.5);
  return rate > 0 && rate < 1 ? stage('dropout', x, x.shape, { arguments: [numberText(rate)] }) : x;
});

const softmax = single((x, { layer }) => {
  if (layer.message('softmax_param').whole('axis', 1) !== 1) refuse('it runs along other axes');
  return stage('softmax', x);
});

const unscaled = (parameters: string, word: string): CaffeLayer =>
  single((x, { layer }) => {
    const message = layer.message(parameters);
    if (message.number('base', -1) !== -1 || message.number('scale', 1) !== 1 || message.number('shift', 0) !== 0)
      refuse('it is scaled');
    return stage(word, x);
  });

const plain = (word: string): CaffeLayer => single((x) => stage(word, x));

/** By the names of types, without what older files write otherwise: `INNER_PRODUCT`. */
export const CAFFE_LAYERS: Readonly<Record<string, CaffeLayer>> = {
  convolution: windowed(convolution),
  deconvolution: windowed(transposed),
  innerproduct: innerProduct,
  pooling,
  lrn,
  relu,
  prelu,
  elu: single((x, { layer }) =>
    stage('elu', x, x.shape, {
      arguments: [named('alpha', numberText(layer.message('elu_param').number('alpha', 1)), '1')],
    }),
  ),
  sigmoid: plain('sigmoid'),
  tanh: plain('tanh'),
  absval: plain('abs'),
  bnll: plain('softplus'),
  exp: unscaled('exp_param', 'exp'),
  log: unscaled('log_param', 'log'),
  power,
  batchnorm: batchNorm,
  scale,
  eltwise,
  concat,
  slice,
  split: ({ inputs: [x], tops }) => Array.from({ length: tops }, () => x ?? refuse('it has no bottom')),
  flatten: single((x) => flattened(x)),
  reshape,
  crop,
  dropout,
  softmax,
};

/** What they get is an output of the network, as it is. */
export const LOSSES = /loss$|^accuracy$|^silence$/;
/** They give images, and labels, which a network has no part in. */
export const SOURCES = /^(dummy|image|memory|window|hdf5|annotated)?data$/;
