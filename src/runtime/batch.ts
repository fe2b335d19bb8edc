/** @file Batches: what users pass, the feed that programs read, and the checks in between. */

import { showShape, sizeOf } from '../data/dataset.ts';
import { refuse } from '../data/trainer-error.ts';
import type { NetworkDescription, Parts } from './executable.ts';
import type { Feed, Port } from './feed.ts';
import { show, typeName } from './options.ts';
import { isPicture, pixelsOf } from './pictures.ts';
import type { Batch } from './trainer-api.ts';

type PortKind = Partial<Pick<Port, 'shape' | 'classes' | 'ignore' | 'fraction'>>;

function makePort(name: string, { shape = [], classes = 0, ignore, fraction }: PortKind): Port {
  return { name, shape, size: sizeOf(shape), classes, ignore, fraction, values: new Float32Array(0) };
}

/** A tensor target with height and width: what holds for images holds for it. */
export function isMap({ shape, classes }: Port): boolean {
  return shape.length > 1 && !classes;
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

/** CNN4131 for arrays of which it is not certain how their numbers become values. */
function checkType({ name }: Port, values: unknown, scales: boolean): void {
  const type = typeName(values);
  if (scales ? /^(Float(32|64)|Uint8)Array$/.test(type) : /^(Float|Int|Uint)/.test(type)) return;
  const hint = /Clamped/.test(type)
    ? 'pass the ImageData itself'
    : scales
      ? 'pass a Uint8Array, which is divided by 255, or a Float32Array, which is not'
      : 'pass Int32Array.from(values, Number)';
  refuse('CNN4131', `the values of \`${name}\` are a ${type}`, hint);
}

/** Bytes of which none is larger than 1 would be divided by 255 all the same. */
export function onlyOnes(code: string, name: string): never {
  const problem = `the bytes of \`${name}\` are all 0 or 1, which would stand for 0 and 1/255`;
  refuse(code, problem, 'pass a Float32Array, or 255 in place of 1');
}

/** Points the port at its array; of images, which scale, also from pictures. */
function take(port: Port, alone: boolean, given: unknown, scales: boolean, pictures: boolean): void {
  const named = alone && !isRecord(given) ? given : (given as Record<string, unknown> | undefined)?.[port.name];
  const values = pictures && !ArrayBuffer.isView(named) ? (pixelsOf(port, named) ?? named) : named;
  if (!ArrayBuffer.isView(values)) noArray(port, values);
  checkType(port, values, scales);
  port.values = values as Port['values'];
}

/** An object of arrays by name; pictures and arrays are other kinds of objects. */
function isRecord(given: unknown): boolean {
  return typeName(given) === 'Object' && !isPicture(given);
}

function noArray({ name, classes }: Port, given: unknown): never {
  const isList = Array.isArray(given) && (given.length === 0 || typeof given[0] === 'object');
  const hint = isList
    ? 'pass one typed array with all images, or a list of pictures alone'
    : Array.isArray(given)
      ? `pass ${classes ? 'Int32Array' : 'Float32Array'}.from(values)`
      : given instanceof Promise
        ? 'write `await` before it'
        : 'pass a typed array, or an object with one for each name';
  refuse('CNN4106', `\`${name}\` is ${given === undefined ? 'not there' : show(given)}`, hint);
}

function checkLength({ name, shape, size, values }: Port, count: number, exact: boolean, code: string): void {
  const needed = count * size;
  if (Number.isInteger(count) && (exact ? values.length === needed : values.length >= needed)) return;
  const whole = Number.isInteger(count) ? `${needed} for ${count} images` : 'a multiple of one image';
  const problem = `\`${name}\` holds ${values.length} values, not ${whole} (${showShape(shape)}: ${size} each)`;
  refuse(code, problem, 'pass N×C×H×W values and as many labels as images');
}

/** CNN4103 unless each label of the batch is the number of a class, or is to be ignored; CNN4130 for other targets. */
export function checkLabels(feed: Feed, parts: Parts | undefined): void {
  for (const port of feed.targets) parts?.checkFractions?.(feed, port);
  for (const { name, classes, ignore, size, values } of feed.targets) {
    for (let i = 0; classes && i < feed.count * size; i++) {
      const n = Math.floor(i / size);
      const label = values[imageIndex(feed, n) * size + (i % size)]!;
      if ((label >= 0 && label < classes && label % 1 === 0) || label === ignore) continue;
      const problem = `label ${label} of image ${imageIndex(feed, n)} is not a class of \`${name}\`, 0 to ${classes - 1}`;
      refuse('CNN4103', problem, `number the classes from 0, or declare \`${name}\` with more of them`);
    }
  }
}

/** CNN4104 unless one step can take so many images. */
export function checkCount(count: number, limit: number): void {
  if (count >= 1 && count <= limit) return;
  if (count < 1) refuse('CNN4104', `a batch of ${count} images`, 'pass one image at least');
  const problem = `a batch of ${count} images, but this module takes 1 to ${limit}`;
  refuse('CNN4104', problem, 'pass fewer, or compile with a larger `--max-batch`');
}

/** Points the feed at a batch, or at a whole split, after checking lengths. Throws CNN4101, CNN4102, CNN4106, CNN4108. */
export function accept(feed: Feed, batch: Batch, exact: boolean, labelled = true): void {
  const { inputs } = feed;
  if (typeName(batch) !== 'Object') refuse('CNN4106', `the batch is ${show(batch)}`, 'pass `{ images, labels }`');
  for (const port of inputs) take(port, inputs.length === 1, batch.images, true, true);
  const count = batch.count ?? (inputs[0] ? inputs[0].values.length / inputs[0].size : 0);
  if (typeof count !== 'number' || batch.count === null)
    refuse('CNN4108', `\`count\` is ${show(batch.count)}`, 'pass a whole number, or none');
  for (const port of inputs) checkLength(port, count, exact, 'CNN4101');
  if (labelled) acceptLabels(feed, batch.labels, count, exact);
  feed.order = feed.augment = undefined;
  feed.start = 0;
  feed.count = count;
}

/** Points the feed at the labels of so many images. Throws CNN4102, CNN4106. */
export function acceptLabels({ targets }: Feed, labels: Batch['labels'], count: number, exact: boolean): void {
  for (const port of targets) {
    take(port, targets.length === 1, labels, isMap(port), false);
    checkLength(port, count, exact, 'CNN4102');
  }
}
