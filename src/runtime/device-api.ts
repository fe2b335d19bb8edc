/** @file What users of a module for graphics cards hold in their hands. The declarations of these modules have this text. */
import type { Bytes, Images, OutputName, ParameterName } from './network-types.ts';
import type { Batch, LoadReport, SaveOptions, StepResult, Trainer, TrainerOptions } from './trainer-api.ts';

/** The graphics card, as its driver describes it. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  /** What to call it: never empty. */
  readonly description: string;
  /** A program that computes on the processor what graphics cards do, and far slower than a module for the processor. */
  readonly software: boolean;
  /** Larger limits than every device has, in bytes: the network needs them. */
  readonly limits: Readonly<Record<string, number>>;
}

/** On what a trainer computes, and why. */
export interface DeviceChoice {
  readonly device: 'webgpu' | 'cpu';
  /** A sentence without a full stop. */
  readonly reason: string;
  /** Of the network, as `network.hash` has it; a choice is used again for the same network, card and number of threads. */
  readonly hash: string;
  readonly adapter: string;
  readonly threads: number;
  /** Of a training step, where both were measured. */
  readonly milliseconds?: { readonly webgpu: number; readonly cpu: number };
}

/** What a user should know although all goes on. */
export interface DeviceNotice {
  /** `choice`: on what the trainer computes. `lost`: the graphics card was lost, and where training goes on. */
  readonly kind: 'choice' | 'lost';
  /** A sentence without a full stop. */
  readonly message: string;
}

/** A graphics card has no threads to choose, and no relaxed SIMD. */
export interface DeviceOptions extends Omit<TrainerOptions, 'threads' | 'relaxedSimd'> {
  /** What computes. */
  device?: 'webgpu';
  /** WebGPU, where it is not the `navigator.gpu` of a browser: `create([])` of the package `webgpu`. */
  gpu?: object;
  /** Called as kernels are compiled, with how many are done. */
  onCompile?: (done: number, all: number) => void;
  onNotice?: (notice: DeviceNotice) => void;
  /**
   * Where the graphics card is lost training goes on from states that are kept here: those before every so many steps, 50 unless given, and
   * of every epoch.
   */
  keepEvery?: number;
}

/** Of modules that are built with `--target auto`. Threads and relaxed SIMD are those of the processor. */
export interface AutoOptions extends TrainerOptions, Omit<DeviceOptions, 'device' | 'seed'> {
  /**
   * What computes; `auto` unless given: what takes less time for a step, measured here. A page remembers it; so does the caller who
   * keeps `choice`.
   */
  device?: 'auto' | 'webgpu' | 'cpu';
  /** The `choice` of an earlier trainer: nothing is measured where it is of this network, card and number of threads. */
  choice?: DeviceChoice;
}

/** A trainer on a graphics card: its answers come later, and `parameters` and `buffers` are copies. */
export interface DeviceTrainer
  extends Omit<Trainer, 'step' | 'gradients' | 'evaluate' | 'predict' | 'predictAll' | 'save' | 'load'> {
  /** What computes now. */
  readonly device: 'webgpu' | 'cpu';
  /** Nothing where the processor computes. */
  readonly adapter: AdapterInfo | undefined;
  /** What was chosen when the trainer was made. */
  readonly choice: DeviceChoice;
  step(batch: Batch, options?: { lr?: number }): Promise<StepResult>;
  gradients(batch: Batch): Promise<Map<ParameterName, Float32Array>>;
  evaluate(batch: Batch): Promise<StepResult>;
  predict(images: Images): Promise<Float32Array>;
  predictAll(images: Images): Promise<Map<OutputName, Float32Array>>;
  save(options?: SaveOptions): Promise<Bytes>;
  load(bytes: Uint8Array | ArrayBuffer, options?: { partial?: boolean }): Promise<LoadReport>;
  /** Brings the values of `parameters` and `buffers` here. */
  download(): Promise<void>;
  /** Takes what has been written into them to the graphics card. */
  upload(): Promise<void>;
}
