/** @file Pointwise activations: one entry each, their derivatives live with the pointwise functions. */
import { findFunction } from '../formula/functions.ts';
import { elementCount } from '../ir/graph.ts';
import type { AttributeSpec, OperatorContext, OperatorDefinition } from './operator.ts';

interface Activation {
  readonly name: string;
  readonly summary: string;
  readonly formula: string;
  /** Settings of the function of the same name if left out. */
  readonly attributes?: readonly AttributeSpec[];
  /** Of `x`, in the notation of `op`; that function if left out. */
  readonly expression?: (context: OperatorContext) => string;
  readonly example?: string;
}

function activation({ name, summary, formula, attributes, expression, example }: Activation): OperatorDefinition {
  const settings = (findFunction(name)?.settings ?? []).map(
    (setting): AttributeSpec => ({ ...setting, type: 'number' }),
  );
  const usual = `${name}(${['x', ...settings.map((setting) => setting.name)].join(', ')})`;
  return {
    name,
    summary,
    formula,
    kind: 'layer',
    inputs: 1,
    attributes: attributes ?? settings,
    example: example ?? `features -> ${name}`,
    build(context) {
      const x = context.inputs[0]!;
      const axes = ['k', 'i', 'j', 'l'].slice(0, x.shape.length).join(', ');
      const body = (expression?.(context) ?? usual).replaceAll(/\bx\b/g, x.shape.length === 0 ? 'x' : `x[${axes}]`);
      const constants = Object.fromEntries(
        Object.entries(context.attributes).flatMap(([key, value]) => (typeof value === 'number' ? [[key, value]] : [])),
      );
      return context.apply(`op ${name}(x[${axes}]) -> y[${axes}] = ${body}`, [x], { constants });
    },
  };
}

export const relu = activation({
  name: 'relu',
  summary: 'Rectified linear unit; its derivative is 0 where x <= 0.',
  formula: 'y = x if x > 0 else 0',
});

export const relu6 = activation({
  name: 'relu6',
  summary: 'Rectified linear unit that is cut off at 6; its derivative is 1 between the bounds and 0 at them.',
  formula: 'y = min(max(x, 0), 6)',
});

export const leakyrelu = activation({
  name: 'leakyrelu',
  summary: 'Rectified linear unit that lets a fraction of negative values through, so that no unit dies.',
  formula: 'y = x if x > 0 else slope * x',
});

export const elu = activation({
  name: 'elu',
  summary: 'Exponential linear unit (Clevert et al. 2016): negative values approach -alpha, so that means stay near 0.',
  formula: 'y = x if x > 0 else alpha * (exp(x) - 1)',
});

export const selu = activation({
  name: 'selu',
  summary: 'Scaled exponential linear unit (Klambauer et al. 2017): keeps mean 0 and variance 1 from layer to layer.',
  formula: 'y = 1.0507 * (x if x > 0 else 1.6733 * (exp(x) - 1))',
});

export const celu = activation({
  name: 'celu',
  summary: 'Exponential linear unit whose derivative is continuous for every alpha (Barron 2017).',
  formula: 'y = x if x > 0 else alpha * (exp(x / alpha) - 1)',
});

export const gelu = activation({
  name: 'gelu',
  summary:
    'Gaussian error linear unit (Hendrycks and Gimpel 2016): x times the share of a normal distribution below x, exact or ' +
    'approximated by tanh.',
  formula: 'y = x * (1 + erf(x / sqrt(2))) / 2, or x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2',
  attributes: [
    {
      name: 'approximate',
      type: 'choice',
      choices: ['none', 'tanh'],
      default: 'none',
      doc: '`none` is exact, `tanh` the approximation',
    },
  ],
  expression: ({ attributes }) => (attributes.approximate === 'tanh' ? 'gelu_tanh(x)' : 'gelu(x)'),
  example: 'features -> gelu(approximate: tanh)',
});

export const silu = activation({
  name: 'silu',
  summary: 'Sigmoid linear unit, also called swish: smooth, with a small dip below 0.',
  formula: 'y = x / (1 + exp(-x))',
});

export const mish = activation({
  name: 'mish',
  summary: 'Smooth activation with a small dip below 0 (Misra 2019).',
  formula: 'y = x * tanh(log(1 + exp(x)))',
});

export const hardswish = activation({
  name: 'hardswish',
  summary: 'Silu made of straight lines and a parabola (Howard et al. 2019, MobileNet v3).',
  formula: 'y = x * min(max(x / 6 + 1/2, 0), 1)',
});

export const hardsigmoid = activation({
  name: 'hardsigmoid',
  summary: 'Sigmoid made of straight lines; its derivative is 1/6 where |x| < 3 and 0 elsewhere.',
  formula: 'y = min(max(x / 6 + 1/2, 0), 1)',
});

export const softplus = activation({
  name: 'softplus',
  summary: 'Smooth rectified linear unit; its derivative is the logistic function. Linear beyond the threshold.',
  formula: 'y = x if beta * x > threshold else log(1 + exp(beta * x)) / beta',
});

export const softsign = activation({
  name: 'softsign',
  summary: 'Bounded by -1 and 1 like tanh, which it approaches more slowly.',
  formula: 'y = x / (1 + |x|)',
});

export const sigmoid = activation({
  name: 'sigmoid',
  summary: 'Logistic function; its derivative y * (1 - y) is at most 1/4 and vanishes where |x| is large (saturation).',
  formula: 'y = 1 / (1 + exp(-x))',
});

export const tanh = activation({
  name: 'tanh',
  summary: 'Hyperbolic tangent; its derivative 1 - y^2 vanishes where |x| is large (saturation).',
  formula: 'y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))',
});

export const prelu: OperatorDefinition = {
  name: 'prelu',
  summary:
    'Rectified linear unit whose factor of negative values is learned (He et al. 2015): one for all, or per channel.',
  formula: 'y[c, i, j] = x[c, i, j] if x[c, i, j] > 0 else weight[c] * x[c, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: [
    { name: 'shared', type: 'boolean', default: true, doc: 'one factor for all channels instead of one for each' },
    { name: 'start', type: 'number', default: 0.25, doc: 'initial factor' },
  ],
  example: 'features -> prelu(shared: false)',
  build(context) {
    const { shape } = context.inputs[0]!;
    const channels = shape[0]!;
    const { shared, start } = context.attributes;
    const slopes = shared ? 1 : channels;
    const weight = context.parameter('weight', [slopes], {
      kind: 'constant',
      value: start as number,
      fanIn: 1,
      fanOut: 1,
    });
    const x = context.view(context.inputs[0]!, [slopes, elementCount(shape) / slopes]);
    const body = 'if x[c, i] > 0 { x[c, i] } else { a[c] * x[c, i] }';
    return context.view(context.apply(`op prelu(x[c, i], a[c]) -> y[c, i] = ${body}`, [x, weight]), shape);
  },
};
