/** @file The data that `fit` is given: checked as a whole before anything starts, and divided. */

import { type AnySplit, checkShape, isStreamed, type StreamedSplit, soleOf } from '../data/dataset.ts';
import { hash32 } from '../data/hash.ts';
import { type Division, holdOut } from '../data/hold-out.ts';
import { refuse } from '../data/trainer-error.ts';
import { accept, acceptLabels, onlyOnes } from './batch.ts';
import type { Engine } from './engine.ts';
import { type ExampleSource, isBatched } from './examples.ts';
import { show, typeName } from './options.ts';
import type { Dataset } from './trainer-api.ts';

/** A data set as users pass it, or a reader of data does. */
export interface FitData extends Dataset {
  readonly fingerprint?: string;
}

function missing(what: string): never {
  refuse('CNN4112', what, 'pass `{ train: { images, labels }, test: { images, labels } }`');
}

/** A split with its count. Throws CNN4101, CNN4102, CNN4106, CNN4112. */
export function checkSplit(engine: Engine, name: string, given: unknown): ExampleSource {
  if (typeName(given) !== 'Object') missing(`\`${name}\` is ${show(given)}`);
  const split = given as AnySplit;
  const { count } = split;
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0))
    refuse('CNN4108', `\`count\` of \`${name}\` is ${show(count)}`, 'pass a whole number, or none');
  if (isBatched(given)) return { ...given, count: count ?? Number.NaN };
  if (isStreamed(split)) return checkStream(engine, name, split);
  accept(engine.own, split, true);
  return { ...split, count: engine.own.count };
}

/** CNN4112 for what cannot be streamed. */
function checkStream({ feed }: Engine, name: string, split: StreamedSplit): StreamedSplit {
  if (split.count === undefined) missing(`\`${name}\` has no \`count\`, and its images are read one by one`);
  if (feed.inputs.length !== 1) missing(`\`${name}\` has one source of images for ${feed.inputs.length} inputs`);
  acceptLabels(feed, split.labels, split.count, true);
  return split;
}

/** CNN4131 for bytes that are no pixels: among all images of a set, some byte is larger than 1. */
function checkBytes({ feed }: Engine, train: ExampleSource): void {
  if (isBatched(train) || isStreamed(train)) return;
  for (const { name, values } of feed.inputs) {
    if (typeName(values) !== 'Uint8Array' || !values.includes(1) || values.some((byte) => byte > 1)) continue;
    onlyOnes('CNN4131', name);
  }
}

/** Training and test images with their counts; there may be none to test. */
export function checkData(engine: Engine, data: unknown): { train: ExampleSource; test: ExampleSource | undefined } {
  if (typeName(data) !== 'Object') missing(`the data of \`fit\` is ${show(data)}`);
  const given = data as FitData;
  const input = soleOf(engine.compiled.network.inputs);
  if (input && given.shape) checkShape(given.shape, input, 'the data');
  const train = checkSplit(engine, 'train', given.train);
  checkBytes(engine, train);
  if (train.count === 0) refuse('CNN4144', 'the data has no training images', 'pass at least one image');
  const test = given.test === undefined ? undefined : checkSplit(engine, 'test', given.test);
  return { train, test: test?.count === 0 ? undefined : test };
}

/** Numbers of images to train on, and the images that are held out. */
export function divide(engine: Engine, train: ExampleSource, fraction: number, seed: number): Division {
  const batched = isBatched(train);
  if (fraction <= 0) {
    const kept = Int32Array.from({ length: batched ? 0 : train.count }, (_, image) => image);
    return { kept, held: new Int32Array(0) };
  }
  if (batched || train.count < 2)
    refuse(
      'CNN4108',
      `of ${batched ? 'batches' : 'one training image'} none can be held out`,
      'pass `validation: { images, labels }`, or `patience: 0`',
    );
  const { targets } = engine.compiled.network;
  return holdOut(train, fraction, seed, soleOf(targets)?.kind === 'class');
}

/** Values looked at in each array of a data set. */
const SAMPLE = 1009;

/** Counts, and a hash of some of the values: what tells one data set from another, unless it says so itself. */
export function fingerprint({
  train,
  test,
  fingerprint: told,
}: {
  readonly train: ExampleSource;
  readonly test: ExampleSource | undefined;
  readonly fingerprint?: string;
}): string {
  if (told !== undefined) return told;
  const sample = (values: ArrayLike<number>) =>
    Array.from({ length: SAMPLE }, (_, k) => values[Math.floor((k * values.length) / SAMPLE)]).join();
  const part = (split: ExampleSource) => {
    if (isBatched(split)) return Number.isNaN(split.count) ? 'batches' : `${split.count} images in batches`;
    const arrays = [isStreamed(split) ? [] : split.images, split.labels ?? []].flatMap((given) =>
      ArrayBuffer.isView(given) ? [given] : Object.values(given),
    );
    return `${split.count} images (${hash32(arrays.map(sample).join(';')).toString(16)})`;
  };
  return `${part(train)} to learn, ${test ? part(test) : 'none'} to test`;
}
