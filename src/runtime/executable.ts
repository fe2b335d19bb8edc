/**
 * @file The seam between what the compiler emits and the runtime that is embedded beside it. An emitted module defines
 * one `Compiled` value; everything else (data, the training loop, checkpoints, the program) is written once against it,
 * whatever the target.
 *
 * Memory is one Float32Array. Offsets and sizes are counted in floats. A *uniform* value (a weight, a statistic, the
 * learning rate) is stored once, row-major. A *varying* value (one per image) is stored for a block of `lanes` images
 * as `[C][H][W][lane]`; values that must outlive their block have one such copy per block, `blockStride` floats apart.
 * All others lie in the *arena* at the end of memory: each thread has one.
 *
 * The blocks of a batch fall into `groups`, contiguous and as even as can be. A group adds its sums over the batch to
 * copies of its own, `perGroup` floats apart; the program adds the copies up. A thread takes whole groups.
 */
import type { Draw, InitializerEffect } from '../training/initializers/initializer.ts';
import type { Chosen } from '../training/word.ts';
import type { ScheduleSettings } from '../training/words.ts';
import type { Augment, Feed, Port, StageAugmented, StageMixed } from './feed.ts';
import type { Progress } from './progress.ts';

/** A value that lives from step to step: a parameter, a running statistic, or optimiser state. */
export interface StateLayout {
  /** PyTorch's name: `conv1.weight`. Optimiser state is `optimizer.momentum.conv1.weight` and so on. */
  readonly name: string;
  readonly role: 'parameter' | 'buffer' | 'optimizer';
  readonly shape: readonly number[];
  readonly trainable: boolean;
  readonly offset: number;
  readonly initializer: Draw;
}

/** Where the gradient of a trainable parameter lies after the phases of `train` have run. */
export interface GradientLayout {
  readonly parameter: string;
  readonly shape: readonly number[];
  readonly offset: number;
}

/** A varying value the host writes before a block runs. */
export interface InputLayout {
  readonly name: string;
  /** `image`: a network input. `target`: a target. `weight`: 1/N for the N images of the batch, 0 for lanes beyond the
   *  last. `seed`: a whole number in [0, 2^24) drawn anew for every image and step. */
  readonly role: 'image' | 'target' | 'weight' | 'seed';
  /** `[C, H, W]`, or `[]` for class targets (the class number), weights and seeds; `[H, W]` for a map of classes. */
  readonly shape: readonly number[];
  /** Of an image that is mixed of two: of which of them the target is, or which share of the weight. */
  readonly mixed?: 'own' | 'partner';
  /** Of the first block's copy. */
  readonly offset: number;
  /** Left out when all blocks share one copy. */
  readonly blockStride?: number;
  /** Applied to image inputs while staging, one value per channel: (x - mean) / deviation. */
  readonly normalize?: { readonly mean: readonly number[]; readonly deviation: readonly number[] };
  /** In a program for one image: floats from channel to channel and from pixel to pixel. */
  readonly steps?: readonly [channel: number, pixel: number];
}

/** A varying value the host reads after a block has run. */
export interface OutputLayout {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly blockStride?: number;
}

/**
 * A uniform scalar the host computes before a step, from the learning rate, the number of the step (from 1), and how far a schedule
 * has brought the momentum to its lowest (0 to 1).
 */
export interface ScalarLayout {
  readonly name: string;
  readonly offset: number;
  readonly value: (lr: number, step: number, dip?: number) => number;
}

/**
 * Part of a program. `blocks`: `run(b, g, a)` for every block b of the batch, g being its group and a the distance in
 * bytes of the thread's arena from the first. `once`: `run(0)` a single time, by the first thread. `parts`: `run(g)` once
 * for each group. `groups`: `run(b, g, e)` once for each group, whose blocks are b, …, e - 1. The inputs that it `stages`,
 * by number, are written for block b just before it runs; the outputs that it `collects` are read just after.
 */
export interface Phase {
  readonly kind: 'blocks' | 'groups' | 'once' | 'parts';
  readonly stages?: readonly number[];
  readonly collects?: readonly number[];
  /** Where so many blocks may follow each other that their sums must not go on in f32. */
  readonly carry?: SumCarry;
  readonly run: (index: number, group?: number, arenaOrEnd?: number) => void;
}

