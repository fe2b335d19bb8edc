/** @file What `fit` takes and gives: its options, what it tells after every step, and the result of an epoch. */
import type { StepResult } from './engine.ts';
import { callback, flag, type OptionSpecs, oneOf, positive, typeName, whole } from './options.ts';
import type { GivenSplit } from './run-data.ts';
import type { Notice } from './summary.ts';

export interface FitProgress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Updates made in the life of the parameters, this one included. */
  readonly step: number;
  /** Images of the epoch used so far, and all of them: NaN where batches come without a count. */
  readonly images: number;
  readonly total: number;
  /** Of the last step. */
  readonly loss: number;
  /** Mean over the epoch so far. */
  readonly trainLoss: number;
  readonly trainAccuracy?: number;
  readonly learningRate: number;
}

/** What is not given comes from the run being continued, or else from the `train` block. */
export interface FitOptions {
  /** Of the whole run, the epochs before a resumed checkpoint included. */
  readonly epochs?: number;
  readonly batch?: number;
  /** The highest learning rate; the schedule scales it. */
  readonly lr?: number;
  readonly seed?: number;
  /** Stops between two steps; `save()` then holds the place, and the next `fit` continues there. */
  readonly signal?: AbortSignal;
  /** Called after every step; `save()` is allowed in it. */
  readonly onProgress?: (progress: FitProgress) => void;
  /** Called before the first step with whatever a user should know: differences from the run that is continued, say. */
  readonly onNotice?: (notice: Notice) => void;
  /**
   * What is watched to find the best weights: this fraction of the training images, held out and drawn from the seed, each
   * class in its share; or images of their own. With early stopping a tenth unless given.
   */
  readonly validation?: GivenSplit | number;
  /** `'test'`: the test loss decides what is best, and when to stop; then it is no measure of unseen images any more. */
  readonly watch?: 'validation' | 'test';
  /** Stop after this many epochs without a lower watched loss; 0: never. */
  readonly patience?: number;
  /** Milliseconds of work between two visits to the event loop, 40 unless given: fewer keep a page smooth that trains itself. */
  readonly yieldEvery?: number;
  /** False: start a new run even where an unfinished one could be continued. */
  readonly resume?: boolean;
}

export const FIT_OPTIONS: OptionSpecs<FitOptions> = {
  epochs: whole(1),
  batch: whole(1),
  lr: positive,
  seed: whole(),
  signal: { fits: (value) => typeName(value) === 'AbortSignal', wanted: 'the `signal` of an AbortController' },
  onProgress: callback,
  onNotice: callback,
  validation: {
    fits: (value) =>
      typeof value === 'number'
        ? value >= 0 && value < 1
        : ['images', 'batches'].some((key) => Object.hasOwn(Object(value), key)),
    wanted: 'a fraction between 0 and 1, such as 0.1, or `{ images, labels }`',
  },
  watch: oneOf('validation', 'test'),
  patience: whole(0),
  yieldEvery: whole(0),
  resume: flag,
};

export interface EpochResult {
  /** From 1. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly trainAccuracy?: number;
  /** NaN without test images. */
  readonly testLoss: number;
  readonly testAccuracy?: number;
  /** All other metrics by name. */
  readonly testMetrics?: StepResult['metrics'];
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
  /** Whether the watched loss is the lowest so far; absent where nothing is watched. */
  readonly best?: boolean;
  /** Why this is the last epoch though more were planned, and the epoch whose weights are restored now. */
  readonly stopped?: { readonly reason: string; readonly bestEpoch: number };
  /** Of training, without the tests. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Of those, in which there was nothing to do but to wait for examples that are read while training. */
  readonly secondsWaiting?: number;
}
