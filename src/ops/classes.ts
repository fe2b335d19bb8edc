/**
 * @file What losses and metrics on class scores share: scores against the true class, for an image as a whole or at every
 * place of a map (a pixel of a segmentation), and the mean over the places that count.
 */
import { elementCount, type Node, sourceOf } from '../ir/graph.ts';
import { list, number, optional } from '../specs/attributes.ts';
import type { OperatorContext } from './operator.ts';

/**
 * Scores with their classes first, `x[k]`, or `x[k, i]` where there is a true class at every place i; and the target,
 * `t[]` or `t[i]`. `score` and `place` are these patterns, `at` reads a value of a place, `over` adds the places to a sum.
 */
export interface Classified {
  readonly scores: Node;
  readonly label: Node;
  readonly classes: number;
  readonly places: number;
  /** Places of this class do not count. */
  readonly ignore: number | undefined;
  readonly score: '[k]' | '[k, i]';
  readonly place: '[]' | '[i]';
  readonly at: '' | '[i]';
  readonly over: 'batch' | 'batch, i';
}

/** The two operands, or a diagnostic. */
export function classified(context: OperatorContext, operator: string): Classified {
  const [scores, label] = context.inputs as [Node, Node];
  const source = sourceOf(label);
  const { classes, ignore } = source?.role === 'target' ? source : {};
  if (classes === undefined) return noTarget(context, operator);
  const wanted = [classes, ...label.shape];
  if (scores.shape.join() !== wanted.join()) return wrongScores(context, operator, wanted);
  const places = elementCount(label.shape);
  if (label.shape.length === 0)
    return { scores, label, classes, places, ignore, score: '[k]', place: '[]', at: '', over: 'batch' };
  return {
    scores: context.view(scores, [classes, places]),
    label: context.view(label, [places]),
    ...{ classes, places, ignore, score: '[k, i]', place: '[i]', at: '[i]', over: 'batch, i' },
  };
}

function noTarget(context: OperatorContext, operator: string): never {
  const [first] = context.inputs as [Node];
  const source = sourceOf(first);
  const isSwapped = source?.role === 'target' && source.classes !== undefined;
  return context.fail({
    code: 'CNN3007',
    message: isSwapped
      ? `\`${operator}\` takes scores first and the target second, and these are the other way round`
      : `\`${operator}\` compares scores with a target of type class(n), and its second argument is not one`,
    help: isSwapped ? `write \`${operator}(…, ${first.name})\`` : 'declare the target as `target label: class(10)`',
  });
}

function wrongScores(context: OperatorContext, operator: string, wanted: readonly number[]): never {
  const { shape } = context.inputs[0]!;
  const [classes, ...size] = wanted;
  return context.fail({
    code: 'CNN3008',
    message:
      size.length === 0
        ? `\`${operator}\` needs ${classes} scores, one per class, found [${shape.join(', ')}]`
        : `\`${operator}\` needs scores [${wanted.join(', ')}], one per class and place, found [${shape.join(', ')}]`,
    help:
      size.length === 0
        ? `end the network with \`dense(${classes})\`, or declare the target as class(${shape[0] ?? 1})`
        : `end the network with \`conv(${classes}, ${size.map(() => 1).join('x')})\` on ${size.length === 1 ? 'signals' : 'maps'} of ${size.join('x')}`,
  });
}

export const weightsAttribute = optional(
  list(number({ minimum: 0, maximum: 1e6, doc: 'how much one class counts' }), {
    doc: 'how much each class counts, one number per class',
  }),
);

/** The weights attribute, one number per class; undefined where all classes count the same. */
export function classWeights(
  context: OperatorContext<{ weights: readonly number[] | undefined }>,
  { classes }: Classified,
): readonly number[] | undefined {
  const weights = context.attributes.weights;
  if (weights?.every((weight) => weight === 0))
    context.fail({
      code: 'CNN2024',
      message: 'all `weights` are 0, so that no class counts',
      attribute: 'weights',
      help: 'give the classes that are to be learned a weight above 0',
    });
  if (weights === undefined || weights.length === classes) return weights;
  return context.fail({
    code: 'CNN3020',
    message: `\`weights\` has ${weights.length} numbers for ${classes} classes`,
    attribute: 'weights',
    help: 'give one number for each class, in their order',
  });
}

/** How much a place counts, as text of a formula over the target `t`: its class's weight, and nothing where ignored. */
export function shareOf({ ignore, at }: Classified, weights: readonly number[] | undefined): string {
  const weight = weights ? weightAt(`t${at}`, weights, 0) : '1';
  return ignore === undefined ? weight : `(if t${at} == ignore { 0 } else { ${weight} })`;
}

/** The weight of class number `index`: a tree of comparisons, since formulas have no tables. */
export function weightAt(index: string, weights: readonly number[], first: number): string {
  if (weights.every((weight) => weight === weights[0])) return `${weights[0]!}`;
  const half = weights.length >> 1;
  const [low, high] = [weights.slice(0, half), weights.slice(half)];
  return `(if ${index} < ${first + half} { ${weightAt(index, low, first)} } else { ${weightAt(index, high, first + half)} })`;
}

/**
 * The mean of `each`, one number per place, over all places of the batch, each counting by `share` and divided by the sum
 * of `by`, as PyTorch does. It is 0 (not 0/0) where nothing counts.
 */
export function meanOfPlaces(
  context: OperatorContext,
  target: Classified,
  each: Node,
  share: string,
  by = share,
): Node {
  const { label, place, at, over, places, ignore } = target;
  const { weight } = context;
  if (share === '1' && by === '1') return plainMean(context, target, each);
  const constants: Record<string, number> = { factor: 1 / places, ...(ignore !== undefined && { ignore }) };
  const term = `op mean(l${place}, t${place}, w[]) -> y[] = sum(${over}) l${at} * ${share} * w * factor`;
  if (by === '1') return context.apply(term, [each, label, weight], { constants });
  const sum = context.apply(`op sum(t${place}, w[]) -> y[] = sum(${over}) ${by} * w * factor`, [label, weight], {
    name: 'sum',
    constants,
  });
  const scale = context.apply('op scale(n[]) -> y[] = if n > 0 { 1 / n } else { 0 }', [sum], { name: 'scale' });
  return context.apply(term.replace('w[])', 'w[], s[])').concat(' * s'), [each, label, weight, scale], { constants });
}

function plainMean(context: OperatorContext, { places, over, place, at }: Classified, each: Node): Node {
  const factor = places > 1 ? ' * factor' : '';
  const formula = `op mean(l${place}, w[]) -> y[] = sum(${over}) l${at} * w${factor}`;
  return context.apply(formula, [each, context.weight], {
    constants: { factor: 1 / places },
  });
}
