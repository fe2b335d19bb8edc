/** @file Drops every node that no result needs; sources stay only when something reads them. */
import type { Graph, Node } from '../ir/graph.ts';

export function eliminateDead(graph: Graph): Graph {
  const needed = new Set<Node>();
  const need = (node: Node): void => {
    needed.add(node);
  };
  for (const result of graph.results) need(result.node);
  for (const node of [...graph.nodes].reverse()) if (needed.has(node)) node.inputs.forEach(need);
  return { ...graph, nodes: graph.nodes.filter((node) => needed.has(node)) };
}
