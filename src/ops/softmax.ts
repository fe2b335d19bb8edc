/** @file Softmax, and the exponentials that everything on class scores needs. */
import { elementCount, type Node, type Shape } from '../ir/graph.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

/** Scores with their classes first. Maps have a score per class at every place, which is then an axis of its own. */
interface Scores {
  readonly node: Node;
  /** How formulas index a score, and what there is one of per place: `[k]` and `[]`, or `[k, i]` and `[i]`. */
  readonly score: string;
  readonly place: string;
}

export function scoresOf(context: OperatorContext, node: Node): Scores {
  if (node.shape.length === 1) return { node, score: '[k]', place: '[]' };
  const classes = node.shape[0] ?? 1;
  return { node: context.view(node, [classes, elementCount(node.shape) / classes]), score: '[k, i]', place: '[i]' };
}

/** Reading a value per place; a single number is read without brackets. */
function at(place: string): string {
  return place === '[]' ? '' : place;
}

/** Largest score, exponentials relative to it, and their sum: shared by everything that needs them. */
export function exponentials(context: OperatorContext, { node, score, place }: Scores) {
  const largest = context.apply(`op largest(x${score}) -> y${place} = max(k) x${score}`, [node], { name: 'largest' });
  // Any constant could be subtracted, so the derivative by it is 0.
  const exps = context.apply(
    `op exps(x${score}, m${place}) -> y${score} = exp(x${score} - detach(m${at(place)}))`,
    [node, largest],
    { name: 'exps' },
  );
  const total = context.apply(`op total(e${score}) -> y${place} = sum(k) e${score}`, [exps], { name: 'total' });
  return { largest, exps, total };
}

/** There is nothing to compare it with. */
function oneClass([classes]: Shape): string | undefined {
  return classes === 1 ? 'there is one class only' : undefined;
}

export const softmax = defineOperator({
  name: 'softmax',
  summary: 'Positive numbers that sum to 1 over the first dimension: class probabilities from scores.',
  formula: 'y[k] = exp(x[k]) / sum(j) exp(x[j])',
  kind: 'layer',
  inputs: 1,
  attributes: {},
  example: 'output probs = softmax(logits)',
  traits: { range: [0, 1], takesScores: 'softmax', constantFor: oneClass },
  build(context) {
    const { shape } = context.inputs[0]!;
    const scores = scoresOf(context, context.inputs[0]!);
    const { score, place } = scores;
    const { exps, total } = exponentials(context, scores);
    const formula = `op softmax(e${score}, s${place}) -> y${score} = e${score} / s${at(place)}`;
    return context.view(context.apply(formula, [exps, total]), shape);
  },
});

export const logsoftmax = defineOperator({
  name: 'logsoftmax',
  summary:
    'Logarithm of the softmax over the first dimension, without its loss of digits where probabilities are small.',
  formula: 'y[k] = x[k] - log(sum(j) exp(x[j]))',
  kind: 'layer',
  inputs: 1,
  attributes: {},
  example: 'output scores = logsoftmax(logits)',
  traits: { range: [Number.NEGATIVE_INFINITY, 0], takesScores: 'softmax', constantFor: oneClass },
  build(context) {
    const { shape } = context.inputs[0]!;
    const scores = scoresOf(context, context.inputs[0]!);
    const { score, place } = scores;
    const { largest, total } = exponentials(context, scores);
    const y = context.apply(
      `op logsoftmax(x${score}, m${place}, s${place}) -> y${score} = x${score} - detach(m${at(place)}) - log(s${at(place)})`,
      [scores.node, largest, total],
    );
    return context.view(y, shape);
  },
});
