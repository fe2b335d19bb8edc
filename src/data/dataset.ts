/** @file What a reader of training data returns, and the checks that every data set passes. */

import { TrainerError } from './trainer-error.ts';

export type Pixels = Float32Array | Uint8Array;
export type Labels = Int32Array | Uint8Array | Float32Array;

export interface Split {
  readonly count: number;
  /** N×C×H×W. Bytes stand for 0 to 1 in steps of 1/255. */
  readonly images: Pixels;
  /** Class numbers, or the values of a tensor target image after image. */
  readonly labels: Labels;
}

export interface Dataset {
  readonly train: Split;
  readonly test: Split;
  /** Names of the classes, where the data has them. */
  readonly classes?: readonly string[];
  /** `[C, H, W]` of one image. */
  readonly shape: readonly number[];
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function showShape(shape: readonly number[]): string {
  return shape.length ? shape.join('×') : 'scalar';
}

/** CNN4145 unless the images of the data set have the shape of the network's input. */
export function checkShape(data: Dataset, input: readonly number[], where: string): void {
  if (data.shape.join() === input.join()) return;
  throw new TrainerError(
    'CNN4145',
    `the images of ${where} are ${showShape(data.shape)}, but the network's input is ${showShape(input)}`,
    `train on data of ${showShape(input)}, or declare the input as [${data.shape.join(', ')}]`,
  );
}
