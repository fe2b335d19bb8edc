/** @file Learning-rate schedules: the learning rate of a step as a factor of the highest. */

import type { TrainingDefaults } from './executable.ts';

/** `step` counts the updates of the run from 0; `warmupEpochs` and `every` are epochs. */
export function scheduleFactor(
  schedule: TrainingDefaults['schedule'],
  step: number,
  perEpoch: number,
  epochs: number,
): number {
  if (schedule.kind === 'step') return schedule.factor ** Math.floor(step / perEpoch / schedule.every);
  if (schedule.kind === 'constant') return 1;
  // Cosine without restarts (Loshchilov and Hutter 2017) after a linear warm-up (Goyal et al. 2017).
  const warmup = schedule.warmupEpochs * perEpoch;
  if (step < warmup) return (step + 1) / warmup;
  return (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(epochs * perEpoch - warmup, 1))) / 2;
}
