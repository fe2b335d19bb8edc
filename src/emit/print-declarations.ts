/** @file The `.d.ts` beside a trainer module: the types of DESIGN's contract, with this network's own names. */
import type { NetworkDescription } from '../runtime/executable.ts';

function union(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(' | ') || 'string';
}

/** One array, or where there are several, one for each name; nothing for none. */
function arrays(names: readonly string[], type: string): string {
  if (names.length === 0) return 'undefined';
  return names.length === 1 ? type : `{ ${names.map((name) => `${name}: ${type}`).join('; ')} }`;
}

export function printDeclarations(network: NetworkDescription): string {
  const names = union(network.parameters.map(({ name }) => name));
  const inputs = Object.entries(network.inputs).map(([name, shape]) => `${name}: ${shape.join(' x ')}`);
  const outputs = Object.entries(network.outputs).map(([name, shape]) => `${name}: ${shape.join(' x ')}`);
  const targets = Object.keys(network.targets);
  const outputNames = union(Object.keys(network.outputs));
  return `// Types of the trainer module for ${network.name}.
// Inputs: ${inputs.join(', ')}. Outputs: ${outputs.join(', ') || 'none'}.

export type ParameterName = ${names};
export type OutputName = ${outputNames};

/** N x C x H x W; bytes are divided by 255. */
export type Images = ${arrays(Object.keys(network.inputs), 'Float32Array | Uint8Array')};
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

export interface Split {
  count: number;
  images: Images;
  labels${targets.length > 0 ? '' : '?'}: Labels;
}

export interface Dataset {
  train: Split;
  test: Split;
  /** Of one image, where there is one input. */
  shape?: readonly number[];
  classes?: readonly string[];
}

export interface FitProgress {
  epoch: number;
  epochs: number;
  /** Images of the epoch used so far, and all of them. */
  images: number;
  total: number;
  loss: number;
  trainLoss: number;
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
  /** What early stopping watches: images of their own, or a fraction of the training images; else the test images. */
  validation?: Split | number;
  patience?: number;
  /** False: start a new run even where an unfinished one could be continued. */
  resume?: boolean;
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
  seconds: number;
  imagesPerSecond: number;
}

export interface Trainer {
  /** Forward, backward, update. */
  step(batch: Batch, options?: { lr?: number }): StepResult | Promise<StepResult>;
  /** Gradients by parameter name; nothing is updated. */
  gradients(batch: Batch): Map<ParameterName, Float32Array> | Promise<Map<ParameterName, Float32Array>>;
  evaluate(batch: Batch): StepResult | Promise<StepResult>;
  /** The first output of each image. */
  predict(images: Images): Float32Array | Promise<Float32Array>;
  /** Every output of each image. */
  predictAll(images: Images): Map<OutputName, Float32Array> | Promise<Map<OutputName, Float32Array>>;
  /** How many threads compute; the results do not depend on it. */
  readonly threads: number;
  /** Live values: what is written takes effect at the next call. */
  readonly parameters: Map<ParameterName, { shape: number[]; data: Float32Array }>;
  fit(data: Dataset, options?: FitOptions): AsyncIterable<EpochResult>;
  /** A safetensors file: parameters, buffers, optimiser, generator and position in the data. */
  save(): Uint8Array;
  load(bytes: Uint8Array, options?: { partial?: boolean }): void;
  dispose(): void;
}

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

export declare function createTrainer(options?: {
  seed?: number;
  threads?: number;
  relaxedSimd?: boolean;
}): Promise<Trainer>;
`;
}
