/** @file Pointwise activations: one line each, their derivatives live with the pointwise functions. */
import { elementCount } from '../ir/graph.ts';
import type { AttributeSpec, OperatorContext, OperatorDefinition } from './operator.ts';

function pointwise(
  name: string,
  summary: string,
  formula: string,
  attributes: readonly AttributeSpec[] = [],
  constants: (context: OperatorContext) => Record<string, number> = () => ({}),
  expression = `${name}(x[k])`,
): OperatorDefinition {
  return {
    name,
    summary,
    formula,
    kind: 'layer',
    inputs: 1,
    attributes,
    example: `features -> ${name}`,
    build(context) {
      const x = context.inputs[0]!;
      const axes = ['k', 'i', 'j', 'l'].slice(0, x.shape.length).join(', ');
      const body = expression.replaceAll('x[k]', x.shape.length === 0 ? 'x' : `x[${axes}]`);
      return context.apply(`op ${name}(x[${axes}]) -> y[${axes}] = ${body}`, [x], { constants: constants(context) });
    },
  };
}

export const relu = pointwise(
  'relu',
  'Rectified linear unit; its derivative is 0 where x <= 0.',
  'y = x if x > 0 else 0',
);

export const leakyrelu = pointwise(
  'leakyrelu',
  'Rectified linear unit that lets a fraction of negative values through, so that no unit dies.',
  'y = x if x > 0 else slope * x',
  [{ name: 'slope', type: 'number', minimum: 0, default: 0.01, doc: 'factor of negative values' }],
  (context) => ({ slope: context.attributes.slope as number }),
  'leakyrelu(x[k], slope)',
);

export const sigmoid = pointwise(
  'sigmoid',
  'Logistic function; its derivative y * (1 - y) is at most 1/4 and vanishes where |x| is large (saturation).',
  'y = 1 / (1 + exp(-x))',
);

export const tanh = pointwise(
  'tanh',
  'Hyperbolic tangent; its derivative 1 - y^2 vanishes where |x| is large (saturation).',
  'y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))',
);

export const flatten: OperatorDefinition = {
  name: 'flatten',
  summary: 'The elements of a map as a vector, in C, H, W order. Costs nothing: it is the same memory.',
  formula: 'y[c*h*w + i*w + j] = x[c, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: [],
  example: 'features -> flatten -> dense(10)',
  build: (context) => context.view(context.inputs[0]!, [elementCount(context.inputs[0]!.shape)]),
};
