/** @file Pointwise activations: one entry each, their derivatives live with the pointwise functions. */
import { findFunction } from '../formula/functions.ts';
import { elementCount } from '../ir/graph.ts';
import { type Attributes, type AttributeValues, boolean, choice, number } from '../specs/attributes.ts';
import { defineOperator, type Failure, type OperatorDefinition, type Traits } from './operator.ts';

interface Activation {
  readonly name: string;
  readonly summary: string;
  readonly formula: string;
  /** Settings of the function of the same name if left out. */
  readonly attributes?: Attributes;
  /** Of `x`, in the notation of `op`; that function if left out. */
  readonly expression?: (attributes: AttributeValues) => string;
  readonly example?: string;
  /** What is wrong with attributes that are each possible. */
  readonly check?: (attributes: AttributeValues) => Failure | undefined;
  /** For the usual settings. */
  readonly range?: Traits['range'];
  readonly saturates?: number;
  readonly idempotent?: true;
}

function activation({
  name,
  summary,
  formula,
  attributes,
  expression,
  example,
  check,
  ...traits
}: Activation): OperatorDefinition {
  const settings = Object.fromEntries(
    (findFunction(name)?.settings ?? []).map((setting) => [setting.name, number(setting)]),
  );
  const usual = `${name}(${['x', ...Object.keys(settings)].join(', ')})`;
  return defineOperator({
    name,
    summary,
    formula,
    kind: 'layer',
    inputs: 1,
    attributes: attributes ?? settings,
    example: example ?? `features -> ${name}`,
    traits: { activation: true, ...traits },
    build(context) {
      const failure = check?.(context.attributes);
      if (failure) context.fail(failure);
      const x = context.inputs[0]!;
      const axes = ['k', 'i', 'j', 'l'].slice(0, x.shape.length).join(', ');
      const body = (expression?.(context.attributes) ?? usual).replaceAll(
        /\bx\b/g,
        x.shape.length === 0 ? 'x' : `x[${axes}]`,
      );
      const constants = Object.fromEntries(
        Object.entries(context.attributes).flatMap(([key, value]) => (typeof value === 'number' ? [[key, value]] : [])),
      );
      return context.apply(`op ${name}(x[${axes}]) -> y[${axes}] = ${body}`, [x], { constants });
    },
  });
}

const UNBOUNDED = Number.POSITIVE_INFINITY;

export const relu = activation({
  name: 'relu',
  range: [0, UNBOUNDED],
  idempotent: true,
  summary: 'Rectified linear unit; its derivative is 0 where x <= 0.',
  formula: 'y = x if x > 0 else 0',
});

export const relu6 = activation({
  name: 'relu6',
  range: [0, 6],
  idempotent: true,
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
  range: [-1, UNBOUNDED],
  summary: 'Exponential linear unit (Clevert et al. 2016): negative values approach -alpha, so that means stay near 0.',
  formula: 'y = x if x > 0 else alpha * (exp(x) - 1)',
});

export const selu = activation({
  name: 'selu',
  range: [-1.76, UNBOUNDED],
  summary: 'Scaled exponential linear unit (Klambauer et al. 2017): keeps mean 0 and variance 1 from layer to layer.',
  formula: 'y = 1.0507 * (x if x > 0 else 1.6733 * (exp(x) - 1))',
});

export const celu = activation({
  name: 'celu',
  range: [-1, UNBOUNDED],
  summary: 'Exponential linear unit whose derivative is continuous for every alpha (Barron 2017).',
  formula: 'y = x if x > 0 else alpha * (exp(x / alpha) - 1)',
});

export const gelu = activation({
  name: 'gelu',
  range: [-0.17, UNBOUNDED],
  summary:
    'Gaussian error linear unit (Hendrycks and Gimpel 2016): x times the share of a normal distribution below x, exact or ' +
    'approximated by tanh.',
  formula: 'y = x * (1 + erf(x / sqrt(2))) / 2, or x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2',
  attributes: {
    approximate: choice(['none', 'tanh'], { default: 'none', doc: '`none` is exact, `tanh` the approximation' }),
  },
  expression: ({ approximate }) => (approximate === 'tanh' ? 'gelu_tanh(x)' : 'gelu(x)'),
  example: 'features -> gelu(approximate: tanh)',
});

