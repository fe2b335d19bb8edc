/** @file The figures of a network, with those of the module that it will be: the memory plan without the kernels. */
import type { PlannedMemory } from '../analysis/memory.ts';
import { type Summary, summarize } from '../analysis/summary.ts';
import { elementCount, type Graph, type State, sourceOf } from '../ir/graph.ts';
import type { TargetTraits } from '../loop/schedule.ts';
import { type RunOptions, runPasses } from '../passes/pass.ts';
import { FUSION_PASSES } from '../passes/pipeline.ts';
import { chooseGroups } from '../plan/choose-groups.ts';
import { align, planMemory } from '../plan/plan-memory.ts';
import { forwardGraph, stepFormulas } from '../plan/plan-module.ts';
import { splitPhases } from '../plan/split-phases.ts';
import type { Elaboration } from '../semantics/model.ts';

/** For training with `batch` images a step, on a target with `lanes`; without a loss, for inference alone. */
export function summarizeModule(
  elaboration: Elaboration,
  batch: number,
  { lanes, waitingSums }: TargetTraits,
  passes: Pick<RunOptions, 'skip'> = {},
): Summary {
  const step = stepFormulas(elaboration, passes);
  const summary = summarize({
    model: elaboration.training,
    states: elaboration.states,
    step,
    memory: plannedMemory(runPasses(step, FUSION_PASSES, passes), batch, lanes, waitingSums),
    prediction: plannedMemory(forwardGraph(elaboration, passes), batch, lanes, waitingSums),
    batch,
    block: lanes,
  });
  return elaboration.incomplete ? { ...summary, incomplete: true } : summary;
}

/** What the module of this graph will plan, without making its kernels. */
function plannedMemory(graph: Graph, batch: number, lanes: number, waitingSums?: number): PlannedMemory {
  const states = new Map<State, number>();
  let start = 0;
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role !== 'state' || states.has(source.state)) continue;
    states.set(source.state, start);
    start = align(start + elementCount(node.shape));
  }
  const maxBlocks = Math.ceil(batch / lanes);
  const options = { lanes, maxBlocks, states, start, groups: chooseGroups(graph, maxBlocks, batch) };
  const { slots, end } = planMemory(
    graph,
    splitPhases(graph, { waitingSums: maxBlocks > 1 ? waitingSums : undefined }),
    options,
  );
  // All values of images lie behind everything else.
  let first = end;
  for (const [node, slot] of slots) if (node.varying) first = Math.min(first, slot.start);
  return { activationFloats: end - first, end };
}
