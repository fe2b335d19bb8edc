/** @file ONNX nodes with windows as layers: convolutions, pooling. */
import { product } from '../../common/shape.ts';
import { mapOf } from '../layer-steps.ts';
import { kernelText, named, sidesText, sizesText } from '../texts.ts';
import { type Argument, type Constant, floats, refuse, type Step, type Weight } from '../values.ts';
import { transposed } from './folding.ts';
import type { Layer, NodeReader } from './node-reader.ts';
import { resized } from './resizing.ts';

interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly pads: readonly number[];
  readonly ceil: boolean;
  /** Of the map that comes out. */
  readonly size: readonly number[];
  /** Arguments that both convolutions and pools have. */
  readonly texts: readonly Argument[];
}

const ones = (sizes: readonly number[]): number[] => sizes.map(() => 1);

function windowOf(reader: NodeReader, kernel: readonly number[]): Window {
  const [, ...map] = mapOf(reader.feature(0));
  if (kernel.length !== map.length) refuse('its kernel does not fit');
  const stride = reader.ints('strides') ?? ones(map);
  const dilation = reader.ints('dilations') ?? ones(map);
  const reach = kernel.map((size, k) => dilation[k]! * (size - 1) + 1);
  const automatic = reader.text('auto_pad', 'NOTSET');
  const wanted = map.map((size, k) => Math.max(0, (Math.ceil(size / stride[k]!) - 1) * stride[k]! + reach[k]! - size));
  const pads = automatic.startsWith('SAME')
    ? samePads(wanted, automatic)
    : automatic === 'VALID'
      ? [...map, ...map].map(() => 0)
      : (reader.ints('pads') ?? [...map, ...map].map(() => 0));
  if (pads.some((side) => side < 0)) refuse('its padding is negative');
  const ceil = reader.int('ceil_mode', 0) === 1;
  const size = map.map((extent, k) => outputSize(extent, k, { reach, stride, pads, ceil }));
  if (size.some((extent) => !(extent >= 1))) refuse('its window is larger than the map');
  return { kernel, stride, dilation, pads, ceil, size, texts: [named('pad', sidesText(pads), '0')] };
}

function samePads(wanted: readonly number[], automatic: string): number[] {
  const less = wanted.map((pad) => Math.floor(pad / 2));
  const more = wanted.map((pad) => Math.ceil(pad / 2));
  return automatic === 'SAME_LOWER' ? [...more, ...less] : [...less, ...more];
}

function outputSize(
  extent: number,
  k: number,
  {
    reach,
    stride,
    pads,
    ceil,
  }: { reach: readonly number[]; stride: readonly number[]; pads: readonly number[]; ceil: boolean },
): number {
  const half = pads.length / 2;
  const room = extent + pads[k]! + pads[k + half]! - reach[k]!;
  if (!ceil) return Math.floor(room / stride[k]!) + 1;
  const size = Math.ceil(room / stride[k]!) + 1;
  // The last window starts on the map or before it.
  return (size - 1) * stride[k]! >= extent + pads[k]! ? size - 1 : size;
}

export const weight = (leaf: string, { shape, data }: Constant): Weight => ({ leaf, shape, data: floats(data) });

const optionalBias = (reader: NodeReader, k: number, channels: number): Weight[] => {
  const bias = reader.constant(k);
  if (!bias) return [];
  if (product(bias.shape) !== channels) refuse('its bias does not fit');
  return [{ leaf: 'bias', shape: [channels], data: floats(bias.data) }];
};

const convolution: Layer = (reader) => {
  const kernelOf = reader.needed(1);
  const [channels, perGroup, ...kernel] = kernelOf.shape as [number, number, ...number[]];
  const window = windowOf(reader, reader.ints('kernel_shape') ?? kernel);
  const x = reader.feature(0);
  const groups = reader.int('group', 1);
  if (perGroup * groups !== x.shape[0] || channels % groups !== 0) refuse('its weight does not fit the input');
  const weights = [weight('weight', kernelOf), ...optionalBias(reader, 2, channels)];
  const settings = [
    named('stride', sizesText(window.stride), '1'),
    ...window.texts,
    named('dilation', sizesText(window.dilation), '1'),
  ];
  const bias = named('bias', `${weights.length > 1}`, 'true');
  const isDepthwise = perGroup === 1 && groups > 1;
  const multiplier = named('multiplier', channels / groups, 1);
  return reader.stage(isDepthwise ? 'depthwise' : 'conv', x, [channels, ...window.size], {
    arguments: isDepthwise
      ? [kernelText(window.kernel), ...settings, multiplier, bias]
      : [channels, kernelText(window.kernel), ...settings, named('groups', groups, 1), bias],
    weights,
    label: reader.label(kernelOf, 'conv'),
  });
};

