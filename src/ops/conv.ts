/** @file Convolution, as the field says: cross-correlation with a learned kernel. */

import type { OperatorDefinition } from './operator.ts';
import { KERNEL, mapShape, PAD_DOC, windowConstants, windowOf } from './window.ts';

export const conv: OperatorDefinition = {
  name: 'conv',
  summary: 'Convolution: every output channel is a weighted sum of a window over all input channels of its group.',
  formula: 'y[o, i, j] = b[o] + sum(c, p, q) x[c, s*i + d*p - P, s*j + d*q - P] * w[o, c, p, q]',
  kind: 'layer',
  inputs: 1,
  attributes: [
    { name: 'channels', type: 'integer', minimum: 1, doc: 'output channels' },
    KERNEL,
    { name: 'stride', type: 'pair', minimum: 1, default: [1, 1], doc: 'step of the window' },
    { name: 'pad', type: 'padding', default: 'valid', doc: PAD_DOC },
    { name: 'dilation', type: 'pair', minimum: 1, default: [1, 1], doc: 'distance between the taps of the kernel' },
    { name: 'groups', type: 'integer', minimum: 1, default: 1, doc: 'groups of channels that do not mix' },
    { name: 'bias', type: 'boolean', default: true, doc: 'add a learned constant to each channel' },
  ],
  example: 'image -> conv(16, 3x3, pad: same)',
  build(context) {
    const [channels, height, width] = mapShape(context, 'conv');
    const window = windowOf(context, height, width);
    const outputs = context.attributes.channels as number;
    const groups = context.attributes.groups as number;
    if (channels % groups !== 0 || outputs % groups !== 0)
      context.fail({
        code: 'CNN3003',
        message: `${groups} groups do not divide ${channels} input and ${outputs} output channels`,
        attribute: 'groups',
        help: 'choose a number of groups that divides both',
      });
    const [kh, kw] = window.kernel;
    const perGroup = channels / groups;
    const fan = { fanIn: perGroup * kh * kw, fanOut: (outputs / groups) * kh * kw };
    const weight = context.parameter('weight', [outputs, perGroup, kh, kw], { kind: 'kaiming', ...fan });
    const bias = context.attributes.bias ? context.parameter('bias', [outputs], { kind: 'zeros', ...fan }) : undefined;
    const options = { constants: windowConstants(window), extents: { i: window.output[0], j: window.output[1] } };
    const operands = [context.inputs[0]!, weight, ...(bias ? [bias] : [])];
    if (groups === 1) return context.apply(formulaText('', bias !== undefined), operands, options);
    const grouped = operands.map((operand) =>
      context.view(operand, [groups, operand.shape[0]! / groups, ...operand.shape.slice(1)]),
    );
    const y = context.apply(formulaText('g, ', bias !== undefined), grouped, { ...options, name: 'grouped' });
    return context.view(y, [outputs, ...window.output]);
  },
};

/** `group` is the leading axis of every tensor of a grouped convolution, or nothing. */
function formulaText(group: string, hasBias: boolean): string {
  const head = `op conv(x[${group}c, h, w], k[${group}o, c, p, q]${hasBias ? `, b[${group}o]` : ''})`;
  const sum = `sum(c, p, q) x[${group}c, sv*i + dv*p - top, sh*j + dh*q - left] * k[${group}o, c, p, q]`;
  return `${head} -> y[${group}o, i, j] = ${hasBias ? `b[${group}o] + ` : ''}${sum}`;
}