/** Threads that run the phases of a predictor together, where that is faster than one alone. */
export interface Crew {
  /** How many do at present. */
  readonly threads: number;
  /** Calls what computes so many images, and takes note of how long it takes. */
  predict<Result>(images: number, compute: () => Result): Result;
  /** The phase as all of them run it. */
  phase(phase: Phase, name: string): Phase;
  dispose(): void;
}

/** After every so many blocks of a group, what they have added to these sums goes on in f64. */
export interface SumCarry {
  readonly every: number;
  readonly sums: ProgramLayout['zero'];
}

/** Sums in f64 beside those of the memory. */
export interface Carry {
  /** What the blocks of a group have added up so far. */
  take(group: number): void;
  /** Leaves the whole sums where they belong, rounded, and begins anew. */
  leave(group: number): void;
}

/** One entry point: what runs, and what it reads and leaves in memory. */
export interface ProgramLayout {
  readonly inputs: readonly InputLayout[];
  readonly outputs: readonly OutputLayout[];
  /** Regions of batch-wide sums that are zeroed before the program starts. */
  readonly zero: readonly { readonly offset: number; readonly length: number; readonly perGroup?: number }[];
  /** Offset of the loss (mean over the batch), or -1. */
  readonly loss: number;
  /** Metrics, each a mean over the batch, of `length` numbers (1 unless given). `accuracy` is the fraction of images
   *  classified correctly. */
  readonly metrics: readonly { readonly name: string; readonly offset: number; readonly length?: number }[];
}

export interface Executable {
  /** Forward in training mode and backward: leaves loss, metrics and gradients. */
  readonly train: readonly Phase[];
  /** Applies the gradients that `train` left, and moves the running statistics. */
  readonly update: readonly Phase[];
  /** Forward in inference mode with loss and metrics. */
  readonly evaluate: readonly Phase[];
  /** Forward in inference mode, outputs only. */
  readonly predict: readonly Phase[];
  /** The largest magnitude in a range of memory, or NaN if there is any; the engine looks itself where left out. */
  readonly largest?: (range: { readonly offset: number; readonly length: number }) => number;
  /** Runs the programs in place of the engine where there are several threads. */
  readonly team?: Team;
}

export type ProgramName = 'train' | 'evaluate' | 'predict';

/** Several threads over one memory. */
export interface Team {
  readonly threads: number;
  run(program: ProgramName, feed: Feed, progress: Progress, into?: readonly Float32Array[]): void;
  dispose(): void;
}

/** How the network is trained unless the caller says otherwise: the `train` block of the `.cnn` file. */
export interface TrainingDefaults {
  /** A data specification, `digits` when the file names none. */
  readonly data: string;
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
  readonly learningRate: number;
  /** The learning rate of a step as a factor of `learningRate`. */
  readonly schedule: ScheduleSettings;
  /** Update rule with its numbers; only compared, when a run is resumed. */
  readonly optimizer: Readonly<Record<string, unknown>>;
  /** Stop after this many epochs without a lower watched loss; 0: never. */
  readonly patience: number;
  /** Whose loss is watched. */
  readonly watch: 'validation' | 'test';
  /** Fraction of the training images that is held out; left out: a tenth where early stopping needs it. */
  readonly validation?: number;
  readonly augment: Augment;
  /** The mean of the weights that is evaluated and saved; nothing: they themselves. */
  readonly average?: Chosen;
}

export interface NetworkDescription {
  readonly name: string;
  /** Of the forward graph and its parameters: equal hashes mean that a run of one can be resumed by the other. */
  readonly hash: string;
  readonly compiler: string;
  readonly inputs: Record<string, readonly number[]>;
  readonly targets: Record<
    string,
    /** A class for each image, or for each element of the shape; `ignore` stands for none. */
    | {
        readonly kind: 'class';
        readonly classes: number;
        readonly shape?: readonly number[];
        readonly ignore?: number;
        /** Of the classes, where they are known. */
        readonly names?: readonly string[];
      }
    | {
        readonly kind: 'tensor';
        readonly shape: readonly number[];
        /** Its values lie between 0 and 1. */
        readonly fraction?: boolean;
      }
  >;
  readonly outputs: Record<string, readonly number[]>;
  readonly maxBatch: number;
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly trainable: boolean;
  }[];
}

