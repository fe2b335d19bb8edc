/** @file Activations, arithmetic and reductions in the middle of a small network. */
import { layer, type Middle } from './middle.ts';

/** Wide enough that both sides of every bend are met. */
const bent = (operator: string, attributes: Record<string, unknown> = {}): Middle => {
  const apply = layer(operator, attributes);
  return (net, x) => apply(net, net.layer('conv', x, { channels: 4, kernel: 1 }));
};

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
  ['sigmoid', bent('sigmoid')],
  ['tanh', bent('tanh')],
  ['softplus', bent('softplus', { beta: 2, threshold: 1 })],
  ['softsign', bent('softsign')],
  ['softmax', layer('softmax')],
  ['logsoftmax', layer('logsoftmax')],
];
