/** @file The schedules of one kernel against each other, over blocks of a training step's memory. */

import type { ScheduleChoice } from '../loop/schedule.ts';
import { fuseMultiplyAdd } from '../targets/wasm/fuse-multiply-add.ts';
import { relaxedProbe } from '../targets/wasm/print-instantiate.ts';
import type { CandidateKernels, TunableKernel } from './candidate-kernels.ts';
import { type Contender, race } from './race.ts';

/** A way that takes more than this share of the time cannot be told from one that is as fast. */
export const CLEARLY_FASTER = 0.97;

export interface TimedKernel {
  readonly kernel: TunableKernel;
  /** GFLOP/s of the compiler's schedule and of the best one. */
  readonly usual: number;
  readonly best: number;
  readonly candidates: number;
  /** Only if it is clearly faster. */
  readonly choice?: ScheduleChoice;
}

export interface KernelMemory {
  readonly memory: WebAssembly.Memory;
  readonly blocks: number;
  /** Does the engine have fused multiply-adds? Then modules use them. */
  readonly fused: boolean;
}

export function createKernelMemory(floats: number, blocks: number): KernelMemory {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((floats * 4) / 65536) });
  return { memory, blocks, fused: WebAssembly.validate(relaxedProbe() as BufferSource) };
}

export async function timeKernel(kernel: TunableKernel, at: KernelMemory, seconds: number): Promise<TimedKernel> {
  const candidates = kernel.candidates();
  fillMemory(new Float32Array(at.memory.buffer));
  const times = await race(contendersOf(kernel, candidates, at), seconds);
  const fastest = Math.min(...times);
  const rate = (time: number) => (kernel.flops * kernel.blocks) / time / 1e9;
  const { choice } = candidates.variants[times.indexOf(fastest)]!;
  return {
    kernel,
    usual: rate(times[0]!),
    best: rate(fastest),
    candidates: times.length,
    ...(fastest < CLEARLY_FASTER * times[0]! && { choice }),
  };
}

/** A unit is one block, one after the other, as in a step; or all blocks where a kernel takes them together. */
function contendersOf(kernel: TunableKernel, candidates: CandidateKernels, at: KernelMemory): Contender[] {
  const { bytes, fusible, variants } = candidates;
  const { memory, blocks, fused } = at;
  const module = new WebAssembly.Module((fused ? fuseMultiplyAdd(bytes, fusible) : bytes) as BufferSource);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return variants.map(({ export: name }) => {
    const call = exports[name] as (block: number, group: number, arena: number) => void;
    const together = kernel.blocks > 1;
    return (units) => {
      for (let unit = 0; unit < units; unit++) call(together ? 0 : unit % blocks, 0, together ? kernel.blocks : 0);
    };
  });
}

const PATTERN = 1009;

/** What the numbers are does not matter, but for those so small that arithmetic with them is slow. */
export function fillMemory(values: Float32Array): void {
  for (let k = 0; k < PATTERN; k++) values[k] = ((k * 7919) % PATTERN) / PATTERN - 0.5;
  for (let filled = PATTERN; filled < values.length; filled *= 2) values.copyWithin(filled, 0, filled);
}
