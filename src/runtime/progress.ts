/**
 * @file Where training stands, and the run that it belongs to. Random numbers are functions of the seed and of these
 * counters, so a checkpoint that holds them continues with the very bits of an uninterrupted run.
 */

/** Numbers and texts: a checkpoint keeps them as metadata. */
export interface Progress {
  seed: number;
  /** Updates made in the life of the parameters. */
  step: number;
  /** `step` when the optimiser's state began. */
  optimizerStart: number;
  /** Whole epochs of this run. */
  epoch: number;
  /** Images of this epoch already used. */
  cursor: number;
  /** `step` when the epoch began; it names the epoch's order of images. */
  epochStart: number;
  /** Sums over the images of this epoch. */
  lossSum: number;
  correct: number;
  /** Lowest watched loss so far, its epoch, and the number of epochs since. */
  best: number;
  bestEpoch: number;
  stale: number;
  /** What the schedule has noted of the losses: numbers, with spaces between them. */
  scheduled: string;
  /** The settings of the run: a resumed run keeps them unless told otherwise; 0 epochs when there is no run. */
  epochs: number;
  batch: number;
  lr: number;
  patience: number;
  watch: string;
  /** The fraction of the training images that is held out, and the seed that draws them; -1 for images of their own. */
  validation: number;
  validationSeed: number;
  /** What identifies the data of the run. */
  data: string;
  /** The `train` block as it was, as JSON. */
  training: string;
}

export function newProgress(seed: number): Progress {
  return {
    seed,
    step: 0,
    optimizerStart: 0,
    epoch: 0,
    cursor: 0,
    epochStart: 0,
    lossSum: 0,
    correct: 0,
    best: Number.POSITIVE_INFINITY,
    bestEpoch: 0,
    stale: 0,
    scheduled: '',
    epochs: 0,
    batch: 0,
    lr: 0,
    patience: 0,
    watch: '',
    validation: 0,
    validationSeed: seed,
    data: '',
    training: '',
  };
}
