/** @file ONNX nodes that give the same numbers another shape or order, take some of them or put them side by side. */
import { product } from '../../common/shape.ts';
import { named } from '../texts.ts';
import { type Constant, isStep, refuse, type Step, same } from '../values.ts';
import { axisOf, slicesOf } from './folding.ts';
import { mixed, readAt, type Windows, windowed } from './formulas.ts';
import type { Layer, NodeReader } from './node-reader.ts';

const AXES: Readonly<Record<number, readonly string[]>> = {
  1: ['channels'],
  2: ['channels', 'length'],
  3: ['channels', 'height', 'width'],
};

/** The word for a dimension of one image. */
export function axisWord({ shape }: Step, dimension: number): string {
  return AXES[shape.length]?.[dimension] ?? refuse(`works along dimension ${dimension} of ${shape.length}`);
}

/** A dimension of one image from one that counts the images; the images themselves are no axis. */
export function dimensionOf({ leading }: NodeReader, step: Step, axis: number): number {
  const found = axisOf(axis, step.shape.length + leading) - leading;
  if (found < 0) refuse('it works along the images');
  return found;
}

const operandOf = (step: Step): Step => step.operands[0] as Step;
const isWord = (step: Step, word: string) => step.form === 'stage' && step.word === word;

/** Reshapes in a row are one; what a mean over the map leaves is a vector at once. */
export function reshapedTo(reader: NodeReader, x: Step, shape: readonly number[]): Step {
  if (same(x.shape, shape)) return x;
  if (isWord(x, 'reshape') || isWord(x, 'flatten')) return reshapedTo(reader, operandOf(x), shape);
  // No tensor of the language is a single number.
  if (shape.length === 0) return { ...reader.stage('reshape', x, [1], { arguments: [[1]] }), shape };
  const [, pool] = /^adaptive(avg|max)pool$/.exec(x.word) ?? [];
  if (pool && shape.length === 1 && x.shape.slice(1).every((size) => size === 1))
    return reader.stage(`global${pool}pool`, operandOf(x), shape);
  const mended = shuffled(reader, x, shape) ?? grouped(reader, x, shape);
  if (mended) return mended;
  return shape.length === 1
    ? reader.stage('flatten', x, shape)
    : reader.stage('reshape', x, shape, { arguments: [shape] });
}

/** Channels in groups, the two exchanged, and joined again. */
function shuffled(reader: NodeReader, x: Step, shape: readonly number[]): Step | undefined {
  if (!isWord(x, 'permute') || !orderOf(x).every((d, k) => d === [1, 0, 2, 3][k])) return undefined;
  const apart = operandOf(x);
  if (!isWord(apart, 'reshape') || !same(operandOf(apart).shape, shape)) return undefined;
  const [groups, size] = apart.shape as [number, number];
  if (groups * size !== shape[0]) return undefined;
  return reader.stage('channelshuffle', operandOf(apart), shape, { arguments: [groups] });
}

/** A norm of groups is written as one of instances, the groups being its channels. */
function grouped(reader: NodeReader, x: Step, shape: readonly number[]): Step | undefined {
  if (!isWord(x, 'instancenorm') || x.weights.length > 0) return undefined;
  const apart = operandOf(x);
  if (!isWord(apart, 'reshape') || !same(operandOf(apart).shape, shape)) return undefined;
  const [groups] = apart.shape;
  if (shape[0]! % groups! !== 0) return undefined;
  const others = x.arguments.filter(({ name }) => name === 'eps');
  return reader.stage('groupnorm', operandOf(apart), shape, {
    arguments: [groups!, ...others, named('affine', 'false', 'true')],
  });
}

const reshape: Layer = (reader) => {
  const x = reader.feature(0);
  const wanted = reader.list(1, 'shape') ?? refuse('its shape is missing');
  const own = reader.withImages(x.shape);
  const sizes = wanted.map((size, k) => (size === 0 && !reader.int('allowzero', 0) ? (own[k] ?? 0) : size));
  const elements = product(x.shape);
  if (reader.leading === 0) return reshapedTo(reader, x, completed(sizes, elements));
  const [first, ...rest] = sizes;
  // With any number of images, a size left open in front is theirs.
  if (first === -1) {
    if (product(rest) !== elements) refuse('it mixes images');
    return reshapedTo(reader, x, rest);
  }
  if (!Object.is(first, reader.batch) && first !== reader.batch) refuse('it mixes images');
  return reshapedTo(reader, x, completed(rest, elements));
};

