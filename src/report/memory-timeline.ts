/**
 * @file How the memory for images fills and empties in the course of a step: what is alive at each kernel by the plan of
 * the module, and what it is where most is. The plan may need more than that: values lie where those of other times did.
 */
import { BYTES, type LiveSet } from '../analysis/memory.ts';
import { describe } from '../ir/origin.ts';
import { type Life, livesIn, type ProgramPlan } from '../plan/program-plan.ts';

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
  const { lives, bytes, peak } = bytesOverSteps(program);
  const titles = program.phases.flatMap(({ steps }) => steps.map(({ nodes }) => describe(nodes.at(-1)!.origins)));
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

/** Where most is alive, which every plan for these steps must have room for. */
export function liveSet(program: ProgramPlan): LiveSet {
  const { bytes, peak } = bytesOverSteps(program);
  const step = program.phases.flatMap(({ steps }) => steps)[peak];
  return { bytes: bytes[peak] ?? 0, at: step ? describe(step.nodes.at(-1)!.origins) : '' };
}

function bytesOverSteps(program: ProgramPlan) {
  const { phases } = program;
  const lives: readonly Life[] = livesIn(program);
  const count = phases.reduce((sum, { steps }) => sum + steps.length, 0);
  const changes = new Array<number>(count + 1).fill(0);
  for (const { from, to, floats } of lives) {
    changes[Math.min(from, count)]! += BYTES * floats;
    changes[Math.min(to + 1, count)]! -= BYTES * floats;
  }
  let alive = 0;
  const bytes = changes.slice(0, count).map((change) => {
    alive += change;
    return alive;
  });
  const peak = bytes.indexOf(bytes.reduce((most, here) => Math.max(most, here), 0));
  return { lives, bytes, peak: Math.max(0, peak) };
}

/** All values of images lie behind everything else of their program. */
export function activationFloats({ plan }: ProgramPlan): number {
  const starts = [...plan.slots].flatMap(([node, { start }]) => (node.varying ? [start] : []));
  return plan.end - starts.reduce((least, start) => Math.min(least, start), plan.end);
}
