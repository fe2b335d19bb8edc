/** @file Locally connected layer: a convolution whose weights are not shared between places. */

import { USUAL_START } from '../ir/graph.ts';
import { integer } from '../specs/attributes.ts';
import { BIAS, CONV_WINDOW, paddedInput } from './conv.ts';
import { defineOperator } from './operator.ts';
import { MODE } from './pad.ts';
import { mapShape, windowConstants } from './window.ts';

export const local = defineOperator({
  name: 'local',
  summary:
    'Locally connected layer: a convolution with a kernel of its own at every place. The weight is ' +
    '[channels, height, width, input channels, kernel height, kernel width], the first three being those of the result; ' +
    'the bias is as large as the result.',
  formula: 'y[o, i, j] = b[o, i, j] + sum(c, p, q) x[c, s*i + d*p - P, s*j + d*q - P] * w[o, i, j, c, p, q]',
  kind: 'layer',
  inputs: 1,
  attributes: { channels: integer({ minimum: 1, doc: 'output channels' }), ...CONV_WINDOW, bias: BIAS, mode: MODE },
  example: 'features -> local(16, 3x3)',
  build(context) {
    const [channels] = mapShape(context, 'local');
    const { x, window } = paddedInput(context, 'local');
    const [kh, kw] = window.kernel;
    const shape = [context.attributes.channels, ...window.output];
    const fan = { fanIn: channels * kh * kw, fanOut: shape[0]! * kh * kw };
    const weight = context.parameter('weight', [...shape, channels, kh, kw], { kind: USUAL_START, ...fan });
    const bias = context.attributes.bias ? [context.parameter('bias', shape, { kind: 'zeros', ...fan })] : [];
    const hasBias = bias.length > 0;
    return context.apply(
      `op local(x[c, h, w], k[o, i, j, c, p, q]${hasBias ? ', b[o, i, j]' : ''}) -> y[o, i, j] = ` +
        `${hasBias ? 'b[o, i, j] + ' : ''}sum(c, p, q) ` +
        'x[c, sv*i + dv*p - top, sh*j + dh*q - left] * k[o, i, j, c, p, q]',
      [x, weight, ...bias],
      { constants: windowConstants(window) },
    );
  },
});