/** With the size that is left open. */
function completed(sizes: readonly number[], elements: number): number[] {
  const known = product(sizes.filter((size) => size !== -1));
  const shape = sizes.map((size) => (size === -1 ? elements / known : size));
  if (product(shape) !== elements || !shape.every(Number.isInteger)) refuse('it mixes images');
  return shape;
}

const flatten: Layer = (reader) => {
  const x = reader.feature(0);
  const axis = reader.int('axis', 1);
  const at = axis < 0 ? axis + x.shape.length + reader.leading : axis;
  if (reader.leading === 0) return reshapedTo(reader, x, [product(x.shape.slice(0, at)), product(x.shape.slice(at))]);
  const before = at > 0 ? product(x.shape.slice(0, at - 1)) : 0;
  if (before !== 1) refuse(at === 0 ? 'it mixes images' : 'channels become images');
  return reshapedTo(reader, x, [product(x.shape)]);
};

const squeeze: Layer = (reader) => {
  const x = reader.feature(0);
  const axes = reader.list(1, 'axes')?.map((axis) => dimensionOf(reader, x, axis));
  return reshapedTo(
    reader,
    x,
    x.shape.filter((size, k) => (axes ? !axes.includes(k) : size !== 1)),
  );
};

const unsqueeze: Layer = (reader) => {
  const x = reader.feature(0);
  const axes = reader.list(1, 'axes') ?? refuse('its axes are missing');
  const rank = x.shape.length + reader.leading + axes.length;
  const places = axes.map((axis) => axisOf(axis, rank));
  const { leading } = reader;
  if (leading === 1 && places.includes(0)) refuse('images become an axis');
  const rest = [...x.shape];
  return reshapedTo(
    reader,
    x,
    Array.from({ length: rank - leading }, (_, k) => (places.includes(k + leading) ? 1 : rest.shift()!)),
  );
};

/** Two in a row are one, or none. */
export function permuted(reader: NodeReader, x: Step, order: readonly number[]): Step {
  if (order.every((d, k) => d === k)) return x;
  if (isWord(x, 'permute')) {
    const inner = orderOf(x);
    return permuted(
      reader,
      operandOf(x),
      order.map((d) => inner[d]!),
    );
  }
  const shape = order.map((d) => x.shape[d]!);
  // Where only dimensions of 1 change their places, it is another shape.
  const wide = order.filter((d) => x.shape[d] !== 1);
  if (wide.every((d, k) => k === 0 || wide[k - 1]! < d)) return reshapedTo(reader, x, shape);
  return reader.stage('permute', x, shape, { arguments: [order] });
}

/** What treats all places alike is done before dimensions change their places, so that they can change back. */
export function beforePermuting(reader: NodeReader, x: Step, make: (x: Step) => Step): Step {
  if (!isWord(x, 'permute')) return make(x);
  return permuted(reader, make(operandOf(x)), orderOf(x));
}

export const orderOf = (permute: Step): readonly number[] => permute.arguments[0]!.value as readonly number[];

const transpose: Layer = (reader) => {
  const x = reader.feature(0);
  const { leading } = reader;
  const order = reader.ints('perm') ?? Array.from({ length: x.shape.length + leading }, (_, k) => k).reverse();
  if (order.length !== x.shape.length + leading) refuse('its order does not fit');
  if (leading === 1 && order[0] !== 0) refuse('images change their place');
  return permuted(
    reader,
    x,
    order.slice(leading).map((d) => d - leading),
  );
};

const concat: Layer = (reader) => {
  const parts = reader.inputs.map((_, k) => reader.feature(k));
  const [first] = parts;
  if (parts.length === 1) return first!;
  return sideBySide(reader, parts, dimensionOf(reader, first!, reader.int('axis', 1)));
};

