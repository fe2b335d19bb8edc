/** @file Fully connected layer. */
import { elementCount, USUAL_START } from '../ir/graph.ts';
import { boolean, integer } from '../specs/attributes.ts';
import { defineOperator } from './operator.ts';

export const dense = defineOperator({
  name: 'dense',
  summary: 'Fully connected layer: every output is a weighted sum of all inputs; maps are flattened in C, H, W order.',
  formula: 'y[o] = b[o] + sum(k) w[o, k] * x[k]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    units: integer({ minimum: 1, doc: 'number of outputs' }),
    bias: boolean({ default: true, doc: 'add a learned constant to each output' }),
  },
  example: 'features -> dense(10)',
  build(context) {
    const units = context.attributes.units;
    const size = elementCount(context.inputs[0]!.shape);
    if (context.inputs[0]!.shape.length > 1) context.reads(0, [size]);
    const x = context.view(context.inputs[0]!, [size]);
    const fan = { fanIn: size, fanOut: units };
    const weight = context.parameter('weight', [units, size], { kind: USUAL_START, ...fan });
    if (!context.attributes.bias)
      return context.apply('op dense(x[k], w[o, k]) -> y[o] = sum(k) w[o, k] * x[k]', [x, weight]);
    const bias = context.parameter('bias', [units], { kind: 'zeros', ...fan });
    return context.apply('op dense(x[k], w[o, k], b[o]) -> y[o] = b[o] + sum(k) w[o, k] * x[k]', [x, weight, bias]);
  },
});
