/** @file The data that `fit` is given: checked as a whole before anything starts, and divided. */
import { checkShape, type Dataset, type Labels, type Pixels, type Split, soleOf } from '../data/dataset.ts';
import { type Division, holdOut } from '../data/hold-out.ts';
import { hashText } from '../data/random.ts';
import { TrainerError } from '../data/trainer-error.ts';
import { accept } from './batch.ts';
import type { Engine } from './engine.ts';
import { show, typeName } from './options.ts';

/** A data set as users pass it: without test images, or with the counts left out. */
export interface FitData extends Omit<Dataset, 'train' | 'test'> {
  readonly train: GivenSplit;
  readonly test?: GivenSplit;
}

export type GivenSplit = Omit<Split, 'count' | 'labels'> & Partial<Pick<Split, 'count' | 'labels'>>;

/** Copies some images, or labels, `size` values each. */
function copyImages(from: Pixels | Labels, size: number, indices: Int32Array): typeof from {
  const copy = from.slice(0, indices.length * size);
  for (const [n, index] of indices.entries()) copy.set(from.subarray(index * size, (index + 1) * size), n * size);
  return copy;
}

/** The images of these numbers with their labels, be they one array or one for each name. */
export function takeImages({ images, labels, count }: Split, indices: Int32Array): Split {
  const take = (from: Split['images'] | Split['labels'] = {}) =>
    ArrayBuffer.isView(from)
      ? copyImages(from, from.length / count, indices)
      : Object.fromEntries(
          Object.entries(from).map(([name, values]) => [name, copyImages(values, values.length / count, indices)]),
        );
  return { count: indices.length, images: take(images) as Split['images'], labels: take(labels) };
}

function missing(what: string): TrainerError {
  return new TrainerError('CNN4112', what, 'pass `{ train: { images, labels }, test: { images, labels } }`');
}

/** A split with its count. Throws CNN4101, CNN4102, CNN4106, CNN4112. */
export function checkSplit(engine: Engine, name: string, given: unknown): Split {
  if (typeName(given) !== 'Object') throw missing(`\`${name}\` is ${show(given)}`);
  const split = given as Split;
  const { count } = split;
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0))
    throw new TrainerError(
      'CNN4108',
      `\`count\` of \`${name}\` is ${show(count)}`,
      'pass a whole number, or leave it out',
    );
  accept(engine.feed, split, true);
  return { ...split, count: engine.feed.count };
}

/** Training and test images with their counts; there may be none to test. */
export function checkData(engine: Engine, data: unknown): { train: Split; test: Split | undefined } {
  if (typeName(data) !== 'Object') throw missing(`the data of \`fit\` is ${show(data)}`);
  const given = data as FitData;
  const input = soleOf(engine.compiled.network.inputs);
  if (input && given.shape) checkShape(given.shape, input, 'the data');
  const train = checkSplit(engine, 'train', given.train);
  if (!train.count) throw new TrainerError('CNN4144', 'the data has no training images', 'pass at least one image');
  const test = given.test === undefined ? undefined : checkSplit(engine, 'test', given.test);
  return { train, test: test?.count ? test : undefined };
}

/** Numbers of images to train on, and the images that are held out. */
export function divide(engine: Engine, train: Split, fraction: number, seed: number): Division {
  if (fraction <= 0)
    return { kept: Int32Array.from({ length: train.count }, (_, image) => image), held: new Int32Array(0) };
  if (train.count < 2)
    throw new TrainerError(
      'CNN4108',
      'of one training image none can be held out',
      'pass more images, or `validation`',
    );
  const { targets } = engine.compiled.network;
  return holdOut(train, fraction, seed, soleOf(targets)?.kind === 'class');
}

/** Values looked at in each array of a data set. */
const SAMPLE = 1009;

/** Counts, and a hash of some of the values: what tells one data set from another. */
export function fingerprint({ train, test }: { train: Split; test: Split | undefined }): string {
  const sample = (values: ArrayLike<number>) =>
    Array.from({ length: SAMPLE }, (_, k) => values[Math.floor((k * values.length) / SAMPLE)]).join();
  const part = (split: Split) => {
    const arrays = [split.images, split.labels ?? []].flatMap((given) =>
      ArrayBuffer.isView(given) ? [given] : Object.values(given),
    );
    return `${split.count} images (${hashText(arrays.map(sample).join(';')).toString(16)})`;
  };
  return `${part(train)} to learn, ${test ? part(test) : 'none'} to test`;
}
