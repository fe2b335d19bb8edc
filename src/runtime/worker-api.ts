/** @file What users hold of a trainer in a worker. The declarations of modules with one have this text. */
import type { Bytes, Images, Network, OutputName, ParameterName } from './network-types.ts';
import type {
  Batch,
  BatchSource,
  Dataset,
  EpochResult,
  FitOptions,
  LoadReport,
  RunSummary,
  SaveOptions,
  Split,
  StepResult,
  Trainer,
  TrainerOptions,
} from './trainer-api.ts';

export interface WorkerOptions extends TrainerOptions {
  /** Where the module is, if it has been bundled into another. */
  url?: string | URL;
  /** A worker of the module that the caller has started, as bundlers ask for it. */
  worker?: object;
}

/** What `keep` has moved to the worker: stands for it in later calls. */
export interface Kept {
  readonly key: number | string;
}

/** A trainer in a worker: its answers come later, and its parameters are copies. */
export interface TrainerWorker {
  readonly network: Network;
  readonly threads: number;
  /** How the last `fit` went, as of its last epoch. */
  readonly run: RunSummary | undefined;
  readonly parameters: Promise<Trainer['parameters']>;
  readonly buffers: Promise<Trainer['buffers']>;
  step(batch: Batch | Kept, options?: { lr?: number }): Promise<StepResult>;
  gradients(batch: Batch | Kept): Promise<Map<ParameterName, Float32Array>>;
  evaluate(batch: Batch | Kept): Promise<StepResult>;
  predict(images: Images | Kept): Promise<Float32Array>;
  predictAll(images: Images | Kept): Promise<Map<OutputName, Float32Array>>;
  fit(data: Dataset | Kept, options?: FitOptions): AsyncGenerator<EpochResult, void, void>;
  test(split: Split | BatchSource | Kept, signal?: AbortSignal): Promise<StepResult>;
  save(options?: SaveOptions): Promise<Bytes>;
  load(bytes: Uint8Array | ArrayBuffer, options?: { partial?: boolean }): Promise<LoadReport>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Moves data to the worker: arrays that fill their memory are empty here afterwards, parts of others are copied. */
  keep(data: unknown): Promise<Kept>;
  drop(kept: Kept): Promise<void>;
  /** Ends the worker, whatever it does. */
  dispose(): void;
}
