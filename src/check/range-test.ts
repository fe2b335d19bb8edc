/**
 * @file The learning rate range test (Smith 2017, "Cyclical Learning Rates for Training Neural Networks"): a network is
 * trained for some steps while the rate grows by the same factor from each to the next. Where it is too small the loss
 * stays, where it is right the loss falls, where it is too large the loss rises: three regions of one curve.
 */

import type { AnySplit } from '../data/dataset.ts';
import { sizeOf } from '../data/dataset.ts';
import { Random, shuffle } from '../data/random.ts';
import type { Trainer } from '../runtime/trainer-api.ts';
import { takeBatch } from './take-batch.ts';

export interface RatePoint {
  readonly rate: number;
  readonly loss: number;
}

export interface RateRange {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  /** Images a step. */
  readonly batch: number;
  /** Of the order of the images. */
  readonly seed: number;
}

export interface RangeTest {
  readonly points: readonly RatePoint[];
  /** `rose`: the loss had risen above where it began; `overflow`: a step was refused, as it would have left infinity. */
  readonly end: 'range' | 'rose' | 'overflow';
}

/** Of the mean that decides when to stop: the weight of the steps before. */
const MEMORY = 0.9;

/** Steps before anything is decided. */
const FIRST = 10;

/**
 * Trains with growing rates until the range is passed or the loss has risen above its beginning by as much as it had
 * fallen, or by half. The trainer's weights are worth nothing afterwards. Throws what `step` throws, but for CNN4105 after
 * the first steps, which ends the test.
 */
export async function rangeTest(trainer: Trainer, train: AnySplit, range: RateRange): Promise<RangeTest> {
  const { from, to, steps } = range;
  const points: RatePoint[] = [];
  const batches = batchesOf(trainer, train, range);
  let mean = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (let step = 0; step < steps; step++) {
    const rate = from * (to / from) ** (step / Math.max(1, steps - 1));
    const { value: batch } = await batches.next();
    const loss = lossOf(trainer, batch!, rate);
    if (loss === undefined) return { points, end: 'overflow' };
    points.push({ rate, loss });
    mean = MEMORY * mean + (1 - MEMORY) * loss;
    const smooth = mean / (1 - MEMORY ** (step + 1));
    lowest = Math.min(lowest, smooth);
    const start = average(points.slice(0, FIRST));
    if (step > FIRST && smooth > start + Math.max(start - lowest, 0.5 * Math.abs(start)))
      return { points, end: 'rose' };
  }
  return { points, end: 'range' };
}

function average(points: readonly RatePoint[]): number {
  return points.reduce((sum, { loss }) => sum + loss, 0) / points.length;
}

/** Nothing where the step was refused. */
function lossOf(trainer: Trainer, batch: Parameters<Trainer['step']>[0], lr: number): number | undefined {
  try {
    return trainer.step(batch, { lr }).loss;
  } catch (error) {
    if ((error as { code?: string }).code === 'CNN4105') return undefined;
    throw error;
  }
}

/** The images in a random order, and again in another when they are used up. */
async function* batchesOf({ network }: Trainer, train: AnySplit, { batch, seed }: RateRange) {
  const size = sizeOf(Object.values(network.inputs)[0]!);
  const order = Int32Array.from({ length: train.count }, (_, n) => n);
  const count = Math.min(batch, train.count);
  for (let pass = 0; ; pass++) {
    shuffle(order, new Random(seed, `range.${pass}`));
    for (let at = 0; at + count <= order.length; at += count) {
      const taken = await takeBatch(train, order.slice(at, at + count), size);
      if (taken.count > 0) yield taken;
    }
  }
}