function sideBySide(reader: NodeReader, parts: readonly Step[], dimension: number): Step {
  const [first] = parts;
  const shape = first!.shape.map((size, k) =>
    k === dimension ? parts.reduce((sum, part) => sum + part.shape[k]!, 0) : size,
  );
  return reader.call('concat', parts, shape, {
    arguments: [named('axis', axisWord(first!, dimension), 'channels')],
  });
}

export function part(reader: NodeReader, x: Step, dimension: number, from: number, count: number, step = 1): Step {
  const size = x.shape[dimension]!;
  if (from === 0 && count === size && step === 1) return x;
  if (count < 1) refuse('nothing is left');
  const to = Math.min(size, from + (count - 1) * step + 1);
  return reader.stage(
    'slice',
    x,
    x.shape.map((extent, k) => (k === dimension ? count : extent)),
    {
      arguments: [from, to, named('axis', axisWord(x, dimension), 'channels'), named('step', step, 1)],
    },
  );
}

const slice: Layer = (reader) => {
  const x = reader.feature(0);
  // The number of images is whatever it is: all of them, or it is refused.
  const { leading } = reader;
  const parts = slicesOf(reader, leading === 1 ? [Number.POSITIVE_INFINITY, ...x.shape] : x.shape);
  return parts.reduce((step, { axis, from, count, step: by }) => {
    if (by < 1 && axis >= leading) return backwards(reader, step, { dimension: axis - leading, from, count, by });
    if (axis >= leading) return part(reader, step, axis - leading, from, count, by);
    const all = from === 0 && by === 1 && count >= 2 ** 31 - 1;
    return all ? step : refuse('it takes some images');
  }, x);
};

function backwards(
  reader: NodeReader,
  x: Step,
  { dimension, from, count, by }: { dimension: number; from: number; count: number; by: number },
): Step {
  if (count < 1) refuse('nothing is left');
  return readAt(
    reader,
    'reversed',
    x,
    x.shape.map((size, d) => (d === dimension ? { from, step: by, size: count } : { from: 0, step: 1, size })),
  );
}

/** Several places along a dimension, side by side. */
function severalOf(reader: NodeReader, x: Step, dimension: number, index: Constant): Step {
  const size = x.shape[dimension]!;
  const places = Array.from(index.data, (at) => (at < 0 ? at + size : at));
  if (places.some((at) => !(at >= 0 && at < size))) refuse('its index is out of range');
  const shape = [...x.shape.slice(0, dimension), ...index.shape, ...x.shape.slice(dimension + 1)];
  const runs = runsOf(places);
  const windows = windowsOf(runs);
  if (windows && x.shape.length < 4) return reshapedTo(reader, windowed(reader, x, dimension, windows), shape);
  if (runs.length <= MOST_RUNS) return reshapedTo(reader, inRuns(reader, x, dimension, runs), shape);
  if (places.length * size > 2 ** 22) refuse('its matrix is too large');
  const rows = places.map((at) => Float32Array.from({ length: size }, (_, k) => Number(k === at)));
  const taken = mixed(reader, 'gathered', x, dimension, rows);
  return reshapedTo(reader, taken, shape);
}

/** So many are told one by one; more are a matrix. */
const MOST_RUNS = 8;

interface Run {
  readonly from: number;
  readonly step: number;
  count: number;
}

/** Places that follow each other at an even distance. */
function runsOf(places: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const [k, place] of places.entries()) {
    const run = runs.at(-1);
    const step = run && place - (places[k - 1] ?? 0);
    if (run && step! > 0 && run.count === 1) runs[runs.length - 1] = { ...run, step: step!, count: 2 };
    else if (run && step === run.step && run.count > 1) run.count++;
    else runs.push({ from: place, step: 1, count: 1 });
  }
  return runs;
}

/** Three runs and more of one form that begin at an even distance. */
function windowsOf(runs: readonly Run[]): Windows | undefined {
  const [first, second] = runs;
  if (runs.length < 3 || first!.count < 2) return undefined;
  const { from, step, count } = first!;
  const by = second!.from - from;
  const fits = runs.every((run, k) => run.from === from + k * by && run.step === step && run.count === count);
  return fits && by > 0 ? { from, by, step, count: runs.length, size: count } : undefined;
}

function inRuns(reader: NodeReader, x: Step, dimension: number, runs: readonly Run[]): Step {
  const parts = runs.map(({ from, step, count }) => part(reader, x, dimension, from, count, step));
  return parts.length === 1 ? parts[0]! : sideBySide(reader, parts, dimension);
}

