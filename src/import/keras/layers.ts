/** @file Layers of Keras as ours. Maps of Keras have their channels last, ours first. */
import { product } from '../../common/shape.ts';
import {
  batchnorm,
  call,
  convolution,
  dense,
  flattened,
  infix,
  joined,
  reshaped,
  stage,
  type TakeWeight,
} from '../layer-steps.ts';
import { named, numberText } from '../texts.ts';
import { refuse, type Step, same, type Weight } from '../values.ts';
import { ACTIVATIONS, activated } from './activations.ts';
import {
  border,
  conv,
  convTranspose,
  cropping,
  depthwise,
  pool,
  separable,
  upsampling,
  whole,
} from './layers-windows.ts';
import { channelsFirst, channelsLast, exact, flatMap, type KerasLayer, pointwise, range, single } from './order.ts';
import { reordered } from './reordered.ts';
import type { KerasPlace } from './values.ts';

/** On a map, of the channels of each place. Of a map that was flattened, the weights change their order. */
const denseLayer = single((given, place) => {
  const { settings, label, variable } = place;
  const units = settings.whole('units', 0);
  const bias = settings.flag('use_bias', true);
  const map = flatMap.get(given);
  if (given.shape.length > 1) {
    const ones = given.shape.slice(1).map(() => 1);
    const take: TakeWeight = (leaf, shape) =>
      leaf === 'bias' ? variable(['bias'], shape) : variable(['kernel'], [shape[0]!, shape[1]!], [1, 0]);
    const y = convolution(
      given,
      { kernel: ones, stride: ones, sides: [...ones, ...ones].map(() => 0), channels: units, groups: 1, bias, label },
      take,
    );
    return activated(y, place);
  }
  const take: TakeWeight = (leaf, shape) => {
    if (leaf === 'bias') return variable(['bias'], shape);
    const data = variable(['kernel'], shape, [1, 0]);
    if (!map || data.length === 0) return data;
    const [channels, ...sizes] = map as [number, ...number[]];
    return reordered(data, [units, ...sizes, channels], [0, sizes.length + 1, ...range(1, sizes.length + 1)]);
  };
  return activated(dense(given, units, bias, label, take), place);
});

/** Along the last axis, which is that of channels; the numbers of a flattened map in our order. */
function perChannel(x: Step, { settings, variable, known }: KerasPlace) {
  const axis = Array.isArray(settings.values.axis) ? settings.values.axis[0] : settings.number('axis', -1);
  if (axis !== -1 && axis !== x.shape.length) refuse('it norms other axes');
  const map = flatMap.get(x);
  return (names: readonly string[], shape: readonly number[], otherwise: number, there = true): Float32Array => {
    if (!there) return new Float32Array(known ? product(shape) : 0).fill(otherwise);
    const data = variable(names, shape);
    if (!map || data.length === 0) return data;
    const [channels, ...sizes] = map as [number, ...number[]];
    return reordered(data, [...sizes, channels], [sizes.length, ...range(0, sizes.length)]);
  };
}

const VARIABLES: Readonly<Record<string, string>> = {
  weight: 'gamma',
  bias: 'beta',
  running_mean: 'moving_mean',
  running_var: 'moving_variance',
};

const batchNorm = pointwise((x, place) => {
  const { settings, label } = place;
  const own = perChannel(x, place);
  const there = (leaf: string) =>
    leaf === 'weight' ? settings.flag('scale', true) : leaf === 'bias' ? settings.flag('center', true) : true;
  const take: TakeWeight = (leaf, shape) => own([VARIABLES[leaf]!], shape, leaf === 'weight' ? 1 : 0, there(leaf));
  const momentum = Number((1 - settings.number('momentum', 0.99)).toPrecision(6));
  const [scales, shifts] = [there('weight'), there('bias')];
  return batchnorm(x, { eps: settings.number('epsilon', 1e-3), momentum, label, scales, shifts }, take);
});

const groupOf = (word: string): KerasLayer =>
  single((given, place) => {
    const { settings, label } = place;
    const x = exact(given);
    const own = perChannel(x, place);
    if (!settings.flag('scale', true) || !settings.flag('center', true)) refuse('it has no scale or no shift');
    const shape = [x.shape[0]!];
    const weights: Weight[] = [
      { leaf: 'weight', shape, data: own(['gamma'], shape, 1) },
      { leaf: 'bias', shape, data: own(['beta'], shape, 0) },
    ];
    const eps = named('eps', numberText(settings.number('epsilon', 1e-3)), numberText(1e-5));
    const first =
      word === 'groupnorm' ? [settings.whole('groups', 32)] : x.shape.length > 1 ? [named('axes', 'channels')] : [];
    return stage(word, x, x.shape, { arguments: [...first, eps], weights, label });
  });

const merged =
  (make: (inputs: readonly Step[]) => Step): KerasLayer =>
  ({ inputs }) => {
    const found = inputs.map(exact);
    if (found.length < 2) refuse('it has one input');
    return make(found);
  };

const chained = (sign: string): KerasLayer => merged((inputs) => inputs.reduce((all, x) => infix(all, sign, x)));

const concatenated: KerasLayer = ({ inputs, settings }) => {
  const found = inputs.map(exact);
  const axis = settings.number('axis', -1);
  if (axis !== -1 && axis !== found[0]?.shape.length) refuse('it joins along other axes');
  return joined(found);
};

const flatten = single((x) => {
  if (x.shape.length === 1) return x;
  const y = flattened(x);
  // Without channels, or without places, there is only one order.
  if (product(x.shape.slice(1)) > 1 && x.shape[0]! > 1) flatMap.set(y, x.shape);
  return y;
});

