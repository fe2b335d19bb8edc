/** @file How often the network is right. */
import { axisIndex } from '../ir/affine.ts';
import type { Node } from '../ir/graph.ts';
import { access } from '../ir/scalar.ts';
import { type Classified, classified, meanOfPlaces, shareOf } from './classes.ts';
import type { OperatorContext, OperatorDefinition } from './operator.ts';

/** The class with the largest score, the first of equal ones. */
export function predictedClass(context: OperatorContext, { scores, classes, places, place }: Classified): Node {
  const axes = place === '[]' ? [] : [{ name: 'i', extent: places }];
  const body = access(0, [axisIndex('k'), ...axes.map(({ name }) => axisIndex(name))]);
  const reduced = [{ name: 'k', extent: classes }];
  return context.formula(
    [scores],
    axes,
    { kind: 'reduce', operator: 'argmax', axes: reduced, batch: false, body },
    'best',
  );
}

export const accuracy: OperatorDefinition = {
  name: 'accuracy',
  summary:
    'Fraction of the batch whose largest score is that of the true class; of its pixels, where the target is a map of classes.',
  formula: 'mean over the batch of (argmax(k) x[k] == label)',
  kind: 'metric',
  inputs: 2,
  attributes: [],
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
};

export const topk: OperatorDefinition = {
  name: 'topk',
  summary: 'Fraction of the batch whose true class is among the k with the largest scores.',
  formula: 'mean over the batch of (count(j) x[j] > x[label]) < k',
  kind: 'metric',
  inputs: 2,
  attributes: [{ name: 'k', type: 'integer', default: 5, minimum: 1, doc: 'how many classes may be named' }],
  example: 'metric topk(logits, label, k: 5)',
  build(context) {
    const target = classified(context, 'topk');
    const { scores, label, score, place, at } = target;
    const chosen = context.apply(
      `op chosen(x${score}, t${place}) -> y${place} = sum(k) (if k == t${at} { x${score} } else { 0 })`,
      [scores, label],
      { name: 'chosen' },
    );
    const above = context.apply(
      `op above(x${score}, c${place}) -> y${place} = sum(k) (if x${score} > c${at} { 1 } else { 0 })`,
      [scores, chosen],
      { name: 'above' },
    );
    const hits = context.apply(`op hits(a${place}) -> y${place} = if a${at} < limit { 1 } else { 0 }`, [above], {
      name: 'hits',
      constants: { limit: context.attributes.k as number },
    });
    return meanOfPlaces(context, target, hits, shareOf(target, undefined));
  },
};
