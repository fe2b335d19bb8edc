/**
 * @file Gradients of one batch by modules of all targets. They store in f32 and add in orders of their own, so they agree to
 * rounding and no further. At a kink rounding decides between two gradients: where they differ
 * they are compared once more, with the parameters moved a little.
 */

import { type EmitOptions, emitModule } from '../compile.ts';
import { Random } from '../data/random.ts';
import type { Trainer } from '../runtime/trainer-api.ts';
import type { Elaboration } from '../semantics/model.ts';
import { js } from '../targets/js/target.ts';
import { TARGET_NAMES, type TargetName } from '../targets/target.ts';
import { loadModule } from './load-module.ts';
import { randomBatch } from './random-batch.ts';

export interface TargetsDifference {
  /** The largest difference from the first target, relative to the largest gradient of the parameter; NaN where one has NaN. */
  readonly error: number;
  /** They agree with parameters that are a little different. */
  readonly atKink: boolean;
  /** No target has finite gradients. */
  readonly notFinite: boolean;
}

export interface CompareOptions {
  /** Images: if they are a whole batch the modules are those that are built, and have the kernels of their largest batch. */
  readonly count: number;
  readonly seed: number;
  /** Differences up to this are rounding. */
  readonly tolerance: number;
  readonly skip?: readonly string[] | undefined;
}

/** The one that computes in f64 first: all others are compared with it. */
const COMPARED: readonly TargetName[] = [js.name, ...TARGET_NAMES.filter((name) => name !== js.name)];

/** By parameter. */
export async function compareTargets(
  elaboration: Elaboration,
  { count, seed, tolerance, skip }: CompareOptions,
): Promise<Map<string, TargetsDifference>> {
  const maxBatch = count < elaboration.settings.batch ? count : undefined;
  const trainers: Trainer[] = [];
  for (const target of COMPARED)
    trainers.push(await trainerOf({ target, passes: { skip }, maxBatch }, elaboration, seed));
  const compared = () =>
    differences(trainers.map((trainer) => trainer.gradients(randomBatch(trainer.network, count, seed))));
  const found = compared();
  const differs = (error: number) => error > tolerance;
  let moved: ReturnType<typeof compared> | undefined;
  if ([...found.values()].some(({ error }) => differs(error))) {
    for (const trainer of trainers) move(trainer, seed);
    moved = compared();
  }
  return new Map(
    [...found].map(([name, { error, notFinite }]) => {
      const atKink = differs(error) && moved !== undefined && moved.get(name)!.error <= tolerance;
      return [name, { error, atKink, notFinite }];
    }),
  );
}

function differences([first, ...others]: readonly Map<string, Float32Array>[]) {
  const largest = new Map([...first!].map(([name, values]) => [name, largestOf(values)]));
  // Gradients that are 0 but for rounding (a bias before batch norm) are measured against the others.
  const floor = 1e-3 * Math.max(1e-9, ...[...largest.values()].filter(Number.isFinite));
  return new Map(
    [...first!].map(([name, values]) => {
      const found = others.map((gradients) => gradients.get(name)!);
      const notFinite = [values, ...found].every((one) => !areFinite(one));
      const apart = found.map((other) => largestOf(values.map((value, k) => value - other[k]!)));
      const error = Math.max(...apart) / Math.max(floor, largest.get(name)!);
      return [name, { error: notFinite ? 0 : error, notFinite }] as const;
    }),
  );
}

/** Far enough from where they are that no kink stays, and by the same in both trainers. */
function move({ parameters }: Trainer, seed: number): void {
  const random = new Random(seed, 'moved');
  for (const { data } of parameters.values())
    for (const k of data.keys()) data[k] = data[k]! + (random.uniform() - 0.5) / 50;
}

const areFinite = (values: Float32Array) => values.every(Number.isFinite);

/** NaN where a value is NaN, which is within no tolerance. */
function largestOf(values: Float32Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

async function trainerOf(options: EmitOptions, elaboration: Elaboration, seed: number): Promise<Trainer> {
  const { code } = await emitModule(elaboration, { program: false, ...options });
  const { createTrainer } = await loadModule(code);
  return createTrainer({ seed });
}
