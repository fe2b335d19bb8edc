/** @file Views, parts, joins and maps of another size, for `MIDDLES`. */
import type { Node } from '../../src/ir/graph.ts';
import type { NetworkBuilder } from './build-network.ts';
import type { Middle } from './middle.ts';

/** Behind the operator a convolution reads the map in an uneven way, so that no two places may be mixed up. */
const read =
  (operator: string, attributes: Record<string, unknown> = {}): Middle =>
  (net, x) =>
    net.layer('conv', net.layer(operator, x, attributes), { channels: 2, kernel: [2, 3], pad: [1, 1, 0, 1] });

const wider = (net: NetworkBuilder, x: Node, channels: number) => net.layer('conv', x, { channels, kernel: 1 });

const joined =
  (axis: string): Middle =>
  (net, x) => {
    const other = net.layer('slice', wider(net, x, 4), { from: 1, to: 4, axis });
    return net.layer('tanh', net.layer('concat', [x, other, x], { axis }));
  };

export const SHAPE_MIDDLES: readonly (readonly [name: string, middle: Middle])[] = [
  ['reshape', read('reshape', { shape: [2, 7, 12] })],
  ['permute', read('permute', { order: [2, 0, 1] })],
  ['slice channels', read('slice', { from: 1, to: 3 })],
  ['slice rows by two', read('slice', { from: 1, axis: 'height', step: 2 })],
  ['split', read('split', { parts: 2, part: 1 })],
  ['split rows', read('split', { parts: 3, part: 1, axis: 'height' })],
  ['concat of rows', joined('height')],
  ['concat of columns', joined('width')],
  ['channelshuffle', read('channelshuffle', { groups: 2 })],
  ['pixelshuffle', read('pixelshuffle', { factor: 2 })],
  [
    'pixelunshuffle',
    (net, x) => read('pixelunshuffle', { factor: 3 })(net, net.layer('slice', x, { from: 0, to: 6, axis: 'width' })),
  ],
  ['upsample', read('upsample', { factor: 2 })],
  ['upsample by 3x1', read('upsample', { factor: [3, 1] })],
  ['upsample to a size', read('upsample', { size: [9, 5] })],
  ['upsample bilinear', read('upsample', { factor: 2, mode: 'bilinear' })],
  ['upsample bilinear by 3x4', read('upsample', { factor: [3, 4], mode: 'bilinear' })],
  ['upsample bilinear corners', read('upsample', { factor: 2, mode: 'bilinear', align_corners: true })],
  ['upsample bilinear to a size', read('upsample', { size: [9, 5], mode: 'bilinear' })],
];
