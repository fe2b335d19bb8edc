/** @file Softmax and the losses and metrics on class scores. */
import { axisIndex } from '../ir/affine.ts';
import { elementCount, type Node, sourceOf } from '../ir/graph.ts';
import { access } from '../ir/scalar.ts';
import type { OperatorContext, OperatorDefinition } from './operator.ts';

/** Scores with their classes first. Maps have a score per class at every place, which is then an axis of its own. */
interface Scores {
  readonly node: Node;
  /** How formulas index a score, and what there is one of per place: `[k]` and `[]`, or `[k, i]` and `[i]`. */
  readonly score: string;
  readonly place: string;
}

function scoresOf(context: OperatorContext, node: Node): Scores {
  if (node.shape.length === 1) return { node, score: '[k]', place: '[]' };
  const classes = node.shape[0] ?? 1;
  return { node: context.view(node, [classes, elementCount(node.shape) / classes]), score: '[k, i]', place: '[i]' };
}

/** Reading a value per place; a single number is read without brackets. */
function at(place: string): string {
  return place === '[]' ? '' : place;
}

/** Largest score, exponentials relative to it, and their sum: shared by everything that needs them. */
function exponentials(context: OperatorContext, { node, score, place }: Scores) {
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

export const softmax: OperatorDefinition = {
  name: 'softmax',
  summary: 'Positive numbers that sum to 1 over the first dimension: class probabilities from scores.',
  formula: 'y[k] = exp(x[k]) / sum(j) exp(x[j])',
  kind: 'layer',
  inputs: 1,
  attributes: [],
  example: 'output probs = softmax(logits)',
  build(context) {
    const { shape } = context.inputs[0]!;
    const scores = scoresOf(context, context.inputs[0]!);
    const { score, place } = scores;
    const { exps, total } = exponentials(context, scores);
    const formula = `op softmax(e${score}, s${place}) -> y${score} = e${score} / s${at(place)}`;
    return context.view(context.apply(formula, [exps, total]), shape);
  },
};

export const logsoftmax: OperatorDefinition = {
  name: 'logsoftmax',
  summary:
    'Logarithm of the softmax over the first dimension, without its loss of digits where probabilities are small.',
  formula: 'y[k] = x[k] - log(sum(j) exp(x[j]))',
  kind: 'layer',
  inputs: 1,
  attributes: [],
  example: 'output scores = logsoftmax(logits)',
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
};

/** The classes of a class target, or a diagnostic. */
function requireClasses(context: OperatorContext, operator: string): { logits: Node; label: Node; classes: number } {
  const [logits, label] = context.inputs as [Node, Node];
  const source = sourceOf(label);
  const classes = source?.role === 'target' ? source.classes : undefined;
  if (classes === undefined)
    return context.fail({
      code: 'CNN3007',
      message: `\`${operator}\` compares scores with a target of type class(n), and its second argument is not one`,
      help: 'declare the target as `target label: class(10)`',
    });
  if (logits.shape.length !== 1 || logits.shape[0] !== classes)
    return context.fail({
      code: 'CNN3008',
      message: `\`${operator}\` needs ${classes} scores, one per class, found [${logits.shape.join(', ')}]`,
      help: `end the network with \`dense(${classes})\`, or declare the target as class(${logits.shape[0] ?? 1})`,
    });
  return { logits, label, classes };
}

export const crossentropy: OperatorDefinition = {
  name: 'crossentropy',
  summary:
    'Cross-entropy of the softmax of scores against the true class, meaned over the batch. Takes logits, not probabilities.',
  formula:
    'loss = mean over the batch of log(sum(k) exp(x[k])) - x[label]; d x[k] = (softmax(x)[k] - onehot(label)[k]) / N',
  kind: 'loss',
  inputs: 2,
  attributes: [],
  example: 'loss crossentropy(logits, label)',
  build(context) {
    const { logits, label } = requireClasses(context, 'crossentropy');
    const { largest, total } = exponentials(context, scoresOf(context, logits));
    const chosen = context.apply(
      'op chosen(x[k], t[]) -> y[] = sum(k) (if k == t { x[k] } else { 0 })',
      [logits, label],
      { name: 'chosen' },
    );
    const each = context.apply('op each(s[], m[], x[]) -> y[] = log(s) + detach(m) - x', [total, largest, chosen], {
      name: 'each',
    });
    return context.apply('op mean(l[], w[]) -> y[] = sum(batch) l * w', [each, context.weight]);
  },
};

export const accuracy: OperatorDefinition = {
  name: 'accuracy',
  summary: 'Fraction of the batch whose largest score is that of the true class.',
  formula: 'mean over the batch of (argmax(k) x[k] == label)',
  kind: 'metric',
  inputs: 2,
  attributes: [],
  example: 'metric accuracy(logits, label)',
  build(context) {
    const { logits, label, classes } = requireClasses(context, 'accuracy');
    const best = context.formula(
      [logits],
      [],
      {
        kind: 'reduce',
        operator: 'argmax',
        axes: [{ name: 'k', extent: classes }],
        batch: false,
        body: access(0, [axisIndex('k')]),
      },
      'best',
    );
    return context.apply('op hits(b[], t[], w[]) -> y[] = sum(batch) (if b == t { w } else { 0 })', [
      best,
      label,
      context.weight,
    ]);
  },
};
