/** @file Operators with windows, normalisations and random layers, for `MIDDLES`. */
import { layer, type Middle } from './middle.ts';

export const WINDOW_MIDDLES: readonly (readonly [name: string, middle: Middle])[] = [
  ['depthwise', layer('depthwise', { kernel: 3, pad: 'same' })],
  ['depthwise multiplier stride', layer('depthwise', { kernel: [2, 3], multiplier: 2, stride: [1, 2], dilation: 2 })],
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
