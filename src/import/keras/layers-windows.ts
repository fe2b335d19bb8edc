import {
  convolution,
  flattened,
  mapOf,
  pooled,
  type Sliding,
  sameSides,
  stage,
  type TakeWeight,
  transposed,
  wholeMap,
} from '../layer-steps.ts';
import { named, sidesText, sizesText } from '../texts.ts';
import { refuse, type Step } from '../values.ts';
import { activated } from './activations.ts';
import { type KerasLayer, range, single } from './order.ts';
import type { KerasPlace, Settings } from './values.ts';

/** Without a stride those of a pooling are as large as its window; a convolution goes on by one. */
export function windowOf(
  x: Step,
  settings: Settings,
  kernelName: 'kernel_size' | 'pool_size',
): Sliding & { readonly same: boolean } {
  const [, ...map] = mapOf(x);
  if (settings.text('data_format', 'channels_last') !== 'channels_last') refuse('its channels come first');
  const ones = map.map(() => 1);
  const kernel = settings.sizes(kernelName, map.length, undefined);
  const stride = settings.sizes('strides', map.length, kernelName === 'pool_size' ? kernel : ones);
  const dilation = settings.sizes('dilation_rate', map.length, ones);
  const padding = settings.text('padding', 'valid');
  if (padding === 'causal' && map.length === 1)
    return { kernel, stride, dilation, same: false, sides: [dilation[0]! * (kernel[0]! - 1), 0] };
  if (padding !== 'valid' && padding !== 'same') refuse(`its padding is \`${padding}\``);
  const isSame = padding === 'same';
  const sides = isSame ? sameSides(map, { kernel, stride, dilation }) : [...map, ...map].map(() => 0);
  return { kernel, stride, dilation, sides, same: isSame };
}

/** A border of zeros in front of a convolution is its padding. */
export function unpadded(x: Step, window: Sliding): readonly [x: Step, sides: readonly number[]] {
  const border = borders.get(x);
  if (!border || window.sides.some((side) => side > 0)) return [x, window.sides];
  return [x.operands[0] as Step, border];
}

export const borders = new WeakMap<Step, readonly number[]>();

export const spatial = (count: number) => range(0, count);

/** `[h, w, in, out]` is ours as `[out, in, h, w]`. */
export const kernelAxes = (axes: number): number[] => [axes + 1, axes, ...spatial(axes)];

export const conv = single((given, place) => {
  const { settings, label, variable } = place;
  const window = windowOf(given, settings, 'kernel_size');
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

export function depthwise(given: Step, place: KerasPlace, label: string, bias: boolean): Step {
  const { settings, variable } = place;
  const window = windowOf(given, settings, 'kernel_size');
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

export const separable = single((x, place) => {
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

export const convTranspose = single((x, place) => {
  const { settings, label, variable } = place;
  const { kernel, stride, dilation, same: isSame } = windowOf(x, settings, 'kernel_size');
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

export const pool = (word: 'maxpool' | 'avgpool'): KerasLayer =>
  single((x, { settings }) => pooled(x, word, { ...windowOf(x, settings, 'pool_size'), counts: false }));

export const whole = (word: 'avg' | 'max'): KerasLayer =>
  single((x, { settings }) => {
    const y = wholeMap(x, word);
    return settings.flag('keepdims', false) ? y : flattened(y);
  });

export const border = single((x, { settings }) => {
  const [channels, ...map] = mapOf(x);
  const sides = settings.sides('padding', map.length);
  if (sides.every((side) => side === 0)) return x;
  const shape = [channels, ...map.map((size, k) => size + sides[k]! + sides[k + map.length]!)];
  const y = stage('pad', x, shape, { arguments: [sidesText(sides)] });
  borders.set(y, sides);
  return y;
});

export const cropping = single((x, { settings }) => {
  const [channels, ...map] = mapOf(x);
  const sides = settings.sides('cropping', map.length);
  const shape = [channels, ...map.map((size, k) => size - sides[k]! - sides[k + map.length]!)];
  if (shape.some((size) => size < 1)) refuse('it leaves nothing');
  return sides.every((side) => side === 0) ? x : stage('crop', x, shape, { arguments: [sidesText(sides)] });
});

export const upsampling = single((x, { settings }) => {
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
