/** @file The Kullback-Leibler divergence, for targets that are distributions: another network's, or people's votes. */

import { oneHot } from './mse.ts';
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
    const [output, given] = [context.inputs[0]!, oneHot(context, context.inputs[1]!)];
    if (given.shape.join() !== output.shape.join())
      context.fail({
        code: 'CNN3009',
        message: `\`kldiv\` needs equal shapes, found [${output.shape.join(', ')}] and [${given.shape.join(', ')}]`,
        help: 'give the target the shape of the scores: one probability for each',
      });
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
