/** @file Losses of element by element differences: absolute, Huber, and binary cross-entropy. */
import { elementCount, type Node } from '../ir/graph.ts';
import { number } from '../specs/attributes.ts';
import { alike } from './mse.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

/** Output and target as vectors of one length, or a diagnostic. */
export function comparable(context: OperatorContext, name: string): [output: Node, target: Node] {
  const [output, target] = alike(context, name);
  const size = elementCount(output.shape);
  return [context.view(output, [size]), context.view(target, [size])];
}

/** The mean of an expression of `o[k]` and `t[k]` over all elements of the batch. */
function meanOfElements(
  context: OperatorContext,
  name: string,
  each: string,
  constants: Readonly<Record<string, number>> = {},
): Node {
  const [output, target] = comparable(context, name);
  return context.apply(
    `op ${name}(o[k], t[k], w[]) -> y[] = sum(batch, k) (${each}) * factor * w`,
    [output, target, context.weight],
    { constants: { ...constants, factor: 1 / elementCount(output.shape) } },
  );
}

export const mae = defineOperator({
  name: 'mae',
  summary:
    'Mean absolute error over all elements, as a loss or a metric. A class target stands for its one-hot vector.',
  formula: 'loss = mean |o - t|',
  kind: 'loss',
  inputs: 2,
  attributes: {},
  example: 'loss mae(y, target)',
  build: (context) => meanOfElements(context, 'mae', 'abs(o[k] - t[k])'),
});

export const huber = defineOperator({
  name: 'huber',
  summary:
    'Squared error up to `delta`, absolute error beyond it, so that outliers pull no harder than others (Huber 1964).',
  formula: 'loss = mean of (o - t)^2 / 2 where |o - t| <= delta, else delta (|o - t| - delta / 2)',
  kind: 'loss',
  inputs: 2,
  attributes: { delta: number({ default: 1, minimum: 1e-6, maximum: 1e6, doc: 'where the square ends' }) },
  example: 'loss huber(y, target, delta: 1)',
  build: (context) =>
    meanOfElements(
      context,
      'huber',
      // NaN takes the square, whose derivative keeps it.
      `if abs(o[k] - t[k]) >= delta { delta * (abs(o[k] - t[k]) - 0.5 * delta) } else { (o[k] - t[k])^2 * 0.5 }`,
      { delta: context.attributes.delta },
    ),
});

export const bce = defineOperator({
  name: 'bce',
  takesFractions: true,
  summary:
    'Binary cross-entropy of the sigmoid of scores, meaned over all elements: several labels may be true at once, or none. ' +
    'Takes logits, not probabilities; targets lie between 0 and 1.',
  formula:
    'loss = mean of softplus(o) - t o, where softplus(o) = log(1 + exp(o)); with weight p: (1 - t) o + (1 + (p - 1) t) softplus(-o)',
  kind: 'loss',
  inputs: 2,
  attributes: {
    positive: number({
      default: 1,
      minimum: 1e-6,
      maximum: 1e6,
      doc: 'how much a target of 1 counts against one of 0',
    }),
  },
  example: 'loss bce(logits, target)',
  traits: { takesScores: 'sigmoid' },
  build: (context) =>
    meanOfElements(context, 'bce', '(1 - t[k]) * o[k] + (1 + more * t[k]) * softplus(-o[k], 1, 40)', {
      more: context.attributes.positive - 1,
    }),
});
