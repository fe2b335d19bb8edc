/** @file Nodes that are known before anything runs: constants, shapes, and the arithmetic exporters do with them. */
import { product } from '../../common/shape.ts';
import { type Constant, isStep, refuse, type Value } from '../values.ts';
import type { NodeReader } from './node-reader.ts';

/** More is no constant that a network needs: of those in the file, and of those that are made of smaller ones. */
const [LARGEST, LARGEST_MADE] = [2 ** 28, 2 ** 24];

type Fold = (reader: NodeReader) => Constant;

const vector = (reader: NodeReader, data: readonly number[], whole = true): Constant => ({
  shape: [data.length],
  data,
  name: reader.node.name,
  whole,
});

const like = (value: Constant, shape: readonly number[], data: ArrayLike<number>): Constant => ({
  ...value,
  shape,
  data,
});

function strides(shape: readonly number[]): number[] {
  return shape.map((_, k) => product(shape.slice(k + 1)));
}

/** `at`: for each place of the result, where its value lies. */
function gathered(value: Constant, shape: readonly number[], at: (place: readonly number[]) => number): Constant {
  const count = product(shape);
  if (count > LARGEST) refuse('a constant is too large');
  const data = value.data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  const place = shape.map(() => 0);
  for (let k = 0; k < count; k++) {
    data[k] = value.data[at(place)]!;
    for (let d = shape.length - 1; d >= 0 && ++place[d]! === shape[d]; d--) place[d] = 0;
  }
  return like(value, shape, data);
}

export function transposed(value: Constant, order: readonly number[]): Constant {
  const steps = strides(value.shape);
  const shape = order.map((d) => value.shape[d]!);
  return gathered(value, shape, (place) => place.reduce((sum, k, d) => sum + k * steps[order[d]!]!, 0));
}

export function axisOf(axis: number, rank: number): number {
  const found = axis < 0 ? axis + rank : axis;
  if (!(found >= 0 && found < rank)) refuse(`axis ${axis} of ${rank} dimensions`);
  return found;
}

function broadcastShape(left: readonly number[], right: readonly number[]): number[] {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, k) => {
    const [a, b] = [left, right].map((shape) => shape[k - rank + shape.length] ?? 1) as [number, number];
    if (a !== b && a !== 1 && b !== 1) refuse('shapes do not fit');
    return a === 1 ? b : a;
  });
}

function broadcast(value: Constant, shape: readonly number[]): Constant {
  if (product(shape) > Math.max(LARGEST_MADE, value.data.length)) refuse('a constant is too large');
  const steps = strides(value.shape);
  const missing = shape.length - value.shape.length;
  return gathered(value, shape, (place) =>
    value.shape.reduce((sum, size, d) => sum + (size === 1 ? 0 : place[d + missing]! * steps[d]!), 0),
  );
}

const elementwise =
  (compute: (a: number, b: number) => number): Fold =>
  (reader) => {
    const [a, b] = [reader.needed(0), reader.needed(1)];
    const shape = broadcastShape(a.shape, b.shape);
    const [left, right] = [broadcast(a, shape), broadcast(b, shape)];
    const whole = a.whole && b.whole;
    const data = Array.from(left.data, (value, k) => compute(value, right.data[k]!));
    // The number of images goes through unchanged, but no arithmetic is done with it.
    if (whole && data.some(Number.isNaN)) refuse('it calculates with the number of images');
    return like(a.name ? a : b, shape, whole ? data : Float32Array.from(data));
  };

const pointwise =
  (compute: (value: number) => number): Fold =>
  (reader) => {
    const value = reader.needed(0);
    return like(value, value.shape, Float32Array.from(value.data as ArrayLike<number>, compute));
  };

function reshaped(reader: NodeReader): Constant {
  const value = reader.needed(0);
  const wanted = reader.list(1, 'shape') ?? refuse('its shape is missing');
  const sizes = wanted.map((size, k) => (size === 0 && !reader.int('allowzero', 0) ? value.shape[k]! : size));
  const known = product(sizes.filter((size) => size !== -1));
  const shape = sizes.map((size) => (size === -1 ? value.data.length / known : size));
  if (product(shape) !== value.data.length) refuse('shapes do not fit');
  return like(value, shape, value.data);
}

