import { diagnostic } from '../../diagnostics/catalogue.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { type Node, sourceOf, viewedNode } from '../../ir/graph.ts';
import { isOfLayer } from '../../ir/origin.ts';
import type { Traits } from '../../ops/operator.ts';
import { findOperator } from '../../ops/registry.ts';
import type { Layer } from '../../semantics/model.ts';
import { type Rule, type RuleContext, traitsOf } from './rule.ts';

/**
 * What takes scores must be able to get any: a softmax of probabilities can come near no class, and one of numbers that
 * are never negative rules none out. Scores that were multiplied or added to on the way may be of any size again.
 */
export const squeezedScores: Rule = (context) => {
  const told = new Set<string>();
  return context.model.graph.nodes.flatMap((node) => {
    const taker = operatorOf(node);
    const { takesScores } = traitsOf({ operator: taker });
    if (!takesScores) return [];
    return scoresOf(node).flatMap((scores) => {
      const maker = makerOf(scores, 'range');
      const found = maker && !told.has(`${taker} ${maker.name}`) && complaint(taker, maker, scores);
      if (!found) return [];
      told.add(`${taker} ${maker.name}`);
      return [{ ...found, ...placeOf(maker, context) }];
    });
  });
};

function complaint(taker: string, maker: Node, scores: Node): Diagnostic | undefined {
  const activation = operatorOf(maker);
  const { takesScores, range: taken } = traitsOf({ operator: taker });
  const [low, high] = traitsOf({ operator: activation }).range!;
  const fix = { message: `give \`${taker}\` what goes into \`${activation}\`` };
  if (low === 0 && high === 1) {
    const message = `\`${taker}\` takes scores, and gets the probabilities that \`${activation}\` made of them`;
    return diagnostic('CNN5004', message, { fix });
  }
  // A softmax within a network may be meant to stay soft; scores for a loss may not.
  if (taken) return undefined;
  const what = `\`${taker}\` takes scores of any size, and \`${activation}\` gives none`;
  if (Number.isFinite(low) && Number.isFinite(high))
    return diagnostic('CNN5004', `${what} below ${low} or above ${high}`, { fix });
  // Poolings of activations that are not negative are what some networks end with.
  if (makerOf(scores, 'numbers') !== maker) return undefined;
  if (Number.isFinite(low)) return diagnostic('CNN5008', `${what} below ${low}`, { fix });
  // All scores may be shifted alike, but for a sigmoid.
  return takesScores === 'sigmoid' ? diagnostic('CNN5004', `${what} above ${high}`, { fix }) : undefined;
}

/** The values that flow into an operator from outside of it. */
function scoresOf(node: Node): Node[] {
  return operandsOf(node).filter((input) => !isSameApplication(input, node));
}

/** Without numbers that are drawn or are the same for all images. */
function operandsOf(node: Node): Node[] {
  return node.inputs.map(viewedNode).filter((input) => input.varying && sourceOf(input)?.role !== 'seed');
}

function isSameApplication({ origins: [one] }: Node, { origins: [other] }: Node): boolean {
  return one?.layer === other?.layer && one?.operator === other?.operator;
}

/** The operator with a range that the values come from, through operators that keep it. */
function makerOf(node: Node, keeping: NonNullable<Traits['keeps']>): Node | undefined {
  const { range, keeps } = traitsOf({ operator: operatorOf(node) });
  if (range) return node;
  if (!keeps || (keeping === 'numbers' && keeps === 'range')) return undefined;
  // The masks of a dropout are steps of it that nothing flows into.
  const flowing = operandsOf(node).filter((input) => !isSameApplication(input, node) || operandsOf(input).length > 0);
  const makers = flowing.map((input) => makerOf(input, keeping));
  // Of several, all must have one.
  return makers.every((maker) => maker !== undefined) ? makers[0] : undefined;
}

function operatorOf({ origins: [origin] }: Node): string {
  return origin && findOperator(origin.operator) ? origin.operator : '';
}

/** A softmax written inside the loss is no layer; then the last layer before it tells the place. */
function placeOf(node: Node, context: RuleContext): { span?: Layer['span'] } {
  const { layers } = context.model;
  const own = layers.find(({ name }) => isOfLayer(node.origins, name));
  if (own) return { span: own.span };
  const seen = new Set<Node>();
  const pending: Node[] = [node];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const layer = context.producers.get(next);
    if (layer) return { span: layer.span };
    if (!seen.has(next)) pending.push(...next.inputs);
    seen.add(next);
  }
  return {};
}
