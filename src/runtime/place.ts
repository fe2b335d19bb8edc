/**
 * @file Where the programs of a trainer run: on a graphics card, or on the processor. The trainer's own memory has the states
 * and the sums of a batch in either case, for those who read and write them.
 */
import type { AdapterInfo } from './device-api.ts';
import type { ProgramName } from './executable.ts';
import type { Feed } from './feed.ts';
import type { StepResult } from './trainer-api.ts';

export interface Place {
  readonly device: 'webgpu' | 'cpu';
  readonly adapter: AdapterInfo | undefined;
  readonly threads: number;
  /** Loss and metrics are in the trainer's memory then, and outputs in the arrays given. */
  run(name: ProgramName, feed: Feed, into?: readonly Float32Array[]): Promise<void>;
  /** Counts the step. */
  step(feed: Feed, lr: number, where: string, dip?: number): Promise<StepResult>;
  /** Without an update; the gradients are in the trainer's memory then. */
  gradients(feed: Feed, lr: number): Promise<void>;
  /** Brings the states to the trainer's memory, and takes them there. */
  pull(): Promise<void>;
  push(): void;
  dispose(): void;
}