/** The shape without or with dimensions of 1. */
const unsqueezed: Fold = (reader) => {
  const value = reader.needed(0);
  const axes = reader.list(1, 'axes') ?? refuse('its axes are missing');
  const rank = value.shape.length + axes.length;
  const places = new Set(axes.map((axis) => axisOf(axis, rank)));
  const rest = [...value.shape];
  return like(
    value,
    Array.from({ length: rank }, (_, k) => (places.has(k) ? 1 : rest.shift()!)),
    value.data,
  );
};

const squeezed: Fold = (reader) => {
  const value = reader.needed(0);
  const axes = reader.list(1, 'axes')?.map((axis) => axisOf(axis, value.shape.length));
  const drop = (size: number, k: number) => (axes ? axes.includes(k) : size === 1);
  return like(
    value,
    value.shape.filter((size, k) => !drop(size, k)),
    value.data,
  );
};

const gather: Fold = (reader) => {
  const [value, indices] = [reader.needed(0), reader.needed(1)];
  const axis = axisOf(reader.int('axis', 0), value.shape.length);
  const extent = value.shape[axis]!;
  const places = Array.from(indices.data, (index) => (index < 0 ? index + extent : index));
  if (places.some((place) => !(place >= 0 && place < extent))) refuse('an index is out of range');
  const steps = strides(value.shape);
  const own = strides(indices.shape);
  const shape = [...value.shape.slice(0, axis), ...indices.shape, ...value.shape.slice(axis + 1)];
  return gathered(value, shape, (place) => {
    const chosen = own.reduce((sum, step, d) => sum + step * place[axis + d]!, 0);
    const before = place.slice(0, axis).reduce((sum, k, d) => sum + k * steps[d]!, 0);
    const after = place.slice(axis + indices.shape.length).reduce((sum, k, d) => sum + k * steps[axis + 1 + d]!, 0);
    return before + places[chosen]! * steps[axis]! + after;
  });
};

const concatenated: Fold = (reader) => {
  const parts = reader.inputs.map((_, k) => reader.needed(k));
  const [first] = parts;
  if (!first || parts.some(({ shape }) => shape.length !== 1)) refuse('constants of more than one dimension');
  if (parts.reduce((sum, part) => sum + part.data.length, 0) > LARGEST_MADE) refuse('a constant is too large');
  const data = parts.flatMap((part) => Array.from(part.data));
  return { ...like(first, [data.length], data), whole: parts.every(({ whole }) => whole) };
};

const sliced: Fold = (reader) => {
  const value = reader.needed(0);
  return slicesOf(reader, value.shape).reduce((part, { axis, from, count, step }) => {
    const shape = part.shape.map((size, k) => (k === axis ? count : size));
    const steps = strides(part.shape);
    return gathered(part, shape, (place) =>
      place.reduce((sum, k, d) => sum + (d === axis ? from + k * step : k) * steps[d]!, 0),
    );
  }, value);
};

