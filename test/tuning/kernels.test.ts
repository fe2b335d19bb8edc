/** @file What tuning may choose: other loops, the same bits. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import type { ScheduleChoice, TargetTraits } from '../../src/loop/schedule.ts';
import { planModule } from '../../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../../src/plan/program-graphs.ts';
import { fuseMultiplyAdd } from '../../src/targets/wasm/fuse-multiply-add.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { scheduleChoices, type TunableKernel, tunableKernels } from '../../src/tuning/candidate-kernels.ts';
import { loadModule } from '../support/load-module.ts';
import { enableRelaxedSimd } from '../support/relaxed-simd.ts';

const relaxed = enableRelaxedSimd();

const lenet = readFileSync(new URL('../../examples/lenet.cnn', import.meta.url), 'utf8');
/** Strides, padding, equal layers, tiles, and extents that no tile divides. */
const mixed = `network Mixed {
  input image: [3, 13, 13]
  target label: class(5)
  stem = image -> conv(7, 3x3, stride: 2, pad: 1) -> relu
  body = stem -> repeat(2) conv(7, 3x3, pad: 1, bias: false)
  logits = body -> conv(5, 1x1) -> tanh -> dense(5)
  loss crossentropy(logits, label)
  output probs = softmax(logits)
}`;

function planOf(text: string, tuned?: ReadonlyMap<string, ScheduleChoice>) {
  const { elaboration } = compileSource(text, 'net.cnn');
  const passes = { leastTiledWork: 5000 };
  return planModule({
    elaboration: elaboration!,
    programs: TRAINER_PROGRAMS,
    target: { traits: { ...WASM_TRAITS, tuned }, threads: false },
    maxBatch: 16,
    passes,
  });
}

function pattern(values: Float32Array): void {
  for (let k = 0; k < values.length; k++) values[k] = ((k * 7919) % 1009) / 1009 - 0.5;
}

/** What each schedule of a kernel leaves in memory. */
function resultsOf(kernel: TunableKernel, memoryLength: number, fused: boolean): Uint32Array[] {
  const { bytes, fusible, variants } = kernel.candidates();
  const module = new WebAssembly.Module((fused ? fuseMultiplyAdd(bytes, fusible) : bytes) as BufferSource);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((memoryLength * 4) / 65536) });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return variants.map((variant) => {
    pattern(new Float32Array(memory.buffer));
    const call = exports[variant.export] as (block: number, group: number, end: number) => void;
    if (kernel.blocks > 1) call(0, 0, kernel.blocks);
    else call(1, 0, 0);
    return new Uint32Array(memory.buffer.slice(0));
  });
}

describe.each([
  ['LeNet', lenet],
  ['strides, padding and tiles', mixed],
])('%s', (_, text) => {
  const plan = planOf(text);
  const kernels = tunableKernels(plan);

  it.each([
    ['multiplications and additions', false],
    ...(relaxed ? [['fused multiply-adds', true] as const] : []),
  ] as const)('every schedule of every contraction gives the same bits, by %s', (_way, fused) => {
    let candidates = 0;
    for (const kernel of kernels) {
      const [usual, ...others] = resultsOf(kernel, plan.memoryLength, fused);
      const before = new Float32Array(usual!.length);
      pattern(before);
      expect(Buffer.compare(Buffer.from(usual!.buffer), Buffer.from(before.buffer)), kernel.name).not.toBe(0);
      for (const other of others) expect(Buffer.compare(Buffer.from(usual!.buffer), Buffer.from(other.buffer))).toBe(0);
      candidates += others.length;
    }
    expect(candidates).toBeGreaterThan(kernels.length);
  });

  it('candidates begin with what the compiler chooses, and differ', () => {
    for (const kernel of kernels) {
      const { variants } = kernel.candidates();
      expect(variants[0]!.choice).toEqual({});
      expect(new Set(variants.map(({ choice }) => JSON.stringify(choice))).size).toBe(variants.length);
    }
  });
});

it('equal layers are one kernel', () => {
  const counts = tunableKernels(planOf(mixed)).map(({ name, count }) => [name, count] as const);
  expect(counts.filter(([, count]) => count === 2).length).toBeGreaterThanOrEqual(2);
});

it('choices begin with those that change least', () => {
  const sizes = scheduleChoices(WASM_TRAITS).map((choice) => Object.keys(choice).length);
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  expect(sizes[0]).toBe(0);
});

it('a choice changes the kernel that it is for, and no other', () => {
  const usual = planOf(lenet).programs.train.lowered.phases.flatMap((phase) => phase.kernels);
  const [{ hash }] = tunableKernels(planOf(lenet)) as [TunableKernel];
  const unknown = 'ffffffffffffffff';
  const choice = { accumulators: 4 };
  const tuned = planOf(lenet, new Map([hash, unknown].map((each) => [each, choice])));
  const bodies = tuned.programs.train.lowered.phases.flatMap((phase) => phase.kernels);
  const changed = usual.filter(
    ({ kernel }, k) => JSON.stringify(kernel.body) !== JSON.stringify(bodies[k]!.kernel.body),
  );
  expect(changed.map((kernel) => kernel.hash)).toEqual([hash]);
});

it('a tuned module trains to the same bits', async () => {
  const tuned = new Map(tunableKernels(planOf(lenet)).map(({ hash }) => [hash, { accumulators: 12, registers: 31 }]));
  const trained = async (traits: TargetTraits) => {
    const trainer = await (await loadModule(lenet, { traits })).createTrainer({ seed: 3 });
    const images = Float32Array.from({ length: 20 * 784 }, (_, k) => ((k * 31) % 97) / 97);
    const labels = Uint8Array.from({ length: 20 }, (_, k) => k % 10);
    for (let step = 0; step < 3; step++) await trainer.step({ images, labels, count: 20 });
    return Buffer.from(trainer.save());
  };
  const usual = await trained(WASM_TRAITS);
  expect((await trained({ ...WASM_TRAITS, tuned })).equals(usual)).toBe(true);
});
