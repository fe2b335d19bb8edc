/** @file Sections of a Darknet configuration as layers, with what Darknet does where it differs from others. Source: parser.c and *_layer.c of Darknet. */
import { product } from '../../common/shape.ts';
import type { DarknetNumbers } from '../../exchange/weights/darknet-numbers.ts';
import {
  batchnorm,
  channelsOf,
  convolution,
  dense,
  flattened,
  infix,
  joined,
  mapOf,
  pooled,
  reshaped,
  stage,
  type TakeWeight,
  wholeMap,
} from '../layer-steps.ts';
import { named, numberText } from '../texts.ts';
import { refuse, type Step, same } from '../values.ts';
import type { Section } from './read-cfg.ts';

export interface LayerPlace {
  readonly x: Step;
  readonly section: Section;
  /** From 0, without `[net]`. */
  readonly index: number;
  /** What the layer of this number gives. */
  readonly at: (index: number) => Step;
  readonly numbers?: DarknetNumbers;
}

export type DarknetLayer = (place: LayerPlace) => Step;

const ACTIVATIONS: Readonly<Record<string, (x: Step) => Step>> = {
  linear: (x) => x,
  // Its slope is a tenth, not the hundredth that is usual elsewhere.
  leaky: (x) => stage('leakyrelu', x, x.shape, { arguments: [numberText(0.1)] }),
  logistic: (x) => stage('sigmoid', x),
  swish: (x) => stage('silu', x),
  hardtan: (x) => stage('hardtanh', x),
  ...Object.fromEntries(
    ['relu', 'relu6', 'elu', 'selu', 'gelu', 'tanh', 'mish'].map((word) => [word, (x: Step) => stage(word, x)]),
  ),
};

function activated(x: Step, section: Section, usual: string): Step {
  const name = section.text('activation', usual);
  if (!Object.hasOwn(ACTIVATIONS, name)) refuse(`its activation is \`${name}\``);
  return ACTIVATIONS[name]!(x);
}

/** Takes what a layer has, in the order of the file, and gives it out by name. */
function numbersOf(
  numbers: DarknetNumbers | undefined,
  what: string,
  wanted: Readonly<Record<string, readonly number[] | undefined>>,
): TakeWeight {
  const taken = new Map(
    Object.entries(wanted).flatMap(([leaf, shape]) =>
      shape ? [[leaf, numbers?.take(product(shape), what)] as const] : [],
    ),
  );
  return (leaf) => taken.get(leaf) ?? new Float32Array(0);
}

const convolutional: DarknetLayer = ({ x, section, index, numbers }) => {
  const [inputs] = mapOf(x);
  const channels = section.whole('filters', 1, 1);
  const size = section.whole('size', 1, 1);
  const groups = section.whole('groups', 1, 1);
  const side = section.whole('pad', 0) ? Math.floor(size / 2) : section.whole('padding', 0);
  const stride = section.whole('stride', 1, 1);
  const norms = section.whole('batch_normalize', 0) > 0;
  if (['binary', 'xnor', 'antialiasing', 'share_index'].some((name) => section.number(name, 0) > 0))
    refuse('it is binary, smoothed, or shares weights');
  if (inputs % groups !== 0) refuse(`${groups} groups do not divide its channels`);
  const per = [channels];
  const kernel = [channels, inputs / groups, size, size];
  const order = norms
    ? { shift: per, scale: per, running_mean: per, running_var: per, kernel }
    : { shift: per, kernel };
  const take = numbersOf(numbers, `[convolutional], line ${section.line}`, order);
  const window = {
    kernel: [size, size],
    stride: strides(section, stride),
    sides: [side, side, side, side],
    dilation: both(section.whole('dilation', 1, 1)),
  };
  const renamed: TakeWeight = (leaf, shape) => take(leaf === 'weight' ? 'kernel' : 'shift', shape);
  const y = convolution(
    x,
    { ...window, channels, groups, bias: !norms, label: norms ? `conv${index}.conv` : `conv${index}` },
    renamed,
  );
  const leaves: Readonly<Record<string, string>> = { weight: 'scale', bias: 'shift' };
  const normed = norms
    ? batchnorm(y, { eps: 1e-5, label: `conv${index}.norm` }, (leaf, shape) => take(leaves[leaf] ?? leaf, shape))
    : y;
  return activated(normed, section, 'logistic');
};

const both = (value: number): number[] => [value, value];

function strides(section: Section, stride: number): number[] {
  return [section.whole('stride_y', stride, 1), section.whole('stride_x', stride, 1)];
}

const connected: DarknetLayer = ({ x, section, index, numbers }) => {
  const units = section.whole('output', 1, 1);
  const norms = section.whole('batch_normalize', 0) > 0;
  const per = [units];
  const order = {
    bias: per,
    weight: [units, product(x.shape)],
    ...(norms && { scale: per, running_mean: per, running_var: per }),
  };
  const take = numbersOf(numbers, `[connected], line ${section.line}`, order);
  const y = dense(x, units, !norms, norms ? `fc${index}.fc` : `fc${index}`, take);
  const norm: TakeWeight = (leaf, shape) => take(leaf === 'weight' ? 'scale' : leaf, shape);
  return activated(norms ? batchnorm(y, { eps: 1e-5, label: `fc${index}.norm` }, norm) : y, section, 'logistic');
};

