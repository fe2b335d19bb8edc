/** @file Cross-entropy, in the numerically stable form: log of the sum of exponentials relative to the largest score. */
import type { Node } from '../ir/graph.ts';
import { number } from '../specs/attributes.ts';
import {
  type Classified,
  classified,
  classWeights,
  meanOfPlaces,
  shareOf,
  weightAt,
  weightsAttribute,
} from './classes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';
import { exponentials } from './softmax.ts';

/** log(sum(k) exp(x[k])) - x[label], for each place. */
export function negativeLogLikelihood(context: OperatorContext, target: Classified): Node {
  const { scores, label, score, place, at } = target;
  const { largest, total } = exponentials(context, { node: scores, score, place });
  const chosen = context.apply(
    `op chosen(x${score}, t${place}) -> y${place} = sum(k) (if k == t${at} { x${score} } else { 0 })`,
    [scores, label],
    { name: 'chosen' },
  );
  return context.apply(
    `op each(s${place}, m${place}, x${place}) -> y${place} = log(s${at}) + detach(m${at}) - x${at}`,
    [total, largest, chosen],
    { name: 'each' },
  );
}

/** The same against (1 - smoothing) of the true class and an equal share of the rest for all, each term not negative. */
function smoothed(
  context: OperatorContext<{ smoothing: number }>,
  target: Classified,
  weights: readonly number[] | undefined,
): Node {
  const { scores, label, classes, score, place, at } = target;
  const { largest, total } = exponentials(context, { node: scores, score, place });
  const level = context.apply(
    `op level(s${place}, m${place}) -> y${place} = log(s${at}) + detach(m${at})`,
    [total, largest],
    { name: 'level' },
  );
  const smoothing = context.attributes.smoothing;
  const weight = weights ? `${weightAt('k', weights, 0)} * ` : '';
  return context.apply(
    `op each(x${score}, t${place}, l${place}) -> y${place} =
       sum(k) ${weight}(if k == t${at} { on } else { off }) * (l${at} - x${score})`,
    [scores, label, level],
    { name: 'each', constants: { on: 1 - smoothing + smoothing / classes, off: smoothing / classes } },
  );
}

export const crossentropy = defineOperator({
  name: 'crossentropy',
  summary:
    'Cross-entropy of the softmax of scores against the true class, meaned over the batch, and over the pixels where the ' +
    'target is a map of classes. Takes logits, not probabilities.',
  formula:
    'loss = mean over the batch of log(sum(k) exp(x[k])) - x[label]; d x[k] = (softmax(x)[k] - onehot(label)[k]) / N',
  kind: 'loss',
  inputs: 2,
  attributes: {
    weights: weightsAttribute,
    smoothing: number({
      default: 0,
      minimum: 0,
      maximum: 0.999,
      doc: 'the part of the true class that is given to all classes alike',
    }),
  },
  example: 'loss crossentropy(logits, label)',
  traits: { takesScores: 'softmax' },
  build(context) {
    const target = classified(context, 'crossentropy');
    const weights = classWeights(context, target);
    const share = shareOf(target, weights);
    if (!context.attributes.smoothing)
      return meanOfPlaces(context, target, negativeLogLikelihood(context, target), share);
    // The weights of all classes are in the sum already, those of the true classes are what it is divided by.
    return meanOfPlaces(context, target, smoothed(context, target, weights), shareOf(target, undefined), share);
  },
});
