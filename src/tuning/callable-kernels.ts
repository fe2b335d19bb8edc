/** @file The kernels of a training step as functions of this process that can be called one at a time, over memory of their own. */
import type { LoweredPhase, LoweredProgram, PlacedKernel } from '../plan/lowered-program.ts';
import type { ModulePlan } from '../plan/plan-module.ts';
import { functionSources, printKernel } from '../targets/js/print-kernel.ts';
import { compileWasm } from '../targets/wasm/compile-module.ts';
import { fuseMultiplyAdd } from '../targets/wasm/fuse-multiply-add.ts';
import { relaxedProbe } from '../targets/wasm/print-instantiate.ts';
import { oneKernelPerPhase } from './isolate-kernels.ts';
import { fillMemory } from './time-kernels.ts';

export interface CallableKernel {
  readonly placed: PlacedKernel;
  /** For one block of images; or for all of them where the kernel takes them together, or there are none. */
  readonly call: (block: number) => void;
  readonly blocks: number;
}

export interface CallableKernels {
  /** Phase by phase. */
  readonly phases: readonly (readonly CallableKernel[])[];
  /** With numbers that arithmetic is not slow with. */
  readonly fill: () => void;
}

type Run = (block: number, group: number, end: number) => void;

/** `plan`: for one group of blocks. */
export function callableKernels(plan: ModulePlan, target: 'js' | 'wasm'): CallableKernels {
  const program = oneKernelPerPhase(plan.programs.train.lowered);
  const { memory, runs } = (target === 'js' ? inJavaScript : inWebAssembly)(program, plan.memoryLength);
  const blocks = Math.ceil(plan.maxBatch / plan.traits.lanes);
  const kernels = program.phases.map(({ kernels, kind }, k): CallableKernel => {
    const [placed, run] = [kernels[0]!, runs[k]!];
    const end = placed.kernel.overBlocks ? blocks : 0;
    return { placed, call: (block) => run(block, 0, end), blocks: kind === 'blocks' ? blocks : 1 };
  });
  const counts = plan.programs.train.lowered.phases.map((phase) => phase.kernels.length);
  const phases = counts.map((count, k) => kernels.slice(sumOf(counts, k), sumOf(counts, k) + count));
  return { phases, fill: () => fillMemory(memory) };
}

interface Runnable {
  readonly memory: Float32Array;
  readonly runs: readonly Run[];
}

function inWebAssembly(program: LoweredProgram, memoryLength: number): Runnable {
  const { bytes, fusible, phases } = compileWasm([program], memoryLength, false);
  const fused = WebAssembly.validate(relaxedProbe() as BufferSource);
  const module = new WebAssembly.Module((fused ? fuseMultiplyAdd(bytes, fusible) : bytes) as BufferSource);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((memoryLength * 4) / 65536) });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { memory: new Float32Array(memory.buffer), runs: phases.map((phase) => exports[phase.export] as Run) };
}

function inJavaScript({ phases, traits }: LoweredProgram, memoryLength: number): Runnable {
  const memory = new Float32Array(memoryLength);
  const nameOf = ({ kernels }: LoweredPhase) => kernels[0]!.name;
  const sources = phases.map(({ kernels }) => printKernel(kernels[0]!, traits.lanes));
  const code = `"use strict";\n${[...functionSources(sources), ...sources].join('\n')}\nreturn [${phases.map(nameOf)}];`;
  const made = new Function('M', code)(memory) as ((block: number, end: number) => void)[];
  return { memory, runs: phases.map((_, k) => (block, __, end) => made[k]!(block, end)) };
}

function sumOf(counts: readonly number[], end: number): number {
  return counts.slice(0, end).reduce((sum, count) => sum + count, 0);
}
