/**
 * @file Gives every result a place of its own. A result that is only another name for a source (a view of the input, a
 * gradient that turned out to be the weight of the image) would be overwritten with the source.
 */
import { GraphBuilder } from '../ir/builder.ts';
import { type Graph, viewedNode } from '../ir/graph.ts';

export function materializeResults(graph: Graph): Graph {
  if (graph.results.every((result) => viewedNode(result.node).definition.kind !== 'source')) return graph;
  const builder = GraphBuilder.from(graph);
  const results = graph.results.map((result) => ({
    ...result,
    node: builder.materialize(result.node, {
      name: `${result.node.name}.result`,
      origins: [{ layer: '', operator: result.role, role: 'forward' }],
    }),
  }));
  return { ...builder.finish(), results };
}
