/** @file What a reader of training data returns, and the checks that every data set passes. */

import type { ImageSource } from './image-source.ts';
import { TrainerError } from './trainer-error.ts';

export type Pixels = Float32Array | Uint8Array;
export type Labels = Int32Array | Uint8Array | Float32Array;

type Named<Values> = Readonly<Record<string, Values>>;

/** Examples for networks with any number of inputs and targets: arrays by name where there are several. */
export interface Split<Images = Pixels | Named<Pixels>, Targets = Labels | Named<Labels> | undefined> {
  readonly count: number;
  /** N×C×H×W. Bytes stand for 0 to 1 in steps of 1/255. */
  readonly images: Images;
  /** Class numbers, or the values of a tensor target image after image. */
  readonly labels: Targets;
}

/** What a network takes: inputs with their shapes, and targets. */
export interface NetworkPorts {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly targets: Readonly<Record<string, TargetPort>>;
}

export interface TargetPort {
  readonly classes?: number;
  readonly shape?: readonly number[];
}

/** Examples whose images are read when they are needed, for a network with one input; the labels are in memory. */
export type StreamedSplit = Split<ImageSource>;
export type AnySplit = Split | StreamedSplit;

export function isStreamed(split: { readonly images: unknown }): split is StreamedSplit {
  return typeof (split.images as Partial<ImageSource> | undefined)?.read === 'function';
}

/** The value of the only key. */
export function soleOf<Value>(values: Readonly<Record<string, Value>>): Value | undefined {
  const [first, ...rest] = Object.values(values);
  return rest.length ? undefined : first;
}

export interface Dataset<Part = Split> {
  readonly train: Part;
  readonly test: Part;
  /** Names of the classes, where the data has them. */
  readonly classes?: readonly string[];
  /** `[C, H, W]` of one image, where there is one for each example. */
  readonly shape?: readonly number[];
  /** To watch while it is trained, where the data have such images. */
  readonly validation?: Part;
  /** What tells these data from others, where their numbers alone do not. */
  readonly fingerprint?: string;
  /** The file of each image, where each has its own. */
  readonly files?: {
    readonly train: readonly string[];
    readonly test: readonly string[];
    readonly validation?: readonly string[];
  };
  /** What the reader had to decide about the files, for people: how values are scaled, which images are the test. */
  readonly decisions?: readonly string[];
}

/** What was decided about the files as one line of text, empty where nothing was. */
export function describeData({ decisions = [] }: Pick<Dataset, 'decisions'>): string {
  return decisions.length ? `data: ${decisions.join('; ')}\n` : '';
}

/** One array of images and one of labels, as all data sets but NumPy's have them. */
export type PlainSplit = Split<Pixels, Labels>;
export type PlainDataset = Dataset<PlainSplit>;

export { product as sizeOf } from '../common/shape.ts';

export function showShape(shape: readonly number[]): string {
  return shape.length ? shape.join('×') : 'scalar';
}

/** CNN4145 unless images have the shape of the network's input. */
export function checkShape(shape: readonly number[], input: readonly number[], where: string): void {
  if (shape.join() === input.join()) return;
  throw new TrainerError(
    'CNN4145',
    `the images of ${where} are ${showShape(shape)}, but the network's input is ${showShape(input)}`,
    `train on data of ${showShape(input)}, or declare the input as [${shape.join(', ')}]`,
  );
}
