/**
 * @file What an augmentation is: how training images are changed at random before each step. Random numbers come from the seed,
 * the step and the image, so a run can be repeated to the bit. A module carries the `effect` of what its `train` block names,
 * and nothing else of the file: an effect uses nothing but its arguments, and arithmetic that has the same bits everywhere.
 */
import { type Attributes, choice, number, type ValuesOf } from '../../specs/attributes.ts';
import type { Word } from '../word.ts';

/** Takes the place (x, y) of a pixel to (a x + b y + c, d x + e y + f). */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** An image before normalisation: bytes are 0 to 1. */
export interface Picture extends ImageSize {
  /** `[C][H][W]` */
  readonly pixels: Float64Array;
  /** The value of each channel that is 0 after normalisation. */
  readonly mean: readonly number[];
}

/** The next number of [0, 1) for this word, this image and this step. */
export type Draw = () => number;

/** What images that are mixed in pairs are made of. */
export interface Mixture {
  /** Of the image itself, in its pixels or its number of them, and of its target in the loss; the rest is its partner's. */
  readonly share: number;
  /** Where the partner's pixels stand; left out: everywhere, in shares. */
  readonly box?: readonly [top: number, left: number, bottom: number, right: number];
}

/** One of the four. */
export interface AugmentationEffect<Set extends Attributes = Attributes> {
  /**
   * Where the pixels of the changed image come from, in the image before. Targets that are maps move along. Between pixels
   * values are mixed, but for classes, of which the nearest counts.
   */
  place?(values: ValuesOf<Set>, draw: Draw, size: ImageSize): Affine;
  /** The same, pixel by pixel: writes how far from it the value at each pixel comes, `[2][H][W]`, horizontal and vertical. */
  displace?(values: ValuesOf<Set>, draw: Draw, size: ImageSize, field: Float64Array): void;
  /** Changes values where they are; targets keep theirs. */
  paint?(values: ValuesOf<Set>, draw: Draw, picture: Picture): void;
  /** Mixes the images of a batch in pairs when all else is done, all alike: `share` is drawn anew for each step. */
  mix?(values: ValuesOf<Set>, share: number, draw: Draw, size: ImageSize): Mixture;
}

export interface Augmentation<Set extends Attributes = Attributes> extends Word<Set> {
  /** Pixels come in from outside of the image: 0 after normalisation, and in maps of classes what stands for none. */
  readonly fills: boolean;
  /** May stand several times, with other values. */
  readonly repeatable?: true;
  /** Paints what has a height and a width, though it moves nothing. */
  readonly rows?: true;
  /** Is about red, green and blue. */
  readonly colours?: true;
  readonly effect: AugmentationEffect<Set>;
}

/** What lies outside of the image; `reflect` mirrors it there, without its edge. */
export const border = choice(['zero', 'reflect'], {
  doc: 'what comes in from outside: nothing, or the image mirrored',
  default: 'zero',
  byPlace: false,
});

/** Of words that mix images. */
export const part = number({
  doc: 'share of the steps in which images are mixed',
  share: true,
  default: 1,
  above: 0,
  maximum: 1,
});

/** Between -most and most. */
export const between = (most: number, draw: Draw) => most * (2 * draw() - 1);

/** What turns, widens or slants the image about its middle: p comes from (a p.x + b p.y, d p.x + e p.y) there. */
export function aboutMiddle(
  [a, b, d, e]: readonly [number, number, number, number],
  { height, width }: ImageSize,
): Affine {
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  return [a, b, x - a * x - b * y, d, e, y - d * x - e * y];
}

/** How bright a pixel is: of red, green and blue by ITU-R BT.601, as PyTorch has it, else the mean of its channels. */
export function grey({ pixels, height, width }: Picture, at: number): number {
  const area = height * width;
  const channels = pixels.length / area;
  let sum = 0;
  for (let k = 0; k < channels; k++)
    sum += pixels[at + k * area]! * (channels === 3 ? [0.2989, 0.587, 0.114][k]! : 1 / channels);
  return sum;
}
