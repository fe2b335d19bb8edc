/** @file A network predicts the same for one image with its channels in lanes as for one image in a batch, in f64. */
import { createExecutor } from '../../src/check/execute-graph.ts';
import type { Graph } from '../../src/ir/graph.ts';
import type { RunOptions } from '../../src/passes/pass.ts';
import { chooseLanes } from '../../src/plan/choose-lanes.ts';
import { programGraph } from '../../src/plan/program-graphs.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { JS_TRAITS } from '../../src/targets/js/target.ts';
import { describe, firstDifference } from './closeness.ts';

const LANES = { ...JS_TRAITS, lanes: 4, registersPerVarying: 4 };
const TOLERANCE = 1e-7;

/** False where nothing is predicted, or it is not finite. */
export function checkOneImage(
  elaboration: Elaboration,
  dataFor: (graph: Graph) => Readonly<Record<string, Float64Array>>,
  passes: RunOptions,
): boolean {
  const many = programGraph(elaboration, 'predict', passes).graph;
  const data = dataFor(many);
  const run = { count: 1, data, update: false };
  const inBatch = createExecutor(many, { engine: 'js', traits: JS_TRAITS, maxCount: 1 }).run(run);
  const { graph, layouts } = chooseLanes(programGraph(elaboration, 'predictOne', passes).graph, LANES.lanes);
  const alone = createExecutor(graph, { engine: 'js', traits: LANES, maxCount: 1, layouts }).run(run);
  const [wanted, found] = [new Map<string, number[]>(), new Map<string, number[]>()];
  many.results.forEach((result, k) => {
    const name = result.role === 'output' ? result.name : result.role;
    wanted.set(name, inBatch.values(result.node));
    found.set(name, alone.values(graph.results[k]!.node));
  });
  if (wanted.size === 0 || ![...wanted.values()].flat().every(Number.isFinite)) return false;
  const worst = firstDifference(wanted, found, TOLERANCE);
  if (!worst) return true;
  const { label, error } = worst;
  throw new Error(describe(`${label} of one image`, error, found.get(label)!, wanted.get(label)!));
}
