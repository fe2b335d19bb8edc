/** @file Operators on signals, for `MIDDLES`: the formulas of maps with one axis fewer. */
import { layer, type Middle } from './middle.ts';

/** Behind the operator a convolution reads the signal in an uneven way, so that no two places may be mixed up. */
const read =
  (operator: string, attributes: Record<string, unknown> = {}): Middle =>
  (net, x) =>
    net.layer('conv', net.layer(operator, x, attributes), { channels: 2, kernel: 3, pad: [0, 1] });

const ON_SIGNALS: readonly (readonly [name: string, middle: Middle])[] = [
  ['conv', layer('conv', { channels: 3, kernel: 4, stride: 2, pad: [1, 2] })],
  ['conv causal', layer('conv', { channels: 3, kernel: 3, pad: 'causal', dilation: 2 })],
  ['conv causal stride groups', layer('conv', { channels: 6, kernel: 4, stride: 3, pad: 'causal', groups: 2 })],
  ['conv same reflect', layer('conv', { channels: 2, kernel: 4, pad: 'same', mode: 'reflect', bias: false })],
  ['depthwise', layer('depthwise', { kernel: 3, pad: 'same', multiplier: 2, dilation: 2 })],
  ['convtranspose', layer('convtranspose', { channels: 3, kernel: 4, stride: 3, pad: [2, 1], output_padding: 1 })],
  ['local', layer('local', { channels: 3, kernel: 3, stride: 2, pad: 1 })],
  ['maxpool', layer('maxpool', { kernel: 3, stride: 2, pad: 1, dilation: 2, ceil: true })],
  ['avgpool', layer('avgpool', { kernel: 3, stride: 2, pad: 1, ceil: true })],
  ['avgpool without padding', layer('avgpool', { kernel: 4, pad: [2, 1], count_padding: false })],
  ['lppool', layer('lppool', { kernel: 3, stride: 2, norm: 3, ceil: true })],
  ['adaptiveavgpool', layer('adaptiveavgpool', { size: 5 })],
  ['adaptivemaxpool', layer('adaptivemaxpool', { size: 4 })],
  ['globalavgpool', layer('globalavgpool')],
  ['globalmaxpool', layer('globalmaxpool')],
  ['pad', layer('pad', { sides: [2, 1] })],
  ['pad circular', layer('pad', { sides: [3, 5], mode: 'circular' })],
  ['crop', layer('crop', { size: 6 })],
  ['upsample', read('upsample', { factor: 2 })],
  ['upsample to a size', read('upsample', { size: 17 })],
  ['upsample linear', read('upsample', { size: 21, mode: 'linear' })],
  ['pixelshuffle', read('pixelshuffle', { factor: 2 })],
  ['pixelunshuffle', read('pixelunshuffle', { factor: 3 })],
  ['slice', read('slice', { from: 1, axis: 'length', step: 2 })],
  ['mean', layer('mean', { axes: 'spatial', keepdims: true })],
  ['batchnorm', layer('batchnorm')],
  ['instancenorm', layer('instancenorm', { affine: true })],
  ['layernorm', layer('layernorm', { axes: 'channels' })],
];

export const SIGNAL_MIDDLES = ON_SIGNALS.map(([name, middle]) => {
  const [operator, ...how] = name.split(' ');
  return [[operator, 'of a signal', ...how].join(' '), middle] as const;
});
