/** @file `cnnc summary FILE`: the layers of a network with their figures. */
import type { PlannedMemory } from '../../analysis/memory.ts';
import { type Summary, summarize } from '../../analysis/summary.ts';
import { summaryCsv, summaryMarkdown, summaryTable } from '../../analysis/summary-text.ts';
import { trainingGraph, WASM_TRAITS } from '../../compile.ts';
import { elementCount, type Graph, type State, sourceOf } from '../../ir/graph.ts';
import { chooseGroups } from '../../passes/choose-groups.ts';
import { align, planMemory } from '../../passes/plan-memory.ts';
import { splitPhases } from '../../passes/split-phases.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';

export interface SummaryOptions extends CompileFileOptions {
  readonly csv?: boolean;
  readonly md?: boolean;
  /** Images per step, for the memory. */
  readonly batch?: number;
}

export function summary(path: string, options: SummaryOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, options, terminal, ({ elaboration }) => {
    terminal.out(print(summaryOf(elaboration, options.batch), options));
    return EXIT.success;
  });
}

function print(found: Summary, { json, csv, md }: SummaryOptions): string {
  if (json) return `${JSON.stringify(found, null, 2)}\n`;
  if (csv) return summaryCsv(found);
  return md ? summaryMarkdown(found) : summaryTable(found);
}

export function summaryOf(elaboration: Elaboration, batch = elaboration.settings.batch): Summary {
  return summarize({
    model: elaboration.training,
    states: elaboration.states,
    step: trainingGraph(elaboration, { stopAfter: 'eliminate-dead' }),
    memory: plannedMemory(trainingGraph(elaboration), batch),
    batch,
  });
}

/** What the module of this graph will plan, without making its kernels. */
function plannedMemory(graph: Graph, batch: number): PlannedMemory {
  const states = new Map<State, number>();
  let start = 0;
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role !== 'state' || states.has(source.state)) continue;
    states.set(source.state, start);
    start = align(start + elementCount(node.shape));
  }
  const { lanes } = WASM_TRAITS;
  const maxBlocks = Math.ceil(batch / lanes);
  const options = { lanes, maxBlocks, states, start, groups: chooseGroups(graph, maxBlocks, batch) };
  const { slots, end } = planMemory(graph, splitPhases(graph), options);
  // All values of images lie behind everything else.
  let first = end;
  for (const [node, slot] of slots) if (node.varying) first = Math.min(first, slot.start);
  return { activationFloats: end - first, end };
}
