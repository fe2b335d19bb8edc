/** @file The focal loss: cross-entropy in which examples that are right already count little. */

import { number } from '../specs/attributes.ts';
import { classified, classWeights, meanOfPlaces, shareOf, weightsAttribute } from './classes.ts';
import { negativeLogLikelihood } from './crossentropy.ts';
import { defineOperator } from './operator.ts';
import { exponentials } from './softmax.ts';

export const focal = defineOperator({
  name: 'focal',
  summary:
    'Cross-entropy times (1 - p)^gamma, p being the probability of the true class, so that what is easy counts little ' +
    '(Lin et al. 2017, equation 5, with a softmax); `gamma: 0` is cross-entropy. Takes logits.',
  formula: 'loss = mean over the batch of -weight[label] (1 - p)^gamma log p, where p = softmax(x)[label]',
  kind: 'loss',
  inputs: 2,
  attributes: {
    gamma: number({ default: 2, minimum: 0, maximum: 100, doc: 'how little the easy counts' }),
    weights: weightsAttribute,
  },
  example: 'loss focal(logits, label, gamma: 2)',
  traits: { takesScores: 'softmax' },
  build(context) {
    const target = classified(context, 'focal');
    const { scores, label, score, place, at } = target;
    const { exps, total } = exponentials(context, { node: scores, score, place });
    // 1 - p as a sum of its own: a difference would lose all digits where p is nearly 1.
    const rest = context.apply(
      `op rest(e${score}, t${place}) -> y${place} = sum(k) (if k == t${at} { 0 } else { e${score} })`,
      [exps, label],
      { name: 'rest' },
    );
    const loss = negativeLogLikelihood(context, target);
    // The tiny number keeps the logarithm finite where p is 1.
    const each = context.apply(
      `op focused(l${place}, r${place}, s${place}) -> y${place} = l${at} * exp(gamma * (log(r${at} + tiny) - log(s${at})))`,
      [loss, rest, total],
      { name: 'focused', constants: { gamma: context.attributes.gamma, tiny: 1e-30 } },
    );
    const weights = classWeights(context, target);
    return meanOfPlaces(context, target, each, shareOf(target, weights), shareOf(target, undefined));
  },
});
