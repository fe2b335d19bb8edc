/** @file What users of a module for graphics cards hold in their hands. The declarations of these modules have this text. */
import type { Bytes, Images, OutputName, ParameterName } from './network-types.ts';
import type { Batch, LoadReport, SaveOptions, StepResult, Trainer, TrainerOptions } from './trainer-api.ts';

/** The graphics card, as its driver describes it. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** A program that computes on the processor what graphics cards do, and far slower than a module for the processor. */
  readonly software: boolean;
  /** Larger limits than every device has, in bytes: the network needs them. */
  readonly limits: Readonly<Record<string, number>>;
}

/** A graphics card has no threads to choose, and no relaxed SIMD. */
export interface DeviceOptions extends Omit<TrainerOptions, 'threads' | 'relaxedSimd'> {
  /** What computes. */
  device?: 'webgpu';
  /** WebGPU, where it is not the `navigator.gpu` of a browser: `create([])` of the package `webgpu`. */
  gpu?: object;
  /** Called as kernels are compiled, with how many are done. */
  onCompile?: (done: number, all: number) => void;
}

/** A trainer on a graphics card: its answers come later, and `parameters` and `buffers` are copies. */
export interface DeviceTrainer
  extends Omit<Trainer, 'step' | 'gradients' | 'evaluate' | 'predict' | 'predictAll' | 'save' | 'load'> {
  readonly adapter: AdapterInfo;
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