/** By default it pads by the size less one, half of it in front: places beyond the border never win. */
const maxpool: DarknetLayer = ({ x, section }) => {
  const [, ...map] = mapOf(x);
  const stride = section.whole('stride', 1, 1);
  const size = section.whole('size', stride, 1);
  const padding = section.whole('padding', size - 1);
  const before = Math.floor(padding / 2);
  const count = map.map((extent) => Math.floor((extent + padding - size) / stride) + 1);
  const after = count.map((places, k) => Math.max(0, (places - 1) * stride + size - before - map[k]!));
  if (count.some((places) => places < 1)) refuse('its window is larger than the map');
  return pooled(x, 'maxpool', { kernel: both(size), stride: both(stride), sides: [before, before, ...after] });
};

const route: DarknetLayer = ({ section, index, at }) => {
  const sources = section.list('layers').map((layer) => at(layer < 0 ? index + layer : layer));
  const groups = section.whole('groups', 1, 1);
  const part = section.whole('group_id', 0);
  return joined(
    sources.map((x) => {
      const channels = x.shape[0]! / groups;
      if (!Number.isInteger(channels)) refuse(`${groups} groups do not divide its channels`);
      return channelsOf(x, part * channels, (part + 1) * channels);
    }),
  );
};

const shortcut: DarknetLayer = ({ x, section, index, at }) => {
  const sources = section.list('from').map((layer) => at(layer < 0 ? index + layer : layer));
  if (sources.length === 0) refuse('it has no `from`');
  if (sources.some(({ shape }) => !same(shape, x.shape))) refuse('it adds maps of different sizes');
  if (section.text('weights_type', 'none') !== 'none') refuse('it weights what it adds');
  return activated(
    sources.reduce((sum, source) => infix(sum, '+', source), x),
    section,
    'linear',
  );
};

/**
 * Squares of places become channels. Darknet reads its input as if it had fewer channels and larger maps; with that the
 * result is what it computes, if not what was meant.
 */
const reorg: DarknetLayer = ({ x, section }) => {
  const [channels, height, width] = mapOf(x) as [number, number, number];
  const stride = section.whole('stride', 1, 1);
  if (section.whole('reverse', 0) || section.whole('flatten', 0) || section.whole('extra', 0))
    refuse('it is of another kind');
  const few = channels / stride ** 2;
  if (!Number.isInteger(few) || height % stride || width % stride) refuse('its stride does not divide its input');
  const read = reshaped(x, [few, height * stride, width * stride]);
  const apart = stage('pixelunshuffle', read, [channels, height, width], { arguments: [stride] });
  const dealt = few > 1 ? stage('channelshuffle', apart, apart.shape, { arguments: [few] }) : apart;
  return reshaped(dealt, [channels * stride ** 2, height / stride, width / stride]);
};

const upsample: DarknetLayer = ({ x, section }) => {
  const [channels, ...map] = mapOf(x);
  const stride = section.whole('stride', 2, 1);
  if (section.number('scale', 1) !== 1) refuse('it scales values');
  return stage('upsample', x, [channels, ...map.map((extent) => extent * stride)], { arguments: [stride] });
};

const scaleChannels: DarknetLayer = ({ x, section, index, at }) => {
  const [from] = section.list('from');
  if (from === undefined || section.whole('scale_wh', 0)) refuse('it scales places');
  return activated(infix(at(from < 0 ? index + from : from), '*', x), section, 'linear');
};

const dropout: DarknetLayer = ({ x, section }) => {
  const rate = section.number('probability', 0.5);
  return rate > 0 && rate < 1 ? stage('dropout', x, x.shape, { arguments: [numberText(rate)] }) : x;
};

const softmax: DarknetLayer = ({ x, section }) => {
  if (section.whole('groups', 1, 1) !== 1 || section.text('tree', '') !== '') refuse('it has groups');
  if (section.number('temperature', 1) !== 1) refuse('it has a temperature');
  return stage('softmax', flattened(x));
};

const normalization: DarknetLayer = ({ x, section }) => {
  const size = section.whole('size', 5, 1);
  if (size % 2 === 0) refuse('its size is even');
  // Its alpha is not divided by the size.
  return stage('lrn', x, x.shape, {
    arguments: [
      size,
      named('alpha', numberText(section.number('alpha', 1e-4) * size)),
      named('beta', numberText(section.number('beta', 0.75))),
      named('k', numberText(section.number('kappa', 1))),
    ],
  });
};

const norm: DarknetLayer = ({ x, section, index, numbers }) => {
  const per = [x.shape[0]!];
  const take = numbersOf(numbers, `[batchnorm], line ${section.line}`, {
    bias: per,
    weight: per,
    running_mean: per,
    running_var: per,
  });
  return batchnorm(x, { eps: 1e-5, label: `norm${index}` }, take);
};

/** By the names of sections, some of which have two. */
export const DARKNET_LAYERS: Readonly<Record<string, DarknetLayer>> = {
  convolutional,
  conv: convolutional,
  connected,
  conn: connected,
  maxpool,
  max: maxpool,
  avgpool: ({ x }) => wholeMap(x, 'avg'),
  avg: ({ x }) => wholeMap(x, 'avg'),
  route,
  shortcut,
  reorg,
  upsample,
  scale_channels: scaleChannels,
  dropout,
  softmax,
  soft: softmax,
  batchnorm: norm,
  normalization,
  lrn: normalization,
  activation: ({ x, section }) => activated(x, section, 'linear'),
  logistic: ({ x }) => stage('sigmoid', x),
};

/** What they get is an output of the network, as it is: what they make of it is no layer, but a loss, or a list of boxes. */
export const HEADS = new Set(['yolo', 'region', 'detection', 'gaussian_yolo', 'iseg']);
/** Losses alone. */
export const SKIPPED = new Set(['cost']);
