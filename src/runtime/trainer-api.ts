/** @file What users of a trainer module hold in their hands, as types. Its declarations have this text, and no other. */
import type { ImageSource } from '../data/image-source.ts';
import type { Answer, Bytes, Images, Labelled, Network, OutputName, ParameterName } from './network-types.ts';

export interface Batch extends Labelled {
  images: Images;
  /** Images in the batch, if the arrays are longer. */
  count?: number;
}

/** All other metrics by name: a number, one for each class, or a table with a row for each true class. */
export type Metrics = Readonly<Record<string, number | readonly number[] | readonly (readonly number[])[]>>;

export interface StepResult {
  /** Mean over the batch. */
  readonly loss: number;
  /** Images classified correctly, where the network has the metric `accuracy`; of pixels, the fraction times `count`. */
  readonly correct?: number;
  readonly count: number;
  readonly metrics?: Metrics;
}

/** Batches that are made as they are needed, or a function that begins to: an iteration is an epoch. */
export interface BatchSource {
  /** Arrays may be filled again once the next batch is asked for. */
  batches: Iterable<Batch> | AsyncIterable<Batch> | (() => Iterable<Batch> | AsyncIterable<Batch>);
  /** Images of an epoch; a schedule that changes the rate within the run needs it. */
  count?: number;
}

export interface Split extends Labelled {
  images: Images | ImageSource;
  /** Images in the split; all of the array's unless given. A source needs it. */
  count?: number;
}

export interface Dataset {
  train: Split | BatchSource;
  test?: Split | BatchSource;
  /** Of one image, where there is one input. */
  shape?: readonly number[];
  classes?: readonly string[];
}

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
  epochs?: number;
  batch?: number;
  /** The highest learning rate; the schedule scales it. */
  lr?: number;
  seed?: number;
  /** Stops between two steps; `save()` then holds the place, and the next `fit` continues there. */
  signal?: AbortSignal;
  /** Called after every step; `save()` is allowed in it. */
  onProgress?: (progress: FitProgress) => void;
  /** Called before the first step with what differs from the run that is continued, and what is held out unasked. */
  onNotice?: (notice: Notice) => void;
  /**
   * What is watched to find the best weights: this fraction of the training images, held out and drawn from the seed, each
   * class in its share; or images of their own. With early stopping a tenth unless given.
   */
  validation?: Split | BatchSource | number;
  /** `'test'`: the test loss decides what is best, and when to stop; then it is no measure of unseen images any more. */
  watch?: 'validation' | 'test';
  /** Stop after this many epochs without a lower watched loss; 0: never. */
  patience?: number;
  /** Milliseconds of work between two visits to the event loop, 40 unless given: fewer keep a page smooth that trains itself. */
  yieldEvery?: number;
  /** False: start a new run even where an unfinished one could be continued. */
  resume?: boolean;
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

export interface EpochResult {
  /** From 1. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly trainAccuracy?: number;
  /** NaN without test images. */
  readonly testLoss: number;
  readonly testAccuracy?: number;
  readonly testMetrics?: Metrics;
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

/** How a run of `fit` went. */
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

export interface SaveOptions {
  /** The weights of the best epoch alone; those of now where nothing was watched. */
  best?: boolean;
  /** Parameters and buffers alone, without what only training needs. */
  weights?: boolean;
}

/** What became of the tensors of a file. */
export interface LoadReport {
  /** Parameters and buffers of the network, with the file's values now. */
  readonly taken: string[];
  /** Of the network, but not in the file: these stay as they are. */
  readonly missing: string[];
  /** In the file, but not of the network, or of another shape. */
  readonly unexpected: string[];
  /** States of the optimiser; those that the file lacks start anew. */
  readonly optimizer: { readonly taken: string[]; readonly missing: string[] };
}

export interface Parameter {
  readonly shape: number[];
  /** A live view: what is written here takes effect at the next call. */
  readonly data: Float32Array;
}

export interface Trainer {
  readonly network: Network;
  /** How many threads compute; the results do not depend on it. */
  readonly threads: number;
  /** Live values under PyTorch's names and in PyTorch's shapes. */
  readonly parameters: Map<ParameterName, Parameter>;
  /** Running statistics, live. */
  readonly buffers: Map<string, Parameter>;
  /** How the last `fit` went, or how the present one goes. */
  readonly run: RunSummary | undefined;
  /** Forward, backward, update. The loss is that before the update. Throws CNN4101 to CNN4110. */
  step(batch: Batch, options?: { lr?: number }): Answer<StepResult>;
  /** The gradient of the loss by every trainable parameter, as copies; nothing is updated. */
  gradients(batch: Batch): Answer<Map<ParameterName, Float32Array>>;
  evaluate(batch: Batch): Answer<StepResult>;
  /** The first output of each image, of any number of images. They are normalised as in training: pass them as they are. */
  predict(images: Images): Answer<Float32Array>;
  /** Every output of each image. */
  predictAll(images: Images): Answer<Map<OutputName, Float32Array>>;
  /**
   * Trains; one result per epoch. Ends with the weights of the best epoch where something is watched. After `load` of a
   * checkpoint saved in the middle it continues there.
   */
  fit(data: Dataset, options?: FitOptions): AsyncGenerator<EpochResult, void, void>;
  /** `fit` waits between two steps, from now on until `resume`. */
  pause(): void;
  resume(): void;
  /** Loss and metrics over any number of images. */
  test(split: Split | BatchSource, signal?: AbortSignal): Promise<StepResult>;
  /** A safetensors file: all that training depends on. The same state gives the same bytes. */
  save(options?: SaveOptions): Bytes;
  /** Takes over a checkpoint or another tool's weights, all or nothing; `partial`: what fits. Throws CNN4120 to CNN4125. */
  load(bytes: Uint8Array | ArrayBuffer, options?: { partial?: boolean }): LoadReport;
  dispose(): void;
}

export interface TrainerOptions {
  /** Of the initial parameters, the order of the images and dropout; the `train` block's unless given. */
  seed?: number;
  /**
   * How many threads compute, this one included; 1 unless given. Results do not depend on it. Modules of JavaScript and
   * places without shared memory use one; a network with little work in a batch has use for few. End them with `dispose`.
   */
  threads?: number;
  /** Accepted for WebAssembly modules. */
  relaxedSimd?: boolean;
}
