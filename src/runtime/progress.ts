/**
 * @file Where training stands. Random numbers are functions of the seed and of these counters, so a checkpoint that holds
 * them continues with the very bits of an uninterrupted run.
 */

export interface Progress {
  seed: number;
  /** Updates made in the life of the parameters. */
  step: number;
  /** Whole epochs of this run. */
  epoch: number;
  /** Images of this epoch already used. */
  cursor: number;
  /** `step` when the epoch began; it names the epoch's order of images. */
  epochStart: number;
  /** Sums over the images of this epoch. */
  lossSum: number;
  correct: number;
  /** Lowest validation loss so far, and the number of epochs since. */
  best: number;
  stale: number;
  /** The settings of the run: a resumed run keeps them unless told otherwise; 0 when there is no run. */
  epochs: number;
  batch: number;
  lr: number;
}

export function newProgress(seed: number): Progress {
  return {
    seed,
    step: 0,
    epoch: 0,
    cursor: 0,
    epochStart: 0,
    lossSum: 0,
    correct: 0,
    best: Number.POSITIVE_INFINITY,
    stale: 0,
    epochs: 0,
    batch: 0,
    lr: 0,
  };
}
