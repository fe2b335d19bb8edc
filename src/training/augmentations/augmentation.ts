/**
 * @file What an augmentation is: how training images are changed at random before each step. Random numbers come from the seed,
 * the step and the image, so a run can be repeated to the bit. A module carries the `effect` of what its `train` block names,
 * and nothing else of the file: an effect uses nothing but its arguments and the types here.
 */
import type { Attributes, ValuesOf } from '../../specs/attributes.ts';
import type { Word } from '../word.ts';

/** Takes the place (x, y) of a pixel to (a x + b y + c, d x + e y + f). */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** The next number of [0, 1) for this word, this image and this step. */
export type Draw = () => number;

export interface AugmentationEffect<Set extends Attributes = Attributes> {
  /**
   * Where the pixels of the changed image come from, in the image before. Targets that are maps move along. Between pixels
   * values are mixed, but for classes, of which the nearest counts.
   */
  place(values: ValuesOf<Set>, draw: Draw, size: ImageSize): Affine;
}

export interface Augmentation<Set extends Attributes = Attributes> extends Word<Set> {
  /** Pixels come in from outside of the image: 0 after normalisation, and in maps of classes what stands for none. */
  readonly fills: boolean;
  /** May stand several times, with other values. */
  readonly repeatable?: true;
  readonly effect: AugmentationEffect<Set>;
}
