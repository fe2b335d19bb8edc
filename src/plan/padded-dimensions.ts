/**
 * @file How many outer dimensions of a value may be padded (see `loop/layout`): of what kernels alone write and read, all but
 * the last two. Inputs are written as one run by the host, and results are read as one. A view that keeps the first
 * dimension, as norms take of maps, sees the same slices.
 */
import { type Graph, type Node, viewedNode } from '../ir/graph.ts';
import type { Lanes } from '../loop/layout.ts';

export type LanesOf = (node: Node) => Lanes;

export function paddedDimensions(graph: Graph, lanesOf: LanesOf): Map<Node, number> {
  const padded = new Map<Node, number>();
  const asOneRun = new Set(graph.results.map(({ node }) => viewedNode(node)));
  for (const node of graph.nodes) {
    if (node.definition.kind === 'formula' && node.shape.length > 2) padded.set(node, node.shape.length - 2);
    if (node.definition.kind !== 'view') continue;
    const viewed = viewedNode(node);
    padded.set(viewed, 1);
    if (node.shape[0] !== viewed.shape[0]) asOneRun.add(viewed);
  }
  for (const node of padded.keys())
    if (lanesOf(node) !== 'images' || node.definition.kind === 'source' || asOneRun.has(node)) padded.delete(node);
  return padded;
}
