/** @file The `.d.ts` beside a trainer module: the runtime's types with this network's own names; a test compares them. */
import type { NetworkDescription } from '../runtime/executable.ts';

/** Of no names, the type of no value. */
function union(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(' | ') || 'never';
}

/** One array, or where there are several, one for each name; nothing for none. */
function arrays(names: readonly string[], type: string): string {
  if (names.length === 0) return 'undefined';
  return names.length === 1 ? type : `{ ${names.map((name) => `${name}: ${type}`).join('; ')} }`;
}

/** What users of the module write types with. */
export function printTypes(network: NetworkDescription, worker = false): string {
  const names = union(network.parameters.map(({ name }) => name));
  const inputs = Object.entries(network.inputs).map(([name, shape]) => `${name}: ${shape.join(' x ')}`);
  const outputs = Object.entries(network.outputs).map(([name, shape]) => `${name}: ${shape.join(' x ')}`);
  const targets = Object.keys(network.targets);
  const outputNames = union(Object.keys(network.outputs));
  return `// Types of the trainer module for ${network.name}.
// Inputs: ${inputs.join(', ')}. Outputs: ${outputs.join(', ') || 'none'}.

export type ParameterName = ${names};
export type OutputName = ${outputNames};

/** Pixels of a web page: an ImageData or a canvas of the size of the input, made grey or RGB as the input is. */
export type Picture =
  | { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray | Uint8Array }
  | { readonly width: number; readonly height: number; getContext(kind: '2d'): any };

/** N x C x H x W; bytes are divided by 255. What the \`train\` block says of \`normalize\` is applied to them by the module. */
export type Images = ${arrays(Object.keys(network.inputs), 'Float32Array | Uint8Array | Picture | readonly Picture[]')};
/** Class numbers, or a target's values. */
export type Labels = ${arrays(targets, 'Int32Array | Uint8Array | Float32Array')};

export interface Batch {
  images: Images;
  labels${targets.length > 0 ? '' : '?'}: Labels;
  /** Images in the batch, if the arrays are longer. */
  count?: number;
}

export interface StepResult {
  /** Mean over the batch. */
  loss: number;
  /** Images classified correctly, when the network has the metric \`accuracy\`. */
  correct?: number;
  count: number;
  /** All other metrics by name: a number, one for each class, or a table with a row for each true class. */
  metrics?: Record<string, number | number[] | number[][]>;
}

/** Images that are read when a step needs them: \`into\` takes one after the other, C x H x W bytes each. */
export interface ImageSource {
  /** Places among \`indices\` that cannot be read, if there are any: these are left out. */
  read(indices: Int32Array, into: Uint8Array): Promise<readonly number[] | undefined>;
}

/** Batches that are made as they are needed, or a function that begins to: an iteration is an epoch. */
export interface BatchSource {
  batches: Iterable<Batch> | AsyncIterable<Batch> | (() => Iterable<Batch> | AsyncIterable<Batch>);
  /** Images of an epoch; a schedule needs it. */
  count?: number;
}

export interface Split {
  /** Images in the split; all of the array's unless given. A source needs it. */
  count?: number;
  images: Images | ImageSource;
  labels${targets.length > 0 ? '' : '?'}: Labels;
}

export interface Dataset {
  train: Split | BatchSource;
  test?: Split | BatchSource;
  /** Of one image, where there is one input. */
  shape?: readonly number[];
  classes?: readonly string[];
}

export interface FitProgress {
  epoch: number;
  epochs: number;
  /** Updates made in the life of the parameters, this one included. */
  step: number;
  /** Images of the epoch used so far, and all of them: NaN where batches come without a count. */
  images: number;
  total: number;
  loss: number;
  trainLoss: number;
  trainAccuracy?: number;
  learningRate: number;
}

export interface FitOptions {
  /** Of the whole run, the epochs before a resumed checkpoint included. */
  epochs?: number;
  batch?: number;
  lr?: number;
  seed?: number;
  /** Stops between two steps; the next \`fit\` continues there. */
  signal?: AbortSignal;
  onProgress?: (progress: FitProgress) => void;
  /** Called before the first step with what differs from the run that is continued, and what is held out unasked. */
  onNotice?: (notice: Notice) => void;
  /** What is watched to find the best weights: a fraction of the training images, held out, or images of their own. */
  validation?: Split | BatchSource | number;
  /** \`'test'\`: the test loss is watched. */
  watch?: 'validation' | 'test';
  /** Stop after this many epochs without a lower watched loss; 0: never. */
  patience?: number;
  /** Milliseconds of work between two visits to the event loop, 40 unless given. */
  yieldEvery?: number;
  /** False: start a new run even where an unfinished one could be continued. */
  resume?: boolean;
}

export interface Notice {
  kind: 'resume' | 'validation' | 'idle';
  message: string;
}

export interface EpochResult {
  epoch: number;
  trainLoss: number;
  trainAccuracy?: number;
  /** NaN without test images. */
  testLoss: number;
  testAccuracy?: number;
  /** All other metrics by name. */
  testMetrics?: StepResult['metrics'];
  validationLoss?: number;
  validationAccuracy?: number;
  /** Whether the watched loss is the lowest so far; absent where nothing is watched. */
  best?: boolean;
  /** Why this is the last epoch though more were planned, and the epoch whose weights are restored. */
  stopped?: { reason: string; bestEpoch: number };
  seconds: number;
  imagesPerSecond: number;
  /** Of those, spent waiting for examples that are read while training. */
  secondsWaiting?: number;
}

export interface RunSummary {
  ended: 'running' | 'epochs' | 'early' | 'aborted' | 'broken';
  epoch: number;
  epochs: number;
  trainImages: number;
  heldOutImages: number;
  watch?: 'validation' | 'test';
  bestEpoch?: number;
  bestLoss?: number;
}

export interface SaveOptions {
  /** The weights of the best epoch alone; those of now where nothing was watched. */
  best?: boolean;
  /** Parameters and buffers alone, without what only training needs. */
  weights?: boolean;
}

/** Names of tensors: taken over; of the network but not in the file; in the file but not taken. */
export interface LoadReport {
  taken: string[];
  missing: string[];
  unexpected: string[];
  /** The same of states of the optimiser; those that the file lacks start anew. */
  optimizer: { taken: string[]; missing: string[] };
}

export interface Trainer {
  readonly network: typeof network;
  /** Forward, backward, update. */
  step(batch: Batch, options?: { lr?: number }): StepResult | Promise<StepResult>;
  /** Gradients by parameter name; nothing is updated. */
  gradients(batch: Batch): Map<ParameterName, Float32Array> | Promise<Map<ParameterName, Float32Array>>;
  evaluate(batch: Batch): StepResult | Promise<StepResult>;
  /** The first output of each image, of any number of images. They are normalised as in training: pass them as they are. */
  predict(images: Images): Float32Array | Promise<Float32Array>;
  /** Every output of each image. */
  predictAll(images: Images): Map<OutputName, Float32Array> | Promise<Map<OutputName, Float32Array>>;
  /** How many threads compute; the results do not depend on it. */
  readonly threads: number;
  /** Live values: what is written takes effect at the next call. */
  readonly parameters: Map<ParameterName, { shape: number[]; data: Float32Array }>;
  /** Running statistics, live. */
  readonly buffers: Map<string, { shape: number[]; data: Float32Array }>;
  /** How the last \`fit\` went: whether it was aborted, and which epoch was best. */
  readonly run: RunSummary | undefined;
  /** Trains; ends with the weights of the best epoch where something is watched. */
  fit(data: Dataset, options?: FitOptions): AsyncIterable<EpochResult>;
  /** \`fit\` waits between two steps, from now on until \`resume\`. */
  pause(): void;
  resume(): void;
  /** Loss and metrics over any number of images. */
  test(split: Split | BatchSource, signal?: AbortSignal): Promise<StepResult>;
  /** A safetensors file: parameters, buffers, optimiser, generator and position in the data, and the best weights. */
  save(options?: SaveOptions): Uint8Array & { readonly buffer: ArrayBuffer };
  /** \`partial\`: takes what fits and leaves the rest. */
  load(bytes: Uint8Array | ArrayBuffer, options?: { partial?: boolean }): LoadReport;
  dispose(): void;
}

export interface TrainerOptions {
  seed?: number;
  threads?: number;
  relaxedSimd?: boolean;
}
${worker ? WORKER_TYPES : ''}`;
}

