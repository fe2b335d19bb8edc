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
  mapOf,
  pooled,
  reshaped,
  type Sliding,
  sameSides,
  stage,
  type TakeWeight,
  transposed,
  wholeMap,
} from '../layer-steps.ts';
import { named, numberText, sidesText, sizesText } from '../onnx/texts.ts';
import { refuse, type Step, same, type Weight } from '../onnx/values.ts';
import { ACTIVATIONS, activated } from './activations.ts';
import { reordered } from './reordered.ts';
import type { KerasPlace, Settings } from './values.ts';

export type KerasLayer = (place: KerasPlace) => Step;

const single =
  (make: (x: Step, place: KerasPlace) => Step): KerasLayer =>
  (place) =>
    make(place.inputs[0] ?? refuse('it has no input'), place);

/** A vector whose numbers are those of a map in our order; where that matters, the order of Keras is made. */
const flatMap = new WeakMap<Step, readonly number[]>();

/** The same in Keras's own order. */
export function exact(x: Step): Step {
  const shape = flatMap.get(x);
  if (!shape) return x;
  let before = x;
  while (flatMap.has(before)) before = before.operands[0] as Step;
  if (x.operands[0] === before) return flattened(channelsLast(before));
  return refuse('flattened channels go on in an order that has no counterpart');
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);

const permuted = (x: Step, order: readonly number[]): Step =>
  stage(
    'permute',
    x,
    order.map((axis) => x.shape[axis]!),
    { arguments: [[...order]] },
  );

const channelsLast = (x: Step): Step => (x.shape.length > 1 ? permuted(x, [...range(1, x.shape.length), 0]) : x);
const channelsFirst = (x: Step): Step =>
  x.shape.length > 1 ? permuted(x, [x.shape.length - 1, ...range(0, x.shape.length - 1)]) : x;

/** A layer that works on each number alone leaves the order as it is. */
const pointwise = (make: (x: Step, place: KerasPlace) => Step): KerasLayer =>
  single((x, place) => {
    const y = make(x, place);
    const shape = flatMap.get(x);
    if (shape && y !== x) flatMap.set(y, shape);
    return y;
  });

function windowOf(
  x: Step,
  settings: Settings,
  kernelName: string,
  strideOtherwise?: readonly number[],
): Sliding & { readonly same: boolean } {
  const [, ...map] = mapOf(x);
  if (settings.text('data_format', 'channels_last') !== 'channels_last') refuse('its channels come first');
  const kernel = settings.sizes(kernelName, map.length, undefined);
  const stride = settings.sizes('strides', map.length, strideOtherwise ?? kernel);
  const dilation = settings.sizes(
    'dilation_rate',
    map.length,
    map.map(() => 1),
  );
  const padding = settings.text('padding', 'valid');
  if (padding === 'causal' && map.length === 1)
    return { kernel, stride, dilation, same: false, sides: [dilation[0]! * (kernel[0]! - 1), 0] };
  if (padding !== 'valid' && padding !== 'same') refuse(`its padding is \`${padding}\``);
  const isSame = padding === 'same';
  const sides = isSame ? sameSides(map, { kernel, stride, dilation }) : [...map, ...map].map(() => 0);
  return { kernel, stride, dilation, sides, same: isSame };
}

/** A border of zeros in front of a convolution is its padding. */
function unpadded(x: Step, window: Sliding): readonly [x: Step, sides: readonly number[]] {
  const border = borders.get(x);
  if (!border || window.sides.some((side) => side > 0)) return [x, window.sides];
  return [x.operands[0] as Step, border];
}

const borders = new WeakMap<Step, readonly number[]>();

const spatial = (count: number) => range(0, count);

/** `[h, w, in, out]` is ours as `[out, in, h, w]`. */
const kernelAxes = (axes: number): number[] => [axes + 1, axes, ...spatial(axes)];

const conv = single((given, place) => {
  const { settings, label, variable } = place;
  const window = windowOf(
    given,
    settings,
    'kernel_size',
    mapOf(given)
      .slice(1)
      .map(() => 1),
  );
  const [x, sides] = unpadded(given, window);
  const axes = window.kernel.length;
  const take: TakeWeight = (leaf, shape) =>
    leaf === 'bias' ? variable(['bias'], shape) : variable(['kernel'], shape, kernelAxes(axes));
  const channels = settings.whole('filters', 0);
  const y = convolution(
    x,
    { ...window, sides, channels, groups: settings.whole('groups', 1), bias: settings.flag('use_bias', true), label },
    take,
  );
  return activated(y, place);
});

