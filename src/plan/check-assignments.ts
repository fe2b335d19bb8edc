/** @file A state and its new value have one place: whatever reads the old value must run before the new one is stored. */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { type Graph, type Node, type State, sourceOf, viewedNode } from '../ir/graph.ts';

export function checkAssignments(graph: Graph): void {
  const position = new Map(graph.nodes.map((node, k) => [node, k]));
  const sources = new Map<State, Node>();
  const readers = new Map<Node, Node[]>();
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role === 'state') sources.set(source.state, node);
    if (node.definition.kind === 'view') continue;
    for (const input of node.inputs.map(viewedNode)) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  for (const result of graph.results) {
    const source = result.role === 'assign' ? sources.get(result.state) : undefined;
    const late = source && readers.get(source)?.find((node) => position.get(node)! > position.get(result.node)!);
    if (late) throw new InternalError('lower', `%${late.name} reads %${source.name} after its new value is stored`);
  }
}