const reshape = single((x, { settings }) => {
  const wanted = settings.values.target_shape;
  if (!Array.isArray(wanted) || wanted.length > 3 || !wanted.every((size) => Number.isSafeInteger(size)))
    refuse('its shape is not said');
  const sizes = wanted as number[];
  const known = product(sizes.filter((size) => size !== -1));
  const shape = sizes.map((size) => (size === -1 ? product(x.shape) / known : size));
  if (shape.some((size) => !Number.isInteger(size) || size < 1)) refuse('its shape does not fit');
  const places = [...x.shape.slice(1), x.shape[0]!];
  if (same(shape, x.shape.length > 1 ? places : x.shape)) return x;
  // One place, or one channel: the order is the same.
  const simple = (all: readonly number[]) => product(all.slice(0, -1)) === 1 || all.at(-1) === 1;
  const first = shape.length > 1 ? [shape.at(-1)!, ...shape.slice(0, -1)] : shape;
  const before = exact(x);
  if (simple(places) && simple(shape)) return reshaped(before, first);
  const moved = reshaped(simple(places) ? before : channelsLast(before), shape);
  return simple(shape) ? reshaped(moved, first) : channelsFirst(moved);
});

const relu = pointwise((x, { settings }) => {
  const [slope, threshold] = [
    settings.number('negative_slope', settings.number('alpha', 0)),
    settings.number('threshold', 0),
  ];
  const top = settings.has('max_value') ? settings.number('max_value', 0) : undefined;
  if (threshold !== 0 || (slope !== 0 && top !== undefined)) refuse('it has a threshold, or a slope and a top');
  if (slope !== 0) return stage('leakyrelu', x, x.shape, { arguments: [named('slope', numberText(slope), '0.01')] });
  if (top === undefined) return stage('relu', x);
  return top === 6
    ? stage('relu6', x)
    : stage('hardtanh', x, x.shape, { arguments: [named('min', '0', '-1'), named('max', numberText(top), '1')] });
});

const leaky = pointwise((x, { settings }) => {
  const slope = settings.number('negative_slope', settings.number('alpha', 0.3));
  return stage('leakyrelu', x, x.shape, { arguments: [named('slope', numberText(slope), '0.01')] });
});

const prelu = single((given, place) => {
  const x = exact(given);
  const places = x.shape.length - 1;
  const shared = place.settings.values.shared_axes;
  if (places > 0 && !(Array.isArray(shared) && [...shared].sort().join() === range(1, places + 1).join()))
    refuse('its slopes differ from place to place');
  const shape = [x.shape[0]!];
  const data = place.variable(['alpha'], [...shape, ...range(0, places).map(() => 1)], [places, ...range(0, places)]);
  return stage('prelu', x, x.shape, {
    arguments: [named('shared', 'false', 'true')],
    weights: [{ leaf: 'weight', shape, data }],
    label: place.label,
  });
});

const dropout = (word: string): KerasLayer =>
  pointwise((x, { settings }) => {
    const rate = settings.number('rate', 0.5);
    return rate > 0 && rate < 1 ? stage(word, x, x.shape, { arguments: [numberText(rate)] }) : x;
  });

const rescaling = pointwise((x, { settings }) => {
  const [factor, offset] = [settings.number('scale', 1), settings.number('offset', 0)];
  const scaled = factor === 1 ? x : infix(x, '*', factor);
  return offset === 0 ? scaled : infix(scaled, '+', offset);
});

const identity: KerasLayer = single((x) => x);

/** By class; those of one, two axes and none are alike. */
export const KERAS_LAYERS: Readonly<Record<string, KerasLayer>> = {
  Conv: conv,
  Convolution: conv,
  DepthwiseConv: single((x, place) =>
    activated(depthwise(x, place, place.label, place.settings.flag('use_bias', true)), place),
  ),
  SeparableConv: separable,
  ConvTranspose: convTranspose,
  Dense: denseLayer,
  MaxPooling: pool('maxpool'),
  AveragePooling: pool('avgpool'),
  GlobalAveragePooling: whole('avg'),
  GlobalMaxPooling: whole('max'),
  BatchNormalization: batchNorm,
  LayerNormalization: groupOf('layernorm'),
  GroupNormalization: groupOf('groupnorm'),
  Activation: pointwise((x, place) => activated(x, place)),
  ReLU: relu,
  LeakyReLU: leaky,
  PReLU: prelu,
  ELU: pointwise((x, { settings }) =>
    stage('elu', x, x.shape, { arguments: [named('alpha', numberText(settings.number('alpha', 1)), '1')] }),
  ),
  Softmax: single((x, place) =>
    place.settings.number('axis', -1) === -1
      ? ACTIVATIONS.softmax!(exact(x), place)
      : refuse('it runs along other axes'),
  ),
  Dropout: dropout('dropout'),
  SpatialDropout: dropout('spatialdropout'),
  Add: chained('+'),
  Subtract: chained('-'),
  Multiply: chained('*'),
  Maximum: merged((inputs) => inputs.reduce((all, x) => call('max', [all, x], x.shape))),
  Minimum: merged((inputs) => inputs.reduce((all, x) => call('min', [all, x], x.shape))),
  Average: merged((inputs) =>
    infix(
      inputs.reduce((all, x) => infix(all, '+', x)),
      '*',
      1 / inputs.length,
    ),
  ),
  Concatenate: concatenated,
  ZeroPadding: border,
  Cropping: cropping,
  UpSampling: upsampling,
  Flatten: flatten,
  Reshape: reshape,
  Rescaling: rescaling,
  InputLayer: identity,
};

/** They do something in training alone. */
export const IDLE = /^(Random\w+|GaussianNoise|GaussianDropout|ActivityRegularization)$/;

/** `Conv2D` and `Conv1D` are one. */
export const kindOf = (name: string): string => name.replace(/[12]D(?=Transpose$|$)/, '');
