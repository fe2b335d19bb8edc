/** @file Some examples of a split: copies of arrays, or the same source with other numbers. */
import { type AnySplit, isStreamed, type Labels, type Pixels, type Split } from '../data/dataset.ts';

type Values = Pixels | Labels;

/** Copies `size` values for each of the numbers. */
function takeRows(from: Values, size: number, indices: Int32Array): Values {
  const copy = from.slice(0, indices.length * size);
  for (const [n, index] of indices.entries()) copy.set(from.subarray(index * size, (index + 1) * size), n * size);
  return copy;
}

/** Of one array, or of one for each name. */
function take(from: Split['images'] | Split['labels'], count: number, indices: Int32Array) {
  if (ArrayBuffer.isView(from)) return takeRows(from, from.length / count, indices);
  const named = Object.entries(from ?? {});
  return Object.fromEntries(named.map(([name, values]) => [name, takeRows(values, values.length / count, indices)]));
}

export function takeLabels({ labels, count }: Pick<Split, 'labels' | 'count'>, indices: Int32Array): Split['labels'] {
  return take(labels, count, indices) as Split['labels'];
}

/** The examples of these numbers. */
export function takeImages(split: Split, indices: Int32Array): Split;
export function takeImages(split: AnySplit, indices: Int32Array): AnySplit;
export function takeImages(split: AnySplit, indices: Int32Array): AnySplit {
  const count = indices.length;
  const labels = takeLabels(split, indices);
  if (!isStreamed(split)) return { count, labels, images: take(split.images, split.count, indices) as Split['images'] };
  const { images } = split;
  const read: typeof images.read = (places, into) =>
    images.read(
      places.map((place) => indices[place]!),
      into,
    );
  return { count, labels, images: { read } };
}