function depthwise(given: Step, place: KerasPlace, label: string, bias: boolean): Step {
  const { settings, variable } = place;
  const window = windowOf(
    given,
    settings,
    'kernel_size',
    mapOf(given)
      .slice(1)
      .map(() => 1),
  );
  const [x, sides] = unpadded(given, window);
  const channels = x.shape[0]!;
  const multiplier = settings.whole('depth_multiplier', 1);
  // [h, w, channel, multiple]: neighbouring results are of one channel.
  const take: TakeWeight = (leaf, shape) => {
    if (leaf === 'bias') return variable(['bias'], shape);
    const axes = window.kernel.length;
    return variable(
      ['depthwise_kernel', 'kernel'],
      [channels, multiplier, ...window.kernel],
      [axes, axes + 1, ...spatial(axes)],
    );
  };
  return convolution(x, { ...window, sides, channels: channels * multiplier, groups: channels, bias, label }, take);
}

const separable = single((x, place) => {
  const { settings, label, variable } = place;
  const deep = depthwise(x, place, `${label}.depthwise`, false);
  const ones = mapOf(deep)
    .slice(1)
    .map(() => 1);
  const take: TakeWeight = (leaf, shape) =>
    leaf === 'bias' ? variable(['bias'], shape) : variable(['pointwise_kernel'], shape, kernelAxes(ones.length));
  const y = convolution(
    deep,
    {
      kernel: ones,
      stride: ones,
      sides: [...ones, ...ones].map(() => 0),
      channels: settings.whole('filters', 0),
      groups: 1,
      bias: settings.flag('use_bias', true),
      label: `${label}.pointwise`,
    },
    take,
  );
  return activated(y, place);
});

const convTranspose = single((x, place) => {
  const { settings, label, variable } = place;
  const map = mapOf(x).slice(1);
  const {
    kernel,
    stride,
    dilation,
    same: isSame,
  } = windowOf(
    x,
    settings,
    'kernel_size',
    map.map(() => 1),
  );
  if (settings.has('output_padding')) refuse('it chooses its size');
  const cut = kernel.map((size, k) => (isSame ? size - stride[k]! : 0));
  const short = cut.some((side) => side < 0) || (!isSame && kernel.some((size, k) => size < stride[k]!));
  if (short || dilation!.some((distance) => distance !== 1))
    refuse('its strides are larger than its kernel, or it has gaps');
  const sides = [...cut.map((side) => Math.floor(side / 2)), ...cut.map((side) => Math.ceil(side / 2))];
  // [h, w, out, in]
  const take: TakeWeight = (leaf, shape) =>
    leaf === 'bias'
      ? variable(['bias'], shape)
      : variable(['kernel'], shape, [kernel.length + 1, kernel.length, ...spatial(kernel.length)]);
  const y = transposed(
    x,
    {
      kernel,
      stride,
      sides,
      channels: settings.whole('filters', 0),
      groups: 1,
      bias: settings.flag('use_bias', true),
      label,
    },
    take,
  );
  return activated(y, place);
});

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

const pool = (word: 'maxpool' | 'avgpool'): KerasLayer =>
  single((x, { settings }) => pooled(x, word, { ...windowOf(x, settings, 'pool_size'), counts: false }));

const whole = (word: 'avg' | 'max'): KerasLayer =>
  single((x, { settings }) => {
    const y = wholeMap(x, word);
    return settings.flag('keepdims', false) ? y : flattened(y);
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
  return batchnorm(x, { eps: settings.number('epsilon', 1e-3), momentum, label }, take);
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

const border = single((x, { settings }) => {
  const [channels, ...map] = mapOf(x);
  const sides = settings.sides('padding', map.length);
  if (sides.every((side) => side === 0)) return x;
  const shape = [channels, ...map.map((size, k) => size + sides[k]! + sides[k + map.length]!)];
  const y = stage('pad', x, shape, { arguments: [sidesText(sides)] });
  borders.set(y, sides);
  return y;
});

const cropping = single((x, { settings }) => {
  const [channels, ...map] = mapOf(x);
  const sides = settings.sides('cropping', map.length);
  const shape = [channels, ...map.map((size, k) => size - sides[k]! - sides[k + map.length]!)];
  if (shape.some((size) => size < 1)) refuse('it leaves nothing');
  return sides.every((side) => side === 0) ? x : stage('crop', x, shape, { arguments: [sidesText(sides)] });
});

const upsampling = single((x, { settings }) => {
  const [channels, ...map] = mapOf(x);
  const factors = settings.sizes(
    'size',
    map.length,
    map.map(() => 2),
  );
  const mode = settings.text('interpolation', 'nearest');
  if (mode !== 'nearest' && mode !== 'bilinear') refuse(`it interpolates by \`${mode}\``);
  return stage('upsample', x, [channels, ...map.map((size, k) => size * factors[k]!)], {
    arguments: [
      sizesText(factors),
      named('mode', mode === 'bilinear' && map.length === 1 ? 'linear' : mode, 'nearest'),
    ],
  });
});

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
