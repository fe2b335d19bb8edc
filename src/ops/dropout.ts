/** @file Dropout: Srivastava et al. 2014, in the inverted form that leaves inference alone. */
import { affineAxis } from '../ir/affine.ts';
import { elementCount } from '../ir/graph.ts';
import { access } from '../ir/scalar.ts';
import type { OperatorDefinition } from './operator.ts';

export const dropout: OperatorDefinition = {
  name: 'dropout',
  summary:
    'In training sets each value to 0 with the given probability and scales the others up; nothing in inference.',
  formula: 'y = x / (1 - rate) where random >= rate, else 0',
  kind: 'layer',
  inputs: 1,
  attributes: [
    { name: 'rate', type: 'number', minimum: 0, maximum: 0.999, default: 0.5, doc: 'probability of a zero' },
  ],
  example: 'features -> dropout(50%)',
  build(context) {
    // Draws are multiples of 2^-24: a rate rounded up to one keeps the same values in f32 and f64.
    const rate = Math.ceil((context.attributes.rate as number) * 2 ** 24) / 2 ** 24;
    const input = context.inputs[0]!;
    if (context.mode === 'inference' || rate === 0) return input;
    const size = elementCount(input.shape);
    // The mask is a value of its own, without a formula to differentiate: it depends on the seed only.
    const mask = context.formula(
      [context.seed],
      [{ name: 'k', extent: size }],
      { kind: 'random', seed: access(0, []), stream: context.nextStream(), element: affineAxis('k') },
      'mask',
    );
    const x = context.view(input, [size]);
    const y = context.apply('op dropout(x[k], u[k]) -> y[k] = if u[k] >= rate { x[k] * scale } else { 0 }', [x, mask], {
      name: 'flat',
      constants: { rate, scale: 1 / (1 - (context.attributes.rate as number)) },
    });
    return context.view(y, input.shape);
  },
};
