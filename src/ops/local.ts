/** @file Locally connected layer: a convolution whose weights are not shared between places. */

import { product } from '../common/shape.ts';
import { USUAL_START } from '../ir/graph.ts';
import { integer } from '../specs/attributes.ts';
import { BIAS, CONV_WINDOW, paddedInput } from './conv.ts';
import { defineOperator } from './operator.ts';
import { MODE } from './pad.ts';
import { TAP, windowConstants } from './window.ts';

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
    const { x, map, window } = paddedInput(context, 'local');
    const taps = product(window.kernel);
    const { channels } = map;
    const shape = [context.attributes.channels, ...window.output];
    const fan = { fanIn: channels * taps, fanOut: shape[0]! * taps };
    const weight = context.parameter('weight', [...shape, channels, ...window.kernel], { kind: USUAL_START, ...fan });
    const bias = context.attributes.bias ? [context.parameter('bias', shape, { kind: 'zeros', ...fan })] : [];
    const hasBias = bias.length > 0;
    const place = `o, ${map.each('i')}`;
    const kernel = `k[${place}, c, ${map.each('p')}]`;
    return context.apply(
      `op local(x[c, ${map.each('h')}], ${kernel}${hasBias ? `, b[${place}]` : ''}) -> y[${place}] = ` +
        `${hasBias ? `b[${place}] + ` : ''}sum(c, ${map.each('p')}) x[c, ${map.each(TAP)}] * ${kernel}`,
      [x, weight, ...bias],
      { constants: windowConstants(map, window) },
    );
  },
});
