/**
 * @file Gradients of one batch by the JavaScript module and by the WebAssembly module. Both compute in f32, in orders of
 * their own, so they agree to rounding and no further.
 */
import { type EmitOptions, emitModule } from '../compile.ts';
import type { Elaboration } from '../semantics/model.ts';
import { loadModule } from './load-module.ts';
import { randomBatch } from './random-batch.ts';

/** By parameter: the largest difference, relative to its largest gradient. */
export async function compareTargets(
  elaboration: Elaboration,
  count: number,
  seed: number,
  skip?: readonly string[],
): Promise<Map<string, number>> {
  const [js, wasm] = [
    await gradientsBy({ target: 'js', passes: { skip } }, elaboration, count, seed),
    await gradientsBy({ target: 'wasm', passes: { skip } }, elaboration, count, seed),
  ];
  const largest = new Map([...js].map(([name, values]) => [name, largestOf(values)]));
  // Gradients that are 0 but for rounding (a bias before batch norm) are measured against the others.
  const floor = 1e-3 * Math.max(1e-9, ...largest.values());
  return new Map(
    [...js].map(([name, values]) => {
      const other = wasm.get(name)!;
      const difference = largestOf(values.map((value, k) => value - other[k]!));
      return [name, difference / Math.max(floor, largest.get(name)!)];
    }),
  );
}

/** NaN where a value is NaN, which is within no tolerance. */
function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

async function gradientsBy(options: EmitOptions, elaboration: Elaboration, count: number, seed: number) {
  const { code } = await emitModule(elaboration, { ...options, maxBatch: count });
  const { createTrainer } = await loadModule(code);
  const trainer = await createTrainer({ seed });
  return trainer.gradients(randomBatch(trainer.network, count, seed));
}
