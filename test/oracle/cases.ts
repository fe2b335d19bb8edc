/** @file The forms of the oracle's JSON files and how to read them. README.md says how the numbers were made. */

import { readFileSync } from 'node:fs';
import type { BeforeUpdate } from '../../src/passes/before-update.ts';
import type { ImageRule, ParameterRule } from './inputs.ts';

/** Shape with the batch first, data in row-major order; a scalar has shape []. */
export interface OracleTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Named<T> = Readonly<Record<string, T>>;

/** One operator alone: output and gradients in f64 of inputs that f32 holds exactly. */
export interface OperatorCase {
  readonly name: string;
  /** cnnc's operator name. */
  readonly op: string;
  /** `kernel stride dilation` as [vertical, horizontal]; `pad` in any form the language takes. */
  readonly attributes: Named<unknown>;
  readonly inputs: readonly OracleTensor[];
  readonly parameters: Named<OracleTensor>;
  /** `crossentropy`: the class of each example; with `labelShape`, of each place of a map; `ignore` is no class. */
  readonly labels?: readonly number[];
  readonly labelShape?: readonly number[];
  readonly ignore?: number;
  readonly output: OracleTensor;
  /** The gradient of some loss with respect to the output; for a loss operator, a factor other than 1. */
  readonly dy: OracleTensor;
  readonly gradients: { readonly inputs: readonly OracleTensor[]; readonly parameters: Named<OracleTensor> };
  /** `batchnorm`: running statistics before and after the forward pass. */
  readonly buffers?: Named<OracleTensor>;
  readonly buffersAfter?: Named<OracleTensor>;
}

/** A vector of parameters after each of several steps with given gradients. */
export interface OptimizerCase {
  readonly name: string;
  readonly optimizer: string;
  /** What the case sets. */
  readonly attributes: Named<unknown>;
  /** Every setting in force, defaults included. */
  readonly resolved: Named<unknown>;
  /** Of each step; replaces `attributes.lr`. */
  readonly learningRates: readonly number[];
  readonly start: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
}

export interface Checksum {
  readonly sum: number;
  readonly sumOfSquares: number;
  /** The first eight values, or all if there are fewer. */
  readonly first: readonly number[];
}

/** A training run: all figures from f64 except `losses32`. */
export interface CurveRun {
  readonly name: string;
  /** A complete `.cnn` file: network and train block. */
  readonly source: string;
  readonly optimizer: 'sgd' | 'adam';
  readonly attributes: Named<number>;
  /** The number of images in each step. */
  readonly batches: readonly number[];
  /** Of each step, before its update. */
  readonly losses64: readonly number[];
  readonly losses32: readonly number[];
  /** The largest relative difference of the two: what rounding alone does to this run. */
  readonly float32Gap: number;
  readonly firstGradients: Named<Checksum>;
  readonly final: Named<Checksum>;
  /** Running statistics after the last step; initially mean 0, variance 1. */
  readonly buffers: Named<OracleTensor>;
  /** Batch `batch` in inference mode after the last step. */
  readonly evaluation: {
    readonly batch: number;
    readonly count: number;
    readonly loss: number;
    readonly correct: number;
    readonly probabilities: OracleTensor;
  };
}

export interface CurveFile {
  readonly network: string;
  readonly images: ImageRule;
  readonly parameters: readonly ParameterRule[];
  /** Generated values to check a generator against. */
  readonly samples: {
    readonly stream: { readonly seed: number; readonly first: readonly number[] };
    /** Of the first four images of batch 0; of every pixel where there are masks. */
    readonly labels: readonly number[];
    readonly images: readonly Checksum[];
    readonly parameters: Named<Checksum>;
  };
  readonly runs: readonly CurveRun[];
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}

/** The files of cases: one for each script that makes them. */
export const OPERATOR_FILES = [
  'operators.json',
  'windows.json',
  'signals.json',
  'pointwise.json',
  'shapes.json',
  'losses.json',
] as const;

export function operatorCases(): readonly OperatorCase[] {
  return OPERATOR_FILES.flatMap((file) => (read(file) as { cases: readonly OperatorCase[] }).cases);
}

/** What gathers and limits gradients before they are used. */
export interface BeforeCase {
  readonly name: string;
  readonly optimizer: string;
  readonly attributes: Named<number>;
  readonly before: BeforeUpdate;
  readonly after: readonly (readonly number[])[];
}

/** An optimiser and what `onecycle` does to its rate and its momentum. */
export interface CycleCase extends Omit<BeforeCase, 'before'> {
  readonly cycle: Named<number | string>;
}

export function beforeCases() {
  return read('optimizers.json') as {
    readonly before: readonly BeforeCase[];
    readonly cycles: readonly CycleCase[];
    readonly start: readonly number[];
    readonly gradients: readonly (readonly number[])[];
  };
}

export function optimizerCases(): readonly OptimizerCase[] {
  return (read('optimizers.json') as { cases: readonly OptimizerCase[] }).cases;
}

/** Networks whose training is recorded: two for twenty steps, members of families of the zoo for five. */
export const CURVES = ['lenet', 'resnet', 'cifar', 'mobile', 'dense', 'shuffle', 'unet'] as const;

export function curveFile(network: (typeof CURVES)[number]): CurveFile {
  return read(`curves-${network}.json`) as CurveFile;
}
