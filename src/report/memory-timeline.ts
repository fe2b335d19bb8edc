/**
 * @file How the memory for images fills and empties in the course of a step: what is alive at each kernel by the plan of
 * the module, and what it is where most is. The plan may need more than that: values lie where those of other times did.
 */
import { BYTES } from '../analysis/memory.ts';
import { describe } from '../ir/origin.ts';
import { livesOf } from '../plan/plan-memory.ts';
import type { ProgramPlan } from '../plan/program-plan.ts';
import { activationFloats } from './summarize-module.ts';

export interface MemoryTimeline {
  /** Bytes alive at each step, and what is computed there. */
  readonly steps: readonly { readonly bytes: number; readonly title: string }[];
  /** Where most is alive. */
  readonly peak: number;
  /** What is alive there, largest first. */
  readonly alive: readonly { readonly name: string; readonly bytes: number }[];
  /** What the plan takes for all of it. */
  readonly planned: number;
}

export function memoryTimeline(program: ProgramPlan): MemoryTimeline {
  const { graph, phases, maxBlocks, layouts } = program;
  const lives = livesOf(graph, phases, { layouts, maxBlocks });
  const titles = phases.flatMap(({ steps }) => steps.map(({ nodes }) => describe(nodes.at(-1)!.origins)));
  const bytes = titles.map(() => 0);
  for (const { from, to, floats } of lives)
    for (let step = from; step <= Math.min(to, titles.length - 1); step++) bytes[step]! += BYTES * floats;
  const peak = bytes.indexOf(Math.max(0, ...bytes));
  const alive = lives
    .filter(({ from, to }) => from <= peak && peak <= to)
    .map(({ node, floats }) => ({ name: node.name, bytes: BYTES * floats }))
    .sort((one, other) => other.bytes - one.bytes);
  return {
    steps: titles.map((title, k) => ({ title, bytes: bytes[k]! })),
    peak,
    alive,
    planned: BYTES * activationFloats(program),
  };
}
