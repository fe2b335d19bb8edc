/** @file Activations, arithmetic and reductions in the middle of a small network. */
import type { Node } from '../../src/ir/graph.ts';
import type { NetworkBuilder } from './build-network.ts';
import { layer, type Middle } from './middle.ts';

/** Wide enough that both sides of every bend are met. */
const bent = (operator: string, attributes: Record<string, unknown> = {}): Middle => {
  const apply = layer(operator, attributes);
  return (net, x) => apply(net, net.layer('conv', x, { channels: 4, kernel: 1 }));
};

/** A function of the language, of `x` and what else it takes. */
const called = (name: string, ...given: readonly (number | 'other')[]): Middle => {
  return (net, x) => {
    const inputs = given.includes('other') ? [x, net.layer('conv', x, { channels: 4, kernel: 1 })] : [x];
    return net.call(name, [...inputs, ...given.filter((part) => part !== 'other')]);
  };
};

/** Of positive numbers. */
const ofPositive =
  (name: string, ...given: readonly number[]): Middle =>
  (net, x) =>
    net.call(name, [net.layer('softplus', x), ...given]);

const excited = (operator: string, factor: (net: NetworkBuilder, x: Node) => Node): Middle => {
  return (net, x) => net.layer(operator, [x, net.layer('sigmoid', factor(net, x))]);
};

/** Two numbers meet every element and every place of a channel, ones are repeated on both sides. */
const BROADCASTS: typeof POINTWISE_MIDDLES = [
  ['mul by channels', excited('mul', (net, x) => net.layer('globalavgpool', x))],
  ['div by kept channels', excited('div', (net, x) => net.layer('mean', x, { axes: 'spatial', keepdims: true }))],
  ['mul by places', excited('mul', (net, x) => net.layer('mean', x, { axes: 'channels', keepdims: true }))],
  ['sub a number', excited('sub', (net, x) => net.layer('mean', x))],
  [
    'add of both sides',
    (net, x) =>
      net.layer('add', [
        net.layer('sum', x, { axes: 'height', keepdims: true }),
        net.layer('variance', x, { axes: 'width', keepdims: true }),
      ]),
  ],
];

const REDUCTIONS: typeof POINTWISE_MIDDLES = [
  ['sum of channels', layer('sum', { axes: 'channels' })],
  ['sum of all', (net, x) => net.layer('tanh', net.layer('reshape', net.layer('sum', x), { shape: [1] }))],
  ['mean of places', layer('mean', { axes: 'spatial' })],
  ['mean of rows kept', layer('mean', { axes: 'height', keepdims: true })],
  ['variance of places', layer('variance', { axes: 'spatial' })],
  ['variance of channels', layer('variance', { axes: 'channels', unbiased: false, keepdims: true })],
];

const FUNCTIONS: typeof POINTWISE_MIDDLES = [
  ['exp', called('exp')],
  ['log', ofPositive('log')],
  ['sqrt', ofPositive('sqrt')],
  ['abs', called('abs')],
  ['erf', called('erf')],
  ['gelu_tanh', called('gelu_tanh')],
  ['tanh_softplus', called('tanh_softplus')],
  ['pow whole', called('pow', 3)],
  ['pow broken', ofPositive('pow', 2.5)],
  ['pow negative', ofPositive('pow', -2)],
  ['max of two', called('max', 'other')],
  ['min with a number', called('min', 0.1)],
];

export const POINTWISE_MIDDLES: readonly (readonly [name: string, middle: Middle])[] = [
  ['relu', bent('relu')],
  ['relu6', bent('relu6')],
  ['leakyrelu', bent('leakyrelu', { slope: 0.2 })],
  ['prelu', bent('prelu')],
  ['prelu per channel', bent('prelu', { shared: false, start: 0.1 })],
  ['elu', bent('elu', { alpha: 0.7 })],
  ['selu', bent('selu')],
  ['celu', bent('celu', { alpha: 0.7 })],
  ['gelu', bent('gelu')],
  ['gelu tanh', bent('gelu', { approximate: 'tanh' })],
  ['silu', bent('silu')],
  ['mish', bent('mish')],
  ['hardswish', bent('hardswish')],
  ['hardsigmoid', bent('hardsigmoid')],
  ['hardtanh', bent('hardtanh')],
  ['hardtanh of other bounds', bent('hardtanh', { min: -0.2, max: 0.5 })],
  ['sigmoid', bent('sigmoid')],
  ['tanh', bent('tanh')],
  ['softplus', bent('softplus', { beta: 2, threshold: 1 })],
  ['softsign', bent('softsign')],
  ['softmax', layer('softmax')],
  ['logsoftmax', layer('logsoftmax')],
  ...BROADCASTS,
  ...REDUCTIONS,
  ...FUNCTIONS,
];
