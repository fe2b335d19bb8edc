import { diagnostic } from '../../diagnostics/catalogue.ts';
import { type Node, viewedNode } from '../../ir/graph.ts';
import type { Layer } from '../../semantics/model.ts';
import type { Rule, RuleContext } from './rule.ts';

/** `crossentropy` applies softmax itself; of probabilities it computes the softmax of a softmax, which learns slowly. */
export const softmaxBeforeCrossentropy: Rule = (context) => {
  const { nodes } = context.model.graph;
  const reads = nodes.filter((node) => node.label === 'crossentropy').flatMap((node) => node.inputs.map(viewedNode));
  const found = reads.find((node) => node.label === 'softmax');
  if (!found) return [];
  return [
    diagnostic('CNN5004', '`crossentropy` takes scores, and gets the probabilities that `softmax` made of them', {
      ...placeOf(found, context),
      fix: { message: 'give `crossentropy` what goes into `softmax`' },
    }),
  ];
};

/** A softmax written inside the loss is no layer; then the last layer before it tells the place. */
function placeOf(node: Node, context: RuleContext): { span?: Layer['span'] } {
  const { layers } = context.model;
  const own = layers.find((layer) => layer.name === node.layer);
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
