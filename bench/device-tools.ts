/** @file What the benchmark `webgpu` asks the compiler about a training step on a graphics card: its plan says all of it. */
import { openGpu } from '../src/cli/graphics-card.ts';
import { compileSource, emitModule } from '../src/compile.ts';
import { exportPytorch } from '../src/export/pytorch/export.ts';
import type { LoweredProgram, PlacedKernel } from '../src/plan/lowered-program.ts';
import type { Slot } from '../src/plan/plan-memory.ts';
import { planModule } from '../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../src/plan/program-graphs.ts';
import { summaryOf } from '../src/report/summarize-module.ts';
import { describe } from '../src/runtime/card.ts';
import type { Elaboration } from '../src/semantics/model.ts';
import { deviceProgram, Shaders } from '../src/targets/webgpu/device-program.ts';
import type { DeviceDispatch } from '../src/targets/webgpu/device-types.ts';
import { webgpu } from '../src/targets/webgpu/target.ts';
import { countReads } from './device-reads.ts';

export { describe, emitModule, exportPytorch, openGpu };

const FLOAT = 4;

export function elaborated(text: string, file: string, set: Readonly<Record<string, number>>): Elaboration {
  const { elaboration, diagnostics } = compileSource(text, file, { set });
  if (elaboration) return elaboration;
  throw new Error(`${file}: ${diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ')}`);
}

/** Of one step with a whole batch. */
export interface StepCounts {
  /** Shaders that it runs: kernels that differ only in their places are one. */
  readonly kernels: number;
  readonly dispatches: number;
  /** Of the dispatches. */
  readonly invocations: { readonly least: number; readonly median: number };
  readonly flops: number;
  /** What its kernels read and write, each value once a kernel. */
  readonly bytesMoved: number;
  /** What its invocations read one by one, for each operation, and from how many lines thirty-two neighbours read together. */
  readonly readsPerOperation: number;
  readonly linesPerRead: number;
  /** Of the one buffer of the module. */
  readonly memory: number;
}

export function stepCounts(elaboration: Elaboration, batch: number): StepCounts {
  const { programs } = planModule({ elaboration, programs: TRAINER_PROGRAMS, maxBatch: batch, target: webgpu });
  const shaders = new Shaders();
  const made = Object.values(programs).map(({ lowered }) => deviceProgram(lowered, shaders));
  const { lowered } = programs.train;
  const { steps, watch, update } = deviceProgram(lowered, shaders);
  const dispatches = [...steps, ...watch, ...update];
  const times = timesOf(batch, lowered.groups);
  const invocations = dispatches.map((one) => one.size * times[one.over]).sort((a, b) => a - b);
  const { forward, backward, update: once } = summaryOf(elaboration, { batch }).totals.flops;
  const counted = countReads(lowered, batch);
  return {
    kernels: new Set(dispatches.map(({ shader }) => shader)).size,
    dispatches: dispatches.length,
    invocations: { least: invocations[0]!, median: invocations[invocations.length >> 1]! },
    flops: batch * (forward + backward) + once,
    bytesMoved: bytesMoved(lowered, batch),
    readsPerOperation: counted.reads / counted.operations,
    linesPerRead: counted.lines / counted.reads,
    memory: FLOAT * Math.max(...made.map(({ length }) => length)),
  };
}

const timesOf = (blocks: number, groups: number): Record<DeviceDispatch['over'], number> => ({
  blocks,
  groups,
  once: 1,
});

function bytesMoved({ phases, groups }: LoweredProgram, blocks: number): number {
  const copies = ({ perBlock, perGroup }: Slot) => (perBlock > 0 ? blocks : perGroup > 0 ? groups : 1);
  const ofKernel = ({ slots }: PlacedKernel) => slots.reduce((sum, slot) => sum + slot.length * copies(slot), 0);
  const combined = phases.flatMap(({ combines }) => combines).reduce((sum, { length }) => sum + length * groups, 0);
  return FLOAT * phases.flatMap(({ kernels }) => kernels).reduce((sum, kernel) => sum + ofKernel(kernel), combined);
}
