import { diagnostic } from '../../diagnostics/catalogue.ts';
import { type Node, viewedNode } from '../../ir/graph.ts';
import { isOfLayer } from '../../ir/origin.ts';
import type { Layer } from '../../semantics/model.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Losses that take scores, and the activation that they apply themselves. */
const APPLIED: Readonly<Record<string, string>> = { crossentropy: 'softmax', focal: 'softmax', bce: 'sigmoid' };

/** Of probabilities such a loss computes the softmax of a softmax, which learns slowly. */
export const softmaxBeforeCrossentropy: Rule = (context) => {
  for (const [loss, activation] of Object.entries(APPLIED)) {
    const readers = context.model.graph.nodes.filter((node) => isOf(node, loss));
    const found = readers.flatMap((node) => node.inputs.map(viewedNode)).find((node) => isOf(node, activation));
    if (!found) continue;
    const message = `\`${loss}\` takes scores, and gets the probabilities that \`${activation}\` made of them`;
    const fix = { message: `give \`${loss}\` what goes into \`${activation}\`` };
    return [diagnostic('CNN5004', message, { ...placeOf(found, context), fix })];
  }
  return [];
};

function isOf({ origins }: Node, operator: string): boolean {
  return origins.some((origin) => origin.operator === operator);
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
