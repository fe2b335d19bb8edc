/**
 * @file Where the programs of a trainer run: on a graphics card, or on the processor. The trainer's own memory has the states
 * and the sums of a batch in either case, for those who read and write them.
 */

import type { DeviceCode } from '../targets/webgpu/device-types.ts';
import type { AdapterInfo } from './device-api.ts';
import type { Compiled, ProgramName } from './executable.ts';
import type { Feed } from './feed.ts';
import type { StepResult } from './trainer-api.ts';

/** A module for graphics cards. */
export interface CompiledForDevice extends Omit<Compiled, 'instantiate' | 'allocate'> {
  readonly device: DeviceCode;
}

/** What a step is made of. The arrays of the feed stay as they are until it is begun. */
export interface StepOrder {
  readonly feed: Feed;
  readonly lr: number;
  readonly dip: number | undefined;
  /** For messages. */
  readonly where: string;
}

/** A step that runs. Nothing has been updated by it if it is refused, or not `safe`. */
export interface Begun {
  readonly done: Promise<{
    readonly result: StepResult;
    /** False where numbers were seen that could overflow: then it and all that was begun behind it have updated nothing. */
    readonly safe: boolean;
    /** Those before the step, where they were wanted. */
    readonly states?: Float32Array | undefined;
  }>;
  /** Once more, alone and with care. Throws CNN4105. */
  again(): Promise<StepResult>;
  /** It is not asked for anything any more. */
  release(): unknown;
}

export interface Place {
  readonly device: 'webgpu' | 'cpu';
  readonly adapter: AdapterInfo | undefined;
  readonly threads: number;
  /** How many steps may be begun before the first of them is done. */
  readonly ahead: number;
  /** Loss and metrics are in the trainer's memory then, and outputs in the arrays given. */
  run(name: ProgramName, feed: Feed, into?: readonly Float32Array[]): Promise<void>;
  /** `keeps`: the states before it are wanted. */
  begin(order: StepOrder, keeps: boolean): Begun;
  /** Without an update; the gradients are in the trainer's memory then. */
  gradients(feed: Feed, lr: number): Promise<void>;
  /** Brings the states to the trainer's memory, and takes them there. */
  pull(): Promise<void>;
  push(): void;
  dispose(): void;
}