export const silu = activation({
  name: 'silu',
  range: [-0.28, UNBOUNDED],
  summary: 'Sigmoid linear unit, also called swish: smooth, with a small dip below 0.',
  formula: 'y = x / (1 + exp(-x))',
});

export const mish = activation({
  name: 'mish',
  range: [-0.31, UNBOUNDED],
  summary: 'Smooth activation with a small dip below 0 (Misra 2019).',
  formula: 'y = x * tanh(log(1 + exp(x)))',
});

export const hardswish = activation({
  name: 'hardswish',
  range: [-0.375, UNBOUNDED],
  summary: 'Silu made of straight lines and a parabola (Howard et al. 2019, MobileNet v3).',
  formula: 'y = x * min(max(x / 6 + 1/2, 0), 1)',
});

export const hardsigmoid = activation({
  name: 'hardsigmoid',
  range: [0, 1],
  saturates: 4,
  summary: 'Sigmoid made of straight lines; its derivative is 1/6 where |x| < 3 and 0 elsewhere.',
  formula: 'y = min(max(x / 6 + 1/2, 0), 1)',
});

export const hardtanh = activation({
  name: 'hardtanh',
  range: [-1, 1],
  idempotent: true,
  summary: 'Tanh made of straight lines; its derivative is 1 between the bounds and 0 at them.',
  formula: 'y = min(max(x, min), max)',
  attributes: {
    min: number({ doc: 'lower bound', default: -1, minimum: -1e9, maximum: 1e9, byPlace: true }),
    max: number({ doc: 'upper bound, above the lower one', default: 1, minimum: -1e9, maximum: 1e9, byPlace: true }),
  },
  expression: () => 'min(max, max(min, x))',
  check: ({ min, max }) =>
    (min as number) < (max as number)
      ? undefined
      : {
          code: 'CNN2054',
          message: `the bounds ${min} and ${max} leave nothing between them`,
          attribute: 'max',
          help: `write a number above ${min}`,
        },
});

export const softplus = activation({
  name: 'softplus',
  range: [0, UNBOUNDED],
  summary: 'Smooth rectified linear unit; its derivative is the logistic function. Linear beyond the threshold.',
  formula: 'y = x if beta * x > threshold else log(1 + exp(beta * x)) / beta',
});

export const softsign = activation({
  name: 'softsign',
  range: [-1, 1],
  saturates: 8,
  summary: 'Bounded by -1 and 1 like tanh, which it approaches more slowly.',
  formula: 'y = x / (1 + |x|)',
});

export const sigmoid = activation({
  name: 'sigmoid',
  range: [0, 1],
  saturates: 4,
  summary: 'Logistic function; its derivative y * (1 - y) is at most 1/4 and vanishes where |x| is large (saturation).',
  formula: 'y = 1 / (1 + exp(-x))',
});

export const tanh = activation({
  name: 'tanh',
  range: [-1, 1],
  saturates: 8,
  summary: 'Hyperbolic tangent; its derivative 1 - y^2 vanishes where |x| is large (saturation).',
  formula: 'y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))',
});

export const prelu = defineOperator({
  name: 'prelu',
  summary:
    'Rectified linear unit whose factor of negative values is learned (He et al. 2015): one for all, or per channel.',
  formula: 'y[c, i, j] = x[c, i, j] if x[c, i, j] > 0 else weight[c] * x[c, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    shared: boolean({ default: true, doc: 'one factor for all channels instead of one for each' }),
    start: number({ minimum: -1, maximum: 1, starts: true, default: 0.25, doc: 'initial factor' }),
  },
  example: 'features -> prelu(shared: false)',
  traits: { activation: true },
  build(context) {
    const { shape } = context.inputs[0]!;
    const channels = shape[0]!;
    const { shared, start } = context.attributes;
    const slopes = shared ? 1 : channels;
    const weight = context.parameter('weight', [slopes], {
      kind: 'constant',
      value: start,
      fanIn: 1,
      fanOut: 1,
    });
    const x = context.view(context.inputs[0]!, [slopes, elementCount(shape) / slopes]);
    const body = 'if x[c, i] > 0 { x[c, i] } else { a[c] * x[c, i] }';
    return context.view(context.apply(`op prelu(x[c, i], a[c]) -> y[c, i] = ${body}`, [x, weight]), shape);
  },
});
