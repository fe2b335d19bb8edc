/** @file The hinge loss of support vector machines, for several classes. */

import { number } from '../specs/attributes.ts';
import { classified, meanOfPlaces, shareOf } from './classes.ts';
import { defineOperator } from './operator.ts';

export const hinge = defineOperator({
  name: 'hinge',
  summary:
    'Multi-class margin: every score that comes within `margin` of the score of the true class costs as much as it does ' +
    '(Weston and Watkins 1999; PyTorch divides by the number of classes, and so does this).',
  formula: 'loss = mean over the batch of sum(k != label) max(0, margin - x[label] + x[k]) / classes',
  kind: 'loss',
  inputs: 2,
  attributes: { margin: number({ default: 1, minimum: 0, maximum: 1e6, doc: 'the distance wanted between scores' }) },
  example: 'loss hinge(logits, label)',
  traits: { takesScores: 'margin' },
  build(context) {
    const target = classified(context, 'hinge');
    const { scores, label, classes, score, place, at } = target;
    const chosen = context.apply(
      `op chosen(x${score}, t${place}) -> y${place} = sum(k) (if k == t${at} { x${score} } else { 0 })`,
      [scores, label],
      { name: 'chosen' },
    );
    const each = context.apply(
      `op each(x${score}, t${place}, c${place}) -> y${place} =
         sum(k) (if k == t${at} { 0 } else { relu(margin - c${at} + x${score}) * factor })`,
      [scores, label, chosen],
      { name: 'each', constants: { margin: context.attributes.margin, factor: 1 / classes } },
    );
    return meanOfPlaces(context, target, each, shareOf(target, undefined));
  },
});
