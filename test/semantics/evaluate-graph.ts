import type { Graph } from '../../src/ir/graph.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { runGraph } from '../support/run-graph.ts';

/** The value of the loss or of an output, in f64: one list per image, or a single one for the loss. */
export function evaluateGraph(graph: Graph, images: Readonly<Record<string, number[][]>>, wanted: string): number[][] {
  const optimized = runPasses(graph, OPTIMIZING_PASSES);
  const count = Object.values(images)[0]!.length;
  const data = Object.fromEntries(Object.entries(images).map(([name, values]) => [name, values.flat()]));
  const result = optimized.results.find((found) => (found.role === 'output' ? found.name : found.role) === wanted)!;
  const values = runGraph(optimized, { engine: 'interpreter', count, data }).values(result.node);
  if (!result.node.varying) return [values];
  const size = values.length / count;
  return Array.from({ length: count }, (_, n) => values.slice(n * size, (n + 1) * size));
}