const transposedConvolution: Layer = (reader) => {
  const x = reader.feature(0);
  const [, ...map] = mapOf(x);
  const kernelOf = reader.needed(1);
  const [inputs, perGroup, ...kernel] = kernelOf.shape as [number, number, ...number[]];
  const groups = reader.int('group', 1);
  if (inputs !== x.shape[0] || kernel.length !== map.length) refuse('its weight does not fit the input');
  const stride = reader.ints('strides') ?? ones(map);
  const dilation = reader.ints('dilations') ?? ones(map);
  const least = map.map((size, k) => (size - 1) * stride[k]! + dilation[k]! * (kernel[k]! - 1) + 1);
  const wanted = reader.ints('output_shape')?.slice(-map.length) ?? [];
  // A result larger than that of the whole kernels has rows and columns more.
  const added = reader.ints('output_padding') ?? least.map((size, k) => Math.max(0, (wanted[k] ?? 0) - size));
  const full = least.map((size, k) => size + added[k]!);
  const pads = transposedPads(
    reader,
    full,
    map.map((size, k) => size * stride[k]!),
  );
  if (pads.some((side) => side < 0)) refuse('its padding is negative');
  const size = full.map((extent, k) => extent - pads[k]! - pads[k + map.length]!);
  const channels = perGroup * groups;
  const weights = [weight('weight', kernelOf), ...optionalBias(reader, 2, channels)];
  return reader.stage('convtranspose', x, [channels, ...size], {
    arguments: [
      channels,
      kernelText(kernel),
      named('stride', sizesText(stride), '1'),
      named('pad', sidesText(pads), '0'),
      named('dilation', sizesText(dilation), '1'),
      named('groups', groups, 1),
      named('bias', `${weights.length > 1}`, 'true'),
      named('output_padding', sizesText(added), '0'),
    ],
    weights,
    label: reader.label(kernelOf, 'convtranspose'),
  });
};

/** What is cut off `full`; `output_shape` or an automatic padding say what shall be left. */
function transposedPads(reader: NodeReader, full: readonly number[], same: readonly number[]): readonly number[] {
  const automatic = reader.text('auto_pad', 'NOTSET');
  const wanted = reader.ints('output_shape') ?? (automatic.startsWith('SAME') ? same : undefined);
  if (!wanted)
    return automatic === 'VALID'
      ? [...full, ...full].map(() => 0)
      : (reader.ints('pads') ?? [...full, ...full].map(() => 0));
  const cut = full.map((extent, k) => extent - wanted.slice(-full.length)[k]!);
  return samePads(cut, automatic === 'SAME_UPPER' ? 'SAME_UPPER' : 'SAME_LOWER');
}

function pooled(reader: NodeReader, word: string, more: (window: Window) => readonly Argument[]): Step {
  const x = reader.feature(0);
  const [channels] = mapOf(x);
  const window = windowOf(reader, reader.ints('kernel_shape') ?? refuse('it has no kernel'));
  return reader.stage(word, x, [channels, ...window.size], {
    arguments: [
      sizesText(window.kernel),
      named('stride', sizesText(window.stride), sizesText(window.kernel)),
      ...window.texts,
      named('ceil', `${window.ceil}`, 'false'),
      ...more(window),
    ],
  });
}

const plain = ({ dilation }: Window): void => {
  if (dilation.some((distance) => distance !== 1)) refuse('its window has gaps');
};

/** A window as large as the map. */
export function wholeMap(reader: NodeReader, word: 'avg' | 'max', keep = true, x = reader.feature(0)): Step {
  const [channels, ...map] = mapOf(x);
  return keep
    ? reader.stage(`adaptive${word}pool`, x, [channels, ...ones(map)], { arguments: [1] })
    : reader.stage(`global${word}pool`, x, [channels]);
}

export const WINDOW_LAYERS: Readonly<Record<string, Layer>> = {
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  MaxPool: (reader) => pooled(reader, 'maxpool', ({ dilation }) => [named('dilation', sizesText(dilation), '1')]),
  AveragePool: (reader) =>
    pooled(reader, 'avgpool', (window) => {
      plain(window);
      const counts = reader.int('count_include_pad', 0) === 1;
      const borders = window.pads.some((side) => side > 0);
      return [named('count_padding', `${counts || !borders}`, 'true')];
    }),
  LpPool: (reader) =>
    pooled(reader, 'lppool', (window) => {
      plain(window);
      return [named('norm', reader.int('p', 2), 2)];
    }),
  GlobalAveragePool: (reader) => wholeMap(reader, 'avg'),
  GlobalMaxPool: (reader) => wholeMap(reader, 'max'),
  Resize: resized,
  Upsample: resized,
};

/** A weight the other way round. */
export const turned = (value: Constant): Constant => transposed(value, [1, 0]);
