/** @file Softmax and the losses and metrics on class scores. */
import { axisIndex } from '../ir/affine.ts';
import { elementCount, type Node, sourceOf } from '../ir/graph.ts';
import { access } from '../ir/scalar.ts';
import type { OperatorContext, OperatorDefinition } from './operator.ts';

/** Largest score, exponentials relative to it, and their sum: shared by everything that needs them. */
function exponentials(context: OperatorContext, scores: Node) {
  const largest = context.apply('op largest(x[k, i]) -> y[i] = max(k) x[k, i]', [scores], { name: 'largest' });
  // Any constant could be subtracted, so the derivative by it is 0.
  const exps = context.apply('op exps(x[k, i], m[i]) -> y[k, i] = exp(x[k, i] - detach(m[i]))', [scores, largest], {
    name: 'exps',
  });
  const total = context.apply('op total(e[k, i]) -> y[i] = sum(k) e[k, i]', [exps], { name: 'total' });
  return { largest, exps, total };
}

function asScores(context: OperatorContext, node: Node): Node {
  const classes = node.shape[0] ?? 1;
  return context.view(node, [classes, elementCount(node.shape) / classes]);
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
    const { exps, total } = exponentials(context, asScores(context, context.inputs[0]!));
    const y = context.apply('op softmax(e[k, i], s[i]) -> y[k, i] = e[k, i] / s[i]', [exps, total], { name: 'flat' });
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
    const scores = asScores(context, logits);
    const { largest, total } = exponentials(context, scores);
    const x = context.view(scores, [scores.shape[0]!]);
    const chosen = context.apply('op chosen(x[k], t[]) -> y[] = sum(k) (if k == t { x[k] } else { 0 })', [x, label], {
      name: 'chosen',
    });
    const each = context.apply(
      'op each(s[i], m[i], x[]) -> y[i] = log(s[i]) + detach(m[i]) - x',
      [total, largest, chosen],
      { name: 'each' },
    );
    return context.apply('op mean(l[i], w[]) -> y[] = sum(batch, i) l[i] * w', [each, context.weight]);
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
