/** @file Convolutions, as the field says: cross-correlations with a learned kernel. */

import { product } from '../common/shape.ts';
import { type Node, USUAL_START } from '../ir/graph.ts';
import { boolean, integer, padding, sizes } from '../specs/attributes.ts';
import { requireGroups } from './channel-groups.ts';
import { type MapAxes, mapAxes } from './map-axes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';
import { MODE, type PadMode, padded } from './pad.ts';
import { KERNEL, PAD_DOC, TAP, type Window, type WindowValues, windowConstants, windowOf } from './window.ts';

export const GROUPS = integer({ minimum: 1, default: 1, doc: 'groups of channels that do not mix' });

export const CONV_WINDOW = {
  kernel: KERNEL,
  stride: sizes({ minimum: 1, default: [1], doc: 'step of the window' }),
  pad: padding({ default: 'valid', doc: PAD_DOC }),
  dilation: sizes({ minimum: 1, default: [1], doc: 'distance between the taps of the kernel' }),
};

export const BIAS = boolean({ default: true, doc: 'add a learned constant to each channel' });

export const conv = defineOperator({
  name: 'conv',
  summary: 'Convolution: every output channel is a weighted sum of a window over all input channels of its group.',
  formula: 'y[o, i, j] = b[o] + sum(c, p, q) x[c, s*i + d*p - P, s*j + d*q - P] * w[o, c, p, q]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    channels: integer({ minimum: 1, doc: 'output channels' }),
    ...CONV_WINDOW,
    groups: GROUPS,
    bias: BIAS,
    mode: MODE,
  },
  example: 'image -> conv(16, 3x3, pad: same)',
  build(context) {
    const { channels } = mapAxes(context, 'conv');
    const outputs = context.attributes.channels;
    const groups = context.attributes.groups;
    requireGroups(context, channels, outputs, groups);
    return convolve(context, 'conv', outputs, groups);
  },
});

export const depthwise = defineOperator({
  name: 'depthwise',
  summary:
    'Convolution of each channel by itself, which gives `multiplier` channels for each: `conv` with as many groups as ' +
    'channels, and with the same parameters.',
  formula: 'y[c, m, i, j] = b[c, m] + sum(p, q) x[c, s*i + d*p - P, s*j + d*q - P] * w[c, m, p, q]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    ...CONV_WINDOW,
    multiplier: integer({ minimum: 1, default: 1, doc: 'output channels for each input channel' }),
    bias: BIAS,
    mode: MODE,
  },
  example: 'features -> depthwise(3x3, pad: same)',
  build(context) {
    const { channels } = mapAxes(context, 'depthwise');
    return convolve(context, 'depthwise', channels * context.attributes.multiplier, channels);
  },
});

type ConvolutionValues = WindowValues & { bias: boolean; mode: PadMode };

/** How the formula indexes channels: of the input, of the weight, of the output; and what it sums over before the taps. */
interface Channels {
  readonly input: string;
  readonly weight: string;
  readonly output: string;
  readonly summed: string;
}

const ALL: Channels = { input: 'c', weight: 'o, c', output: 'o', summed: 'c' };
/** Groups never meet: they are an axis of every tensor. */
const GROUPED: Channels = { input: 'g, c', weight: 'g, o, c', output: 'g, o', summed: 'c' };
/** One channel in, one out; the second axis of the weight is 1. */
const SINGLE: Channels = { input: 'c', weight: 'c, n', output: 'c', summed: 'n' };

function convolve(
  context: OperatorContext<ConvolutionValues>,
  operator: string,
  outputs: number,
  groups: number,
): Node {
  const { x, map, window } = paddedInput(context, operator);
  const taps = product(window.kernel);
  const perGroup = map.channels / groups;
  const fan = { fanIn: perGroup * taps, fanOut: (outputs / groups) * taps };
  const weight = context.parameter('weight', [outputs, perGroup, ...window.kernel], { kind: USUAL_START, ...fan });
  const bias = context.attributes.bias ? [context.parameter('bias', [outputs], { kind: 'zeros', ...fan })] : [];
  const options = { constants: windowConstants(map, window), extents: map.values({ i: window.output }) };
  const operands = [x, weight, ...bias];
  const isSingle = perGroup === 1 && outputs === groups;
  if (groups === 1 || isSingle)
    return context.apply(formulaText(map, isSingle ? SINGLE : ALL, bias.length > 0), operands, options);
  const grouped = operands.map((operand) =>
    context.view(operand, [groups, operand.shape[0]! / groups, ...operand.shape.slice(1)]),
  );
  const y = context.apply(formulaText(map, GROUPED, bias.length > 0), grouped, { ...options, name: 'grouped' });
  return context.view(y, [outputs, ...window.output]);
}

/** Zeros need no pixels of their own; a padding of any other mode is a larger map, over which the window then slides. */
export function paddedInput(
  context: OperatorContext<WindowValues & { mode: PadMode }>,
  operator: string,
): { x: Node; map: MapAxes; window: Window } {
  const map = mapAxes(context, operator);
  const window = windowOf(context, map);
  const mode = context.attributes.mode;
  if (mode === 'zeros' || window.pad.every((side) => side === 0)) return { x: context.inputs[0]!, map, window };
  const x = padded(context, map, { sides: window.pad, mode, attribute: 'pad', name: 'padded' });
  return { x, map, window: { ...window, pad: window.pad.map(() => 0) } };
}

function formulaText(map: MapAxes, { input, weight, output, summed }: Channels, hasBias: boolean): string {
  const head = `op conv(x[${input}, ${map.each('h')}], k[${weight}, ${map.each('p')}]${hasBias ? `, b[${output}]` : ''})`;
  const taps = `x[${input}, ${map.each(TAP)}] * k[${weight}, ${map.each('p')}]`;
  return `${head} -> y[${output}, ${map.each('i')}] = ${hasBias ? `b[${output}] + ` : ''}sum(${summed}, ${map.each('p')}) ${taps}`;
}
