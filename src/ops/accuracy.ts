/** @file How often the network is right. */
import { axisIndex } from '../ir/affine.ts';
import type { Node } from '../ir/graph.ts';
import { access } from '../ir/scalar.ts';
import { integer } from '../specs/attributes.ts';
import { type Classified, classified, meanOfPlaces, shareOf } from './classes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';

/** The class with the largest score, the first of equal ones; where a score is NaN, the number behind the last class. */
export function predictedClass(context: OperatorContext, target: Classified): Node {
  const { scores, classes, places, place, at } = target;
  const axes = place === '[]' ? [] : [{ name: 'i', extent: places }];
  const body = access(0, [axisIndex('k'), ...axes.map(({ name }) => axisIndex(name))]);
  const reduced = [{ name: 'k', extent: classes }];
  const best = context.formula(
    [scores],
    axes,
    { kind: 'reduce', operator: 'argmax', axes: reduced, batch: false, body },
    'best',
  );
  return context.apply(
    `op predicted(b${place}, m${place}) -> y${place} = if m${at} == m${at} { b${at} } else { none }`,
    [best, largestScore(context, target)],
    { name: 'predicted', constants: { none: classes } },
  );
}

/** NaN where any score is: nothing can be said about the class. */
function largestScore(context: OperatorContext, { scores, score, place }: Classified): Node {
  return context.apply(`op largest(x${score}) -> y${place} = max(k) x${score}`, [scores], { name: 'largest' });
}

export const accuracy = defineOperator({
  name: 'accuracy',
  summary:
    'Fraction of the batch whose largest score is that of the true class; of its pixels, where the target is a map of ' +
    'classes. Of equal scores the first counts; where a score is NaN nothing is right.',
  formula: 'mean over the batch of (argmax(k) x[k] == label)',
  kind: 'metric',
  inputs: 2,
  attributes: {},
  example: 'metric accuracy(logits, label)',
  build(context) {
    const target = classified(context, 'accuracy');
    const { label, place, at } = target;
    const best = predictedClass(context, target);
    if (target.ignore === undefined && place === '[]')
      return context.apply('op hits(b[], t[], w[]) -> y[] = sum(batch) (if b == t { w } else { 0 })', [
        best,
        label,
        context.weight,
      ]);
    const hits = context.apply(
      `op hits(b${place}, t${place}) -> y${place} = if b${at} == t${at} { 1 } else { 0 }`,
      [best, label],
      { name: 'hits' },
    );
    return meanOfPlaces(context, target, hits, shareOf(target, undefined));
  },
});

export const topk = defineOperator({
  name: 'topk',
  summary:
    'Fraction of the batch whose true class is among the k with the largest scores. Of equal scores the first counts, so ' +
    'that `k: 1` is `accuracy`; where a score is NaN nothing is right.',
  formula: 'mean over the batch of (count(j) x[j] > x[label] or (x[j] == x[label] and j < label)) < k',
  kind: 'metric',
  inputs: 2,
  attributes: { k: integer({ default: 5, minimum: 1, doc: 'how many classes may be named' }) },
  example: 'metric topk(logits, label, k: 5)',
  build(context) {
    const target = classified(context, 'topk');
    const { scores, label, classes, score, place, at } = target;
    const limit = context.attributes.k;
    if (limit > classes)
      context.fail({
        code: 'CNN2024',
        message: `\`k\` must be at most the number of classes, found ${limit} of ${classes}`,
        attribute: 'k',
        help: `every class is among the ${classes} with the largest scores; write \`topk(…, k: ${Math.min(2, classes)})\``,
      });
    const chosen = context.apply(
      `op chosen(x${score}, t${place}) -> y${place} = sum(k) (if k == t${at} { x${score} } else { 0 })`,
      [scores, label],
      { name: 'chosen' },
    );
    const above = context.apply(
      `op above(x${score}, c${place}, t${place}) -> y${place} =
         sum(k) (if x${score} > c${at} { 1 } else { if x${score} == c${at} { if k < t${at} { 1 } else { 0 } } else { 0 } })`,
      [scores, chosen, label],
      { name: 'above' },
    );
    const hits = context.apply(
      `op hits(a${place}, m${place}) -> y${place} =
         if a${at} < limit { if m${at} == m${at} { 1 } else { 0 } } else { 0 }`,
      [above, largestScore(context, target)],
      { name: 'hits', constants: { limit } },
    );
    return meanOfPlaces(context, target, hits, shareOf(target, undefined));
  },
});
