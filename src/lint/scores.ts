/**
 * @file Scores that cannot be any number. What takes scores must be able to get any: a softmax of probabilities can come
 * near no class, and one of numbers that are never negative rules none out. Scores that were multiplied or added to on the
 * way may be of any size again.
 */
import { type Node, sourceOf, viewedNode } from '../ir/graph.ts';
import { isOfLayer } from '../ir/origin.ts';
import type { Traits } from '../ops/operator.ts';
import { findOperator } from '../ops/registry.ts';
import type { Layer } from '../semantics/model.ts';
import { type ModelFacts, traitsOf } from './model-facts.ts';
import type { Finding } from './rule.ts';

/** An operator that takes scores, and the one with a range that made them. */
interface Squeezed {
  readonly taker: string;
  readonly activation: string;
  readonly range: readonly [low: number, high: number];
  /** Nothing but operators that keep the numbers stands between. */
  readonly direct: boolean;
}

/** What `complain` says of each pair once, at the activation. */
export function squeezedScores(
  facts: ModelFacts,
  complain: (squeezed: Squeezed) => string | undefined,
): readonly Finding[] {
  const told = new Set<string>();
  return facts.model.graph.nodes.flatMap((node) => {
    const taker = operatorOf(node);
    if (!traitsOf({ operator: taker }).takesScores) return [];
    return scoresOf(node).flatMap((scores) => {
      const maker = makerOf(scores, 'range');
      if (!maker || told.has(`${taker} ${maker.name}`)) return [];
      const activation = operatorOf(maker);
      const { range } = traitsOf({ operator: activation });
      const message = complain({ taker, activation, range: range!, direct: makerOf(scores, 'numbers') === maker });
      if (message === undefined) return [];
      told.add(`${taker} ${maker.name}`);
      const fix = { message: `give \`${taker}\` what goes into \`${activation}\`` };
      return [{ message, fix, ...placeOf(maker, facts) }];
    });
  });
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

/** A softmax written inside the loss is no layer, but a step. Without either, the last layer before it tells the place. */
function placeOf(node: Node, { model: { steps }, producers }: ModelFacts): { span?: Layer['span'] } {
  const own = steps.find(({ name }) => isOfLayer(node.origins, name));
  if (own) return { span: own.span };
  const seen = new Set<Node>();
  const pending: Node[] = [node];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const layer = producers.get(next);
    if (layer) return { span: layer.span };
    if (!seen.has(next)) pending.push(...next.inputs);
    seen.add(next);
  }
  return {};
}