/** Dimensions of 1 become longer. */
const expanded: Layer = (reader) => {
  const x = reader.feature(0);
  const { leading } = reader;
  const wanted = Array.from(reader.needed(1).data);
  const rank = Math.max(wanted.length, x.shape.length + leading);
  if (leading === 1 && rank > x.shape.length + 1) refuse('images become an axis');
  const own = [...Array.from({ length: rank - leading - x.shape.length }, () => 1), ...x.shape];
  const sizes = wanted.slice(Math.max(0, wanted.length - own.length));
  const shape = own.map((size, d) => Math.max(size, sizes[d - own.length + sizes.length] ?? 1));
  if (own.some((size, d) => size !== 1 && size !== shape[d])) refuse('shapes do not fit');
  const from = reshapedTo(reader, x, own);
  if (same(own, shape)) return from;
  return readAt(
    reader,
    'expanded',
    from,
    shape.map((size, d) => ({ from: 0, step: own[d] === size ? 1 : 0, size })),
  );
};

const chosen: Layer = (reader) => {
  const x = reader.feature(0);
  const index = reader.needed(1);
  const dimension = dimensionOf(reader, x, reader.int('axis', 0));
  if (index.data.length !== 1) return severalOf(reader, x, dimension, index);
  const at = index.data[0]! < 0 ? index.data[0]! + x.shape[dimension]! : index.data[0]!;
  if (!(at >= 0 && at < x.shape[dimension]!)) refuse('its index is out of range');
  const taken = part(reader, x, dimension, at, 1);
  const kept = index.shape.map(() => 1);
  return reshapedTo(reader, taken, [...x.shape.slice(0, dimension), ...kept, ...x.shape.slice(dimension + 1)]);
};

/** One result for each part. */
export function split(reader: NodeReader): Step[] {
  const x = reader.feature(0);
  const dimension = dimensionOf(reader, x, reader.int('axis', 0));
  const extent = x.shape[dimension]!;
  const count = reader.node.outputs.length;
  const size = Math.ceil(extent / count);
  const sizes = reader.list(1, 'split') ?? Array.from({ length: count }, (_, k) => Math.min(size, extent - k * size));
  let from = 0;
  return sizes.map((length) => {
    from += length;
    return part(reader, x, dimension, from - length, length);
  });
}

const blocks =
  (word: 'pixelshuffle' | 'pixelunshuffle'): Layer =>
  (reader) => {
    const x = reader.feature(0);
    const [channels, height, width] = x.shape as [number, number, number];
    const size = reader.int('blocksize', 1);
    const grows = word === 'pixelshuffle';
    if (x.shape.length !== 3) refuse('it is no map');
    const shape = grows
      ? [channels / size ** 2, height * size, width * size]
      : [channels * size ** 2, height / size, width / size];
    const count = size ** 2;
    const [apart, own] = grows ? [count, shape[0]!] : [channels, count];
    // The language has the places of a block behind the channels, most models before.
    const before = !grows || reader.text('mode', 'DCR') === 'DCR';
    const mix = (step: Step): Step =>
      before && apart > 1 && own > 1 ? reader.stage('channelshuffle', step, step.shape, { arguments: [apart] }) : step;
    return grows
      ? reader.stage(word, mix(x), shape, { arguments: [size] })
      : mix(reader.stage(word, x, shape, { arguments: [size] }));
  };

export const SHAPE_LAYERS: Readonly<Record<string, Layer>> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Concat: concat,
  Slice: slice,
  Gather: chosen,
  Expand: expanded,
  DepthToSpace: blocks('pixelshuffle'),
  SpaceToDepth: blocks('pixelunshuffle'),
  Identity: (reader) => reader.feature(0),
  CastLike: (reader) => reader.feature(0),
  Cast: (reader) => ([1, 10, 11, 16].includes(reader.int('to', 1)) ? reader.feature(0) : refuse('whole numbers')),
};

/** Of a value that may be either. */
export const stepIn = (reader: NodeReader, k: number): Step | undefined => {
  const value = reader.inputs[k];
  return value && isStep(value) ? value : undefined;
};
