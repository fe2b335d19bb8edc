/** @file Some examples of a set as a batch for a trainer, whether the set is in memory or read when it is needed. */

import { type AnySplit, isStreamed, type Pixels } from '../data/dataset.ts';
import { takeImages, takeLabels } from '../runtime/take-images.ts';
import type { Batch } from '../runtime/trainer-api.ts';

/** `images` has the values of one input, or an array for each by its name. */
export interface TakenBatch extends Batch {
  readonly count: number;
  readonly images: Pixels | Readonly<Record<string, Pixels>>;
  /** The numbers of the examples that it has. */
  readonly kept: Int32Array;
}

/** `size`: values of an image, for sets that are read. Images that cannot be decoded are left out. */
export async function takeBatch(split: AnySplit, indices: Int32Array, size: number): Promise<TakenBatch> {
  if (!isStreamed(split)) {
    const { images, labels, count } = takeImages(split, indices);
    return { images, labels, count, kept: indices } as TakenBatch;
  }
  const read = new Uint8Array(indices.length * size);
  const bad = new Set(await split.images.read(indices, read));
  const kept = indices.filter((_, n) => !bad.has(n));
  const images = new Uint8Array(kept.length * size);
  let at = 0;
  for (let n = 0; n < indices.length; n++)
    if (!bad.has(n)) images.set(read.subarray(n * size, (n + 1) * size), size * at++);
  return { images, labels: takeLabels(split, kept) as Batch['labels'], count: kept.length, kept };
}
