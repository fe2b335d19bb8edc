/** @file What is done with values at many places: other shapes, other orders, numbers that meet maps. */
import { BATCH, type Extent, type GraphWriter, type Value } from './graph-writer.ts';

/** A shape for `Reshape`: 0 stands for the batch. */
const target = (shape: readonly Extent[]) =>
  shape.map((extent) => (typeof extent === 'number' ? extent : extent === BATCH ? 0 : -1));

/** The same elements under other extents. */
export function reshaped(writer: GraphWriter, value: Value, extents: readonly number[]): Value {
  if (value.extents.join() === extents.join()) return value;
  const shape: Extent[] = value.varying ? [BATCH, ...extents] : [...extents];
  return writer.emit('Reshape', [value, writer.integers(target(shape))], { shape });
}

/** Dimension k of the result is dimension `order[k]` of the value, the batch not counted. */
export function transposed(writer: GraphWriter, value: Value, order: readonly number[]): Value {
  if (order.every((from, k) => from === k)) return value;
  const lead = value.varying ? 1 : 0;
  const perm = [...(lead ? [0] : []), ...order.map((k) => k + lead)];
  return writer.emit('Transpose', [value], {
    shape: perm.map((k) => value.shape[k]!),
    attributes: { perm },
  });
}

/** Puts extents of 1 where `extents` has them and the value has no dimension: `places` are those of the result. */
export function unsqueezed(writer: GraphWriter, value: Value, places: readonly number[]): Value {
  if (places.length === 0) return value;
  const lead = value.varying ? 1 : 0;
  const extents = [...value.extents];
  for (const place of places) extents.splice(place, 0, 1);
  return writer.emit('Unsqueeze', [value, writer.integers(places.map((place) => place + lead))], {
    shape: value.varying ? [BATCH, ...extents] : extents,
  });
}

/** Repeats what has an extent of 1, or no dimension, until the extents are these. */
export function expanded(writer: GraphWriter, value: Value, extents: readonly number[]): Value {
  if (value.extents.length === extents.length && value.extents.every((extent, k) => extent === extents[k]))
    return value;
  const shape: Extent[] = value.varying ? [BATCH, ...extents] : [...extents];
  const wanted = value.varying ? [1, ...extents] : extents;
  return writer.emit('Expand', [value, writer.integers(wanted)], { shape });
}

/** The number of images, as a vector of one integer. */
export function batchSize(writer: GraphWriter): Value {
  const [input] = writer.inputs;
  return writer.emit('Shape', [input!], { shape: [1], element: 'int64', attributes: { start: 0, end: 1 } });
}

/** A uniform value once for each image. */
export function repeated(writer: GraphWriter, value: Value): Value {
  if (value.varying) return value;
  const shape = writer.emit('Concat', [batchSize(writer), writer.integers(value.extents)], {
    shape: [1 + value.extents.length],
    element: 'int64',
    attributes: { axis: 0 },
  });
  return writer.emit('Expand', [value, shape], { shape: [BATCH, ...value.extents] });
}

/** The shape of an operator that repeats ones on both sides, aligned at the last dimension. */
export function broadcastShape(values: readonly Value[]): Extent[] {
  const rank = Math.max(...values.map(({ shape }) => shape.length));
  return Array.from({ length: rank }, (_, k) => {
    const extents = values.map(({ shape }) => shape[k - rank + shape.length] ?? 1);
    return extents.find((extent) => extent !== 1) ?? 1;
  });
}

export function elementwise(writer: GraphWriter, opType: string, values: readonly Value[]): Value {
  return writer.emit(opType, values, { shape: broadcastShape(values) });
}