const WORKER_TYPES = `
export interface WorkerOptions extends TrainerOptions {
  /** Where the module is, if it has been bundled into another. */
  url?: string | URL;
  /** A worker of the module that the caller has started, as bundlers ask for it. */
  worker?: object;
}

/** What \`keep\` has moved to the worker: stands for it in later calls. */
export interface Kept {
  readonly key: number | string;
}

/** A trainer in a worker: its answers come later, and its parameters are copies. */
export interface TrainerWorker {
  readonly network: typeof network;
  readonly threads: number;
  readonly run: RunSummary | undefined;
  readonly parameters: Promise<Trainer['parameters']>;
  readonly buffers: Promise<Trainer['buffers']>;
  step(batch: Batch | Kept, options?: { lr?: number }): Promise<StepResult>;
  gradients(batch: Batch | Kept): Promise<Map<ParameterName, Float32Array>>;
  evaluate(batch: Batch | Kept): Promise<StepResult>;
  predict(images: Images | Kept): Promise<Float32Array>;
  predictAll(images: Images | Kept): Promise<Map<OutputName, Float32Array>>;
  fit(data: Dataset | Kept, options?: FitOptions): AsyncIterable<EpochResult>;
  test(split: Split | BatchSource | Kept, signal?: AbortSignal): Promise<StepResult>;
  save(options?: SaveOptions): Promise<Uint8Array & { readonly buffer: ArrayBuffer }>;
  load(bytes: Uint8Array | ArrayBuffer, options?: { partial?: boolean }): Promise<LoadReport>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Moves data to the worker: arrays that fill their memory are empty here afterwards, parts of others are copied. */
  keep(data: unknown): Promise<Kept>;
  drop(kept: Kept): Promise<void>;
  /** Ends the worker, whatever it does. */
  dispose(): void;
}
`;

/** Its types, and its values. */
export function printDeclarations(network: NetworkDescription, worker: boolean): string {
  return `${printTypes(network, worker)}
/** What all functions throw for mistakes; \`cnnc explain\` tells more of a code. */
export declare class TrainerError extends Error {
  readonly name: 'TrainerError';
  readonly code: \`CNN\${number}\`;
  readonly problem: string;
  readonly hint: string;
}

/** Frozen. */
export declare const network: {
  name: string;
  hash: string;
  compiler: string;
  inputs: Record<string, number[]>;
  targets: Record<string, object>;
  outputs: Record<string, number[]>;
  maxBatch: number;
  parameters: { name: ParameterName; shape: number[]; trainable: boolean }[];
};

export declare function createTrainer(options?: TrainerOptions): Promise<Trainer>;
${worker ? `\n${WORKER_VALUE}` : ''}`;
}

const WORKER_VALUE = `/** A trainer in a worker, which runs this module. */
export declare function createTrainerWorker(options?: WorkerOptions): Promise<TrainerWorker>;
`;
