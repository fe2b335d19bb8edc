/** @file The Kullback-Leibler divergence, for targets that are distributions: another network's, or people's votes. */

import { alike } from './mse.ts';
import { defineOperator } from './operator.ts';
import { exponentials, scoresOf } from './softmax.ts';

export const kldiv = defineOperator({
  name: 'kldiv',
  summary:
    'Kullback-Leibler divergence of the softmax of scores from a target distribution over the first dimension, meaned over ' +
    'the batch and the places of a map. Takes logits and probabilities, in that order.',
  formula: 'loss = mean over the batch of sum(k) t[k] (log t[k] - log softmax(x)[k]), where 0 log 0 = 0',
  kind: 'loss',
  inputs: 2,
  attributes: {},
  example: 'loss kldiv(logits, target)',
  traits: { takesScores: 'softmax' },
  build(context) {
    const help = 'give the target the shape of the scores: one probability for each';
    const [output, given] = alike(context, 'kldiv', help);
    const scores = scoresOf(context, output);
    const { score, place } = scores;
    const { largest, total } = exponentials(context, scores);
    const [at, over, places] = place === '[]' ? ['', 'batch', 1] : ['[i]', 'batch, i', scores.node.shape[1]!];
    const each = context.apply(
      `op each(x${score}, t${score}, s${place}, m${place}) -> y${place} =
         sum(k) (if t${score} == 0 { 0 } else { t${score} * (log(t${score}) + log(s${at}) + detach(m${at}) - x${score}) })`,
      [scores.node, context.view(given, scores.node.shape), total, largest],
      { name: 'each' },
    );
    return context.apply(`op mean(l${place}, w[]) -> y[] = sum(${over}) l${at} * w * factor`, [each, context.weight], {
      constants: { factor: 1 / places },
    });
  },
});
