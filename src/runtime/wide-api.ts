import type { Trainer, TrainerOptions } from './trainer-api.ts';
/** @file Types of modules with kernels that an engine may join to wider ones: their declarations have this text. */

export interface WideOptions extends TrainerOptions {
  /**
   * Kernels of 256 bits where the engine can join them from those of 128, which is an experiment of V8 that Node from 24 on has
   * on x64. What they compute is compared with what the others compute, and they are used if it is the same; `false` unless given.
   */
  wide?: boolean;
}

export interface WideReport {
  readonly used: boolean;
  /** What was found, or why they are not used, as a sentence. */
  readonly message: string;
}

export interface WideTrainer extends Trainer {
  /** Where they were asked for. */
  readonly wide?: WideReport;
}
