/** @file Operators with windows, normalisations and random layers, for `MIDDLES`. */
import { layer, type Middle } from './middle.ts';

export const WINDOW_MIDDLES: readonly (readonly [name: string, middle: Middle])[] = [
  ['depthwise', layer('depthwise', { kernel: 3, pad: 'same' })],
  ['depthwise multiplier stride', layer('depthwise', { kernel: [2, 3], multiplier: 2, stride: [1, 2], dilation: 2 })],
  ['maxpool dilation', layer('maxpool', { kernel: 2, stride: 1, dilation: [3, 2], pad: 1 })],
  ['avgpool without padding', layer('avgpool', { kernel: 3, stride: 2, pad: 1, ceil: true, count_padding: false })],
  ['globalmaxpool', layer('globalmaxpool')],
  ['adaptiveavgpool', layer('adaptiveavgpool', { size: [4, 3] })],
  ['adaptiveavgpool even', layer('adaptiveavgpool', { size: [2, 7] })],
  ['adaptiveavgpool larger', layer('adaptiveavgpool', { size: [7, 10] })],
  ['adaptivemaxpool', layer('adaptivemaxpool', { size: [4, 5] })],
  ['adaptivemaxpool even', layer('adaptivemaxpool', { size: [3, 1] })],
  ['lppool', layer('lppool', { kernel: 2 })],
  ['lppool ceil', layer('lppool', { kernel: 3, stride: 2, norm: 3, ceil: true, pad: 1 })],
  ['lppool of magnitudes', layer('lppool', { kernel: 2, norm: 1 })],
  ['layernorm', layer('layernorm')],
  ['layernorm channels', layer('layernorm', { axes: 'channels', eps: 0.01 })],
  ['groupnorm', layer('groupnorm', { groups: 2 })],
  ['instancenorm', layer('instancenorm')],
  ['instancenorm affine', layer('instancenorm', { affine: true })],
  ['lrn', layer('lrn', { size: 3, alpha: 0.5, k: 2 })],
  ['lrn even', layer('lrn', { size: 4, alpha: 2, beta: 0.5 })],
  ['spatialdropout', layer('spatialdropout', { rate: 0.4 })],
  ['stochasticdepth', (net, x) => net.layer('add', [x, net.layer('stochasticdepth', x, { rate: 0.6 })])],
];