/** What a `Slice` takes, an axis each. */
export function slicesOf(reader: NodeReader, shape: readonly number[]) {
  const starts = reader.list(1, 'starts') ?? refuse('it has no starts');
  const ends = reader.list(2, 'ends') ?? refuse('it has no ends');
  const axes = reader.list(3, 'axes') ?? starts.map((_, k) => k);
  const steps = reader.list(4, 'steps') ?? starts.map(() => 1);
  return starts.map((start, k) => {
    const axis = axisOf(axes[k] ?? k, shape.length);
    const [size, step] = [shape[axis]!, steps[k]!];
    // Backwards it may end before the first.
    const last = step > 0 ? size : size - 1;
    const within = (place: number, least: number) => Math.min(last, Math.max(least, place < 0 ? place + size : place));
    const [from, to] = [within(start, 0), within(ends[k]!, step > 0 ? 0 : -1)];
    return { axis, from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
  });
}

const filled: Fold = (reader) => {
  const shape = Array.from(reader.needed(0).data);
  const value = reader.tensor('value');
  const count = product(shape);
  if (!(count <= LARGEST_MADE)) refuse('a constant is too large');
  const data = new Float64Array(count).fill(value?.data[0] ?? 0);
  return { shape, data, name: reader.node.name, whole: value?.whole ?? false };
};

const constant: Fold = (reader) => {
  const { name } = reader.node;
  const tensor = reader.tensor('value');
  if (tensor) return tensor;
  const ints = reader.has('value_int') ? undefined : reader.ints('value_ints');
  if (ints?.length) return vector(reader, ints);
  const list = reader.floats('value_floats');
  if (list?.length) return vector(reader, list, false);
  const whole = reader.has('value_int');
  if (!whole && !reader.has('value_float')) refuse('its value is no number');
  return { shape: [], data: [whole ? reader.int('value_int', 0) : reader.float('value_float', 0)], name, whole };
};

const cast: Fold = (reader) => {
  const value = reader.needed(0);
  const whole = ![1, 10, 11, 16].includes(reader.int('to', 1));
  return { ...value, whole, data: whole && !value.whole ? Array.from(value.data, Math.trunc) : value.data };
};

/** So many numbers as shapes may have. */
const LONGEST = 2 ** 20;

const range: Fold = (reader) => {
  const [start, end, step] = [0, 1, 2].map((k) => reader.needed(k).data[0]!);
  const count = Math.max(0, Math.ceil((end! - start!) / step!));
  if (!(count <= LONGEST)) refuse('it makes too many numbers');
  const data = Array.from({ length: count }, (_, k) => start! + k * step!);
  return { ...reader.needed(0), shape: [count], data };
};

/** Where all inputs are constant. */
const FOLDS: Readonly<Record<string, Fold>> = {
  Constant: constant,
  ConstantOfShape: filled,
  Identity: (reader) => reader.needed(0),
  Cast: cast,
  Reshape: reshaped,
  Flatten: (reader) => {
    const value = reader.needed(0);
    const axis = reader.int('axis', 1);
    return like(value, [product(value.shape.slice(0, axis)), product(value.shape.slice(axis))], value.data);
  },
  Unsqueeze: unsqueezed,
  Squeeze: squeezed,
  Gather: gather,
  Concat: concatenated,
  Slice: sliced,
  Transpose: (reader) => {
    const value = reader.needed(0);
    return transposed(value, reader.ints('perm') ?? value.shape.map((_, k) => value.shape.length - 1 - k));
  },
  Expand: (reader) => {
    const value = reader.needed(0);
    return broadcast(value, broadcastShape(value.shape, Array.from(reader.needed(1).data)));
  },
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Pow: elementwise((a, b) => a ** b),
  Sqrt: pointwise(Math.sqrt),
  Exp: pointwise(Math.exp),
  Neg: pointwise((value) => -value),
  Range: range,
  Reciprocal: pointwise((value) => 1 / value),
  Floor: pointwise(Math.floor),
  Ceil: pointwise(Math.ceil),
};

/** Whole numbers are divided without rest. */
const divided: Fold = (reader) =>
  elementwise(reader.constant(0)?.whole && reader.constant(1)?.whole ? (a, b) => Math.trunc(a / b) : (a, b) => a / b)(
    reader,
  );

/** The constant that a node makes; undefined if it computes with features. */
export function foldedValue(reader: NodeReader): Constant | undefined {
  const { opType } = reader.node;
  if (opType === 'Shape') return shapeOf(reader);
  const [value, target] = reader.inputs;
  // A number that gets the type of another, or of a feature.
  if (opType === 'CastLike' && value && !isStep(value) && target)
    return { ...value, whole: !isStep(target) && target.whole === true };
  if (reader.inputs.some((value: Value | undefined) => value && isStep(value))) return undefined;
  if (reader.inputs.length === 0 && opType !== 'Constant') return undefined;
  return opType === 'Div' ? divided(reader) : Object.hasOwn(FOLDS, opType) ? FOLDS[opType]!(reader) : undefined;
}

function shapeOf(reader: NodeReader): Constant {
  const value = reader.inputs[0] ?? refuse('an input is missing');
  const shape = isStep(value) ? reader.withImages(value.shape) : value.shape;
  const end = reader.int('end', shape.length);
  return vector(reader, shape.slice(reader.int('start', 0), end));
}
