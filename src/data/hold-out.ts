/** @file Which images of a data set are held out: drawn from a seed, every class in its share. */
import type { Labels, Split } from './dataset.ts';
import { hash } from './hash.ts';
import { Random, shuffle } from './random.ts';

type Counted = Pick<Split, 'count' | 'labels'>;

/** Numbers of images, each part in rising order. */
export interface Division {
  readonly kept: Int32Array;
  readonly held: Int32Array;
}

/** One class number for each image, where there is such a thing. */
function classesOf({ labels, count }: Counted, classes: boolean): Labels | undefined {
  const sole = ArrayBuffer.isView(labels) ? labels : Object.values(labels ?? {})[0];
  return classes && sole?.length === count ? sole : undefined;
}

/**
 * Divides a split: `fraction` of the images is held out, at least one, and at least one is kept. The images are shuffled,
 * brought together by class, and every n-th is held: each class gives its share, but for less than one image.
 */
export function holdOut(split: Counted, fraction: number, seed: number, classes: boolean): Division {
  const order = Int32Array.from({ length: split.count }, (_, image) => image);
  shuffle(order, new Random(seed, 'validation'));
  const labels = classesOf(split, classes);
  // In the order of their numbers, of classes with few images the same ones would always be held.
  const rank = (image: number) => hash(seed, labels![image]!, 0);
  if (labels) order.sort((a, b) => rank(a) - rank(b));
  const count = Math.min(Math.max(Math.round(fraction * order.length), 1), order.length - 1);
  const isHeld = (_: number, at: number) =>
    Math.floor(((at + 1) * count) / order.length) > Math.floor((at * count) / order.length);
  return { kept: order.filter((image, at) => !isHeld(image, at)).sort(), held: order.filter(isHeld).sort() };
}
