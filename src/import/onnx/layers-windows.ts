/** @file ONNX nodes with windows as layers: convolutions, pooling, borders, resizing. */
import { product } from '../../common/shape.ts';
import { transposed } from './folding.ts';
import type { NodeReader } from './node-reader.ts';
import { kernelText, named, numberText, sidesText, sizesText } from './texts.ts';
import { type Argument, type Constant, floats, refuse, type Step, same, uniform, type Weight } from './values.ts';

export type Layer = (reader: NodeReader) => Step;

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

/** The channels and the sizes of a map or a signal. */
export function mapOf({ shape }: Step): readonly [channels: number, ...map: number[]] {
  if (shape.length < 2 || shape.length > 3) refuse(`works on ${shape.length - 1} axes; there are maps and signals`);
  return shape as unknown as [number, ...number[]];
}

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
export function wholeMap(reader: NodeReader, word: 'avg' | 'max', keep = true): Step {
  const x = reader.feature(0);
  const [channels, ...map] = mapOf(x);
  return keep
    ? reader.stage(`adaptive${word}pool`, x, [channels, ...ones(map)], { arguments: [1] })
    : reader.stage(`global${word}pool`, x, [channels]);
}

const border: Layer = (reader) => {
  const x = reader.feature(0);
  const rank = x.shape.length + 1;
  const given = reader.list(1, 'pads') ?? reader.ints('paddings') ?? refuse('its sides are missing');
  const axes = reader.constant(3)
    ? Array.from(reader.needed(3).data, (axis) => (axis < 0 ? axis + rank : axis))
    : undefined;
  const all = Array.from({ length: 2 * rank }, (_, k) => {
    const place = axes ? axes.indexOf(k % rank) : k % rank;
    return place < 0 ? 0 : given[place + (k < rank ? 0 : given.length / 2)]!;
  });
  const [channels, ...map] = mapOf(x);
  const sides = [...all.slice(2, rank), ...all.slice(rank + 2)];
  if (all.some((side, k) => side !== 0 && k % rank < 2)) refuse('it pads channels or images');
  const shape = [channels, ...map.map((size, k) => size + sides[k]! + sides[k + map.length]!)];
  if (sides.every((side) => side === 0)) return x;
  if (sides.every((side) => side <= 0))
    return reader.stage('crop', x, shape, { arguments: [sidesText(sides.map((side) => -side))] });
  if (sides.some((side) => side < 0)) refuse('it pads some sides and cuts others');
  const mode = reader.text('mode', 'constant');
  const fill = (reader.constant(2) ? uniform(reader.needed(2)) : undefined) ?? reader.float('value', 0);
  if (mode === 'constant' && fill !== 0) refuse(`its border is ${numberText(fill)}, not 0`);
  const words: Readonly<Record<string, string>> = {
    constant: 'zeros',
    reflect: 'reflect',
    edge: 'replicate',
    wrap: 'circular',
  };
  const word = words[mode] ?? refuse(`mode \`${mode}\``);
  return reader.stage('pad', x, shape, { arguments: [sidesText(sides), named('mode', word, 'zeros')] });
};

const resized: Layer = (reader) => {
  const x = reader.feature(0);
  const [channels, ...map] = mapOf(x);
  const first = reader.node.opType === 'Resize' && reader.opset >= 11 ? 2 : 1;
  const given = reader.constant(first);
  const factors = given?.data.length ? Array.from(given.data) : reader.floats('scales');
  const sizes = reader.constant(first + 1);
  if (reader.has('axes')) refuse('its axes are chosen');
  if (reader.int('antialias', 0) === 1) refuse('it smooths');
  if (sizes && reader.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch') refuse('it keeps the aspect ratio');
  const size = sizes
    ? Array.from(sizes.data).slice(2)
    : factors?.length
      ? map.map((extent, k) => Math.floor(extent * factors[k + 2]!))
      : refuse('it has no scales');
  const leading = sizes ? sizes.data[1] === channels : factors![0] === 1 && factors![1] === 1;
  if (size.length !== map.length || !leading) refuse('it resizes channels or images');
  const exact = sizes || size.every((extent, k) => Math.abs(extent / map[k]! - factors![k + 2]!) < 1e-6);
  if (!exact) refuse('its scales lead to no whole size');
  if (same(size, map)) return x;
  const whole = size.every((extent, k) => extent % map[k]! === 0);
  const settings = resizeSettings(reader, whole, size, map);
  const grown = size.map((extent, k) => extent / map[k]!);
  return reader.stage('upsample', x, [channels, ...size], {
    arguments: [whole ? sizesText(grown) : named('size', sizesText(size)), ...settings],
  });
};

/** Which pixel is nearest, and where corners lie, is a matter of convention. */
function resizeSettings(
  reader: NodeReader,
  whole: boolean,
  size: readonly number[],
  map: readonly number[],
): Argument[] {
  const mode = reader.text('mode', 'nearest');
  const older = reader.node.opType === 'Upsample' || reader.opset < 11;
  const places = older ? 'asymmetric' : reader.text('coordinate_transformation_mode', 'half_pixel');
  const rounding = older ? 'floor' : reader.text('nearest_mode', 'round_prefer_floor');
  if (mode === 'nearest') {
    const alike =
      (places === 'asymmetric' && rounding === 'floor') ||
      (whole && places.endsWith('half_pixel') && rounding.startsWith('round')) ||
      (whole && places === 'tf_half_pixel_for_nn' && rounding === 'floor');
    if (!alike) refuse(`nearest pixels by \`${places}\` and \`${rounding}\``);
    return [];
  }
  if (mode !== 'linear' && mode !== 'bilinear') refuse(`mode \`${mode}\``);
  const aligned = places === 'align_corners';
  const single = places === 'pytorch_half_pixel' && size.includes(1);
  if ((!aligned && !places.endsWith('half_pixel')) || single) refuse(`means by \`${places}\``);
  return [named('mode', map.length === 2 ? 'bilinear' : 'linear'), named('align_corners', `${aligned}`, 'false')];
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
  Pad: border,
  Resize: resized,
  Upsample: resized,
};

/** A weight the other way round. */
export const turned = (value: Constant): Constant => transposed(value, [1, 0]);
