/** @file Runs a graph once, for tests. */
import { createExecutor, type ExecutorOptions, type GraphExecution } from '../../src/check/execute-graph.ts';
import type { Graph } from '../../src/ir/graph.ts';
import type { TargetTraits } from '../../src/loop/schedule.ts';

export const TRAITS: TargetTraits = {
  lanes: 4,
  accumulators: 8,
  registers: 15,
  width: 1,
  registersPerVarying: 4,
  unrollBudget: 64,
};

export interface GraphRunOptions {
  readonly engine: ExecutorOptions['engine'];
  readonly count: number;
  readonly data: Readonly<Record<string, ArrayLike<number>>>;
  readonly traits?: TargetTraits;
}

export function runGraph(graph: Graph, { engine, count, data, traits = TRAITS }: GraphRunOptions): GraphExecution {
  return createExecutor(graph, { engine, traits, maxCount: count }).run({ count, data, update: true });
}