/** What a module that only predicts says of its network. */
export type PredictorNetwork = Pick<NetworkDescription, 'name' | 'hash' | 'compiler' | 'inputs' | 'outputs'> & {
  /** Names of the classes, where they are known. */
  readonly classes?: readonly string[];
};

/** How the weights of layers lie inside a module. */
export type WeightForm = 'f32' | 'f16' | 'int8';

/** How pictures of any size become images. */
export interface PictureOptions {
  /** `cover`: the middle, as large as it can be; `contain`: all of it, with borders; `stretch`: all of it, distorted. */
  readonly resize: 'cover' | 'contain' | 'stretch';
  /** Of borders, and behind what is transparent. */
  readonly background: 'black' | 'white';
}

export interface InstantiateOptions {
  /** Threads wanted; there are never more than groups of blocks. */
  readonly threads?: number;
  /** Fused multiply-add where the engine has it; `false` for the same bits on every machine. */
  readonly relaxedSimd?: boolean;
}

/** What only some networks need: a module carries the parts it uses. */
export interface Parts {
  /** Where training images are flipped or cropped. */
  readonly stageAugmented?: StageAugmented;
  /** Where training images are mixed in pairs. */
  readonly stageMixed?: StageMixed;
  /** Where batches are so large that sums go on in f64. */
  readonly Carry?: new (
    memory: Float32Array,
    sums: SumCarry['sums'],
  ) => Carry;
  /** Where targets say how likely something is, or are maps. */
  readonly checkFractions?: (feed: Feed, port: Port) => void;
  /** Where the learning rate changes. */
  readonly schedule?: Schedule;
  /** Where the mean of the weights is evaluated. */
  readonly swapAverages?: SwapAverages;
  /** By name, of initialisers that see the whole of a parameter. */
  readonly fills?: Readonly<Record<string, InitializerEffect>>;
  /** By name of the metric, where its mean over the images is not what is wanted. */
  readonly finish?: Readonly<Record<string, Finish>>;
}

/** The learning rate of a step as a factor of the highest. */
export interface Schedule {
  /** CNN4112 where it is not known how many images an epoch has. */
  check(settings: ScheduleSettings, images: number): void;
  /** `perEpoch` counts the steps of an epoch, `step` those of the run from 0. */
  factor(settings: ScheduleSettings, progress: Progress, step: number, perEpoch: number): number;
  /** How far the momentum is from the optimiser's own to its lowest. */
  readonly dip?: Schedule['factor'] | undefined;
  /** Where it depends on the losses of images that are not trained on: takes note of one. */
  readonly observe?: ((settings: ScheduleSettings, progress: Progress, loss: number) => void) | undefined;
}

/** Exchanges the weights in memory and their means. */
export type SwapAverages = (state: readonly StateLayout[], memory: Float32Array) => void;

/** One number, one for each class, or a table with a row for each class. */
export type MetricValue = number | readonly number[] | readonly (readonly number[])[];

/** A metric from its mean over so many images. */
export type Finish = (means: readonly number[], images: number) => MetricValue;

export interface Compiled {
  readonly network: NetworkDescription;
  /** Images per block. */
  readonly lanes: number;
  /** Floats of memory for `maxBatch` images. */
  readonly memoryLength: number;
  /** Groups that the blocks of a batch fall into; 1 unless given. */
  readonly groups?: number;
  /** Floats of a thread's arena, the last one of which ends with the memory. */
  readonly arenaLength?: number;
  readonly state: readonly StateLayout[];
  readonly gradients: readonly GradientLayout[];
  readonly scalars: readonly ScalarLayout[];
  readonly programs: {
    readonly train: ProgramLayout;
    readonly evaluate: ProgramLayout;
    readonly predict: ProgramLayout;
  };
  readonly training: TrainingDefaults;
  readonly parts?: Parts;
  /** Memory of `memoryLength` floats (and further arenas) that `instantiate` can run on; a plain array where left out. */
  readonly allocate?: (options: InstantiateOptions) => Float32Array;
  readonly instantiate: (memory: Float32Array, options: InstantiateOptions) => Executable | Promise<Executable>;
}
