/** @file Batches: what users pass, the feed that programs read, and the checks in between. */

import { type Labels, type Pixels, showShape, sizeOf } from '../data/dataset.ts';
import { TrainerError } from '../data/trainer-error.ts';
import type { NetworkDescription } from './executable.ts';
import type { Feed, Port } from './feed.ts';

/** A network with one input and one target takes the arrays themselves, another takes one array per name. */
export interface Batch {
  /** N×C×H×W. Bytes are divided by 255. */
  readonly images: Pixels | Readonly<Record<string, Pixels>>;
  /** N class numbers, or N×shape values of a tensor target; nothing for a network without targets. */
  readonly labels?: Labels | Readonly<Record<string, Labels>>;
  /** How many of the images make the batch; all unless given. */
  readonly count?: number;
}

type PortKind = { readonly shape?: readonly number[]; readonly classes?: number; readonly ignore?: number };

function makePort(name: string, { shape = [], classes = 0, ignore }: PortKind): Port {
  return { name, shape, size: sizeOf(shape), classes, ignore, values: new Float32Array(0) };
}

export function makeFeed({ inputs, targets }: NetworkDescription): Feed {
  return {
    inputs: Object.entries(inputs).map(([name, shape]) => makePort(name, { shape })),
    targets: Object.entries(targets).map(([name, target]) => makePort(name, target)),
    order: undefined,
    start: 0,
    count: 0,
    augment: undefined,
  };
}

export function imageIndex(feed: Feed, n: number): number {
  return feed.order ? feed.order[feed.start + n]! : feed.start + n;
}

function take(port: Port, alone: boolean, given: Batch['images'] | Batch['labels'] | undefined): void {
  const values =
    alone && ArrayBuffer.isView(given) ? given : (given as Record<string, Labels> | undefined)?.[port.name];
  if (!ArrayBuffer.isView(values)) {
    const problem = `the batch has no typed array for \`${port.name}\``;
    throw new TrainerError(
      'CNN4106',
      problem,
      'pass an array, or an object with one array per name where there are several',
    );
  }
  port.values = values;
}

function checkLength({ name, shape, size, values }: Port, count: number, exact: boolean, code: string): void {
  const needed = count * size;
  if (Number.isInteger(count) && (exact ? values.length === needed : values.length >= needed)) return;
  const whole = Number.isInteger(count) ? `${needed} for ${count} images` : 'a multiple of that of one image';
  const problem = `\`${name}\` holds ${values.length} values, not ${whole} (${showShape(shape)}: ${size} each)`;
  throw new TrainerError(code, problem, 'pass N×C×H×W values and as many labels as images');
}

/** CNN4103 unless each label of the batch is the number of a class, or is to be ignored. */
export function checkClasses(feed: Feed): void {
  for (const { name, classes, ignore, size, values } of feed.targets) {
    for (let i = 0; classes && i < feed.count * size; i++) {
      const n = Math.floor(i / size);
      const label = values[imageIndex(feed, n) * size + (i % size)]!;
      if ((label >= 0 && label < classes && label % 1 === 0) || label === ignore) continue;
      const problem = `label ${label} of image ${imageIndex(feed, n)} is not a class of \`${name}\`, 0 to ${classes - 1}`;
      throw new TrainerError('CNN4103', problem, `number the classes from 0, or declare \`${name}\` with more of them`);
    }
  }
}

/** CNN4104 unless one step can take so many images. */
export function checkCount(count: number, limit: number): void {
  if (count >= 1 && count <= limit) return;
  const problem = `a batch of ${count} images, but this module takes 1 to ${limit}`;
  throw new TrainerError('CNN4104', problem, 'change the size of the batch, or compile with a larger `--max-batch`');
}

/** Points the feed at a batch, or at a whole split, after checking lengths. Throws CNN4101, CNN4102, CNN4106. */
export function accept(feed: Feed, batch: Batch, exact: boolean, labelled = true): void {
  const { inputs, targets } = feed;
  for (const port of inputs) take(port, inputs.length === 1, batch.images);
  const count = batch.count ?? (inputs[0] ? inputs[0].values.length / inputs[0].size : 0);
  for (const port of inputs) checkLength(port, count, exact, 'CNN4101');
  for (const port of labelled ? targets : []) {
    take(port, targets.length === 1, batch.labels);
    checkLength(port, count, exact, 'CNN4102');
  }
  feed.order = feed.augment = undefined;
  feed.start = 0;
  feed.count = count;
}
