/** @file How a run of `fit` went, for whoever started it. */

export interface RunSummary {
  /**
   * Why training ended: all epochs are done, no better loss for `patience` epochs, or the caller's signal; `running` while
   * it lasts, and `broken` where the loop was left or an error ended it.
   */
  readonly ended: 'running' | 'epochs' | 'early' | 'aborted' | 'broken';
  /** Whole epochs trained, and planned. */
  readonly epoch: number;
  readonly epochs: number;
  /** Images that are learnt from, and held out of the same data. */
  readonly trainImages: number;
  readonly heldOutImages: number;
  /** Which loss decides what the best weights are. */
  readonly watch?: 'validation' | 'test';
  /** The epoch of the lowest watched loss, from 1, and that loss. */
  readonly bestEpoch?: number;
  readonly bestLoss?: number;
}

/** What a user should know of a run although it goes on. */
export interface Notice {
  /**
   * `resume`: something differs from the run that is continued. `validation`: images are held out unasked. `idle`: the run
   * is too short for something.
   */
  readonly kind: 'resume' | 'validation' | 'idle';
  /** A sentence without a full stop. */
  readonly message: string;
}
