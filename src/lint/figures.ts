/** @file The figures that rules ask for, computed when one is asked for. */
import { multiplyAdds, shareOnInput } from '../analysis/cost.ts';
import { type ReceptiveField, receptiveFields } from '../analysis/receptive-field.ts';
import type { Node } from '../ir/graph.ts';
import { memoize } from '../ir/memoize.ts';
import type { Layer, Model } from '../semantics/model.ts';

export interface Figures {
  /** What a place of a value sees of the input; null where that is everything. */
  fieldOf(node: Node): ReceptiveField | null | undefined;
  macsOf(layer: Layer): number;
  /** Which part of what a layer reads lies on its input, and is no padding. */
  shareOnInputOf(layer: Layer): number;
}

export function figuresOf(model: Model): Figures {
  return {
    fieldOf: (node) => receptiveFields(model).get(node),
    macsOf: ({ name }) => multiplyAdds(model.graph).get(name) ?? 0,
    shareOnInputOf: ({ name }) => shares(model).get(name) ?? 1,
  };
}

const shares: (model: Model) => ReadonlyMap<string, number> = memoize((model) => {
  const found = new Map<string, number>();
  for (const node of model.graph.nodes) {
    const share = shareOnInput(node);
    for (const { layer } of node.origins) found.set(layer, Math.min(share, found.get(layer) ?? 1));
  }
  return found;
});
