/**
 * @file What the benchmark `kernels` needs of the compiler's inside: all contractions of a network in one binary, and the
 * binaries that measure what the machine can do at most.
 */

import { compileSource } from '../src/compile.ts';
import { planModule } from '../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../src/plan/program-graphs.ts';
import { encodeModule, FunctionBuilder } from '../src/targets/wasm/encoder.ts';
import { fuseMultiplyAdd } from '../src/targets/wasm/fuse-multiply-add.ts';
import { WASM_TRAITS } from '../src/targets/wasm/target.ts';
import { type IsolatedKernel, isolateKernels } from '../src/tuning/isolate-kernels.ts';

export interface KernelSet {
  readonly plain: Uint8Array;
  /** With fused multiply-adds, for engines that have them. */
  readonly fused: Uint8Array;
  readonly kernels: readonly IsolatedKernel[];
  readonly memoryBytes: number;
  /** Images that one call of a kernel is for. */
  readonly lanes: number;
}

/** `skip`: optional passes to leave out. */
export function kernelsOf(text: string, file: string, maxBatch: number, skip: readonly string[] = []): KernelSet {
  const { elaboration, diagnostics } = compileSource(text, file);
  if (!elaboration) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  const plan = planModule({
    elaboration,
    programs: TRAINER_PROGRAMS,
    target: { traits: WASM_TRAITS, threads: false },
    maxBatch,
    passes: { skip },
  });
  const { bytes, fusible, kernels, memoryBytes } = isolateKernels(plan);
  return { plain: bytes, fused: fuseMultiplyAdd(bytes, fusible), kernels, memoryBytes, lanes: WASM_TRAITS.lanes };
}

/** Rounds of all accumulators per iteration: the counting of iterations must cost nothing. */
const ROUNDS = 4;

export interface PeakModule {
  readonly bytes: Uint8Array;
  /** Operations of one iteration of `run(iterations)`. */
  readonly flops: number;
}

/** Independent chains `a = a * x + y` in registers: enough of them, and the arithmetic units never wait. */
export function peakModule(accumulators: number, fused: boolean): PeakModule {
  const builder = new FunctionBuilder('run', ['i32']);
  const locals = Array.from({ length: accumulators + 2 }, () => builder.local('v128'));
  // Values come from memory and go back there: what is known or not used would be computed at compile time or not at all.
  for (const [k, local] of locals.entries()) {
    builder.integer(0);
    builder.load('v128', 16 * k);
    builder.set(local);
  }
  const [x, y, ...chains] = locals as [number, number, ...number[]];
  builder.loop();
  for (let round = 0; round < ROUNDS; round++) for (const chain of chains) multiplyAdd(builder, chain, x, y, fused);
  builder.get(0);
  builder.integer(1);
  builder.op('i32.sub');
  builder.tee(0);
  builder.branchIf(0);
  builder.op('end');
  for (const [k, chain] of chains.entries()) {
    builder.integer(0);
    builder.get(chain);
    builder.store('v128', 16 * k);
  }
  const { bytes } = encodeModule([builder], { exports: [{ name: 'run', index: 0 }], memoryPages: 1, shared: false });
  return { bytes, flops: ROUNDS * accumulators * 4 * 2 };
}

function multiplyAdd(builder: FunctionBuilder, chain: number, x: number, y: number, fused: boolean): void {
  builder.get(chain);
  builder.get(x);
  if (!fused) builder.op('f32x4.mul');
  builder.get(y);
  builder.op(fused ? 'f32x4.relaxed_madd' : 'f32x4.add');
  builder.set(chain);
}
