/** @file Local response normalisation: Krizhevsky, Sutskever and Hinton 2012, section 3.3, in PyTorch's convention. */
import { elementCount } from '../ir/graph.ts';
import { integer, number } from '../specs/attributes.ts';
import { defineOperator } from './operator.ts';

export const lrn = defineOperator({
  name: 'lrn',
  summary:
    'Local response normalisation: each value is divided by a power of the squares of its neighbour channels at the same ' +
    'place. `alpha` is divided by `size`, as in PyTorch and Caffe; AlexNet has `lrn(5, 1e-4, 0.75, 2)`.',
  formula: 'y[c, i] = x[c, i] / (k + alpha / size * sum(n) x[c + n - size/2, i]^2) ^ beta',
  kind: 'layer',
  inputs: 1,
  attributes: {
    size: integer({ minimum: 1, default: 5, doc: 'channels that take part, the one itself included' }),
    alpha: number({ minimum: 0, maximum: 1e6, default: 1e-4, doc: 'weight of the squares' }),
    beta: number({ minimum: 0, maximum: 4, default: 0.75, doc: 'exponent' }),
    k: number({ minimum: 1e-6, maximum: 1e6, default: 1, doc: 'what is added to the squares' }),
  },
  example: 'features -> lrn(5, alpha: 1e-4, beta: 0.75, k: 2)',
  build(context) {
    const { shape } = context.inputs[0]!;
    const { size, alpha, beta, k } = context.attributes;
    const channels = shape[0]!;
    const x = context.view(context.inputs[0]!, [channels, elementCount(shape) / channels]);
    const base = context.apply('op base(x[c, i]) -> y[c, i] = k + (sum(n) x[c + n - before, i]^2) * share', [x], {
      name: 'base',
      constants: { k, share: alpha / size, before: Math.floor(size / 2) },
      extents: { n: size, c: channels },
    });
    const y = context.apply('op lrn(x[c, i], s[c, i]) -> y[c, i] = x[c, i] * exp(-beta * log(s[c, i]))', [x, base], {
      name: 'flat',
      constants: { beta },
    });
    return context.view(y, shape);
  },
});
