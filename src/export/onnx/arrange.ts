/** @file Tensors whose dimensions are known by the axes that they lie along, the images among them, in the order that a node wants. */
import { product } from '../../common/shape.ts';
import type { Axis } from '../../ir/scalar.ts';
import { BATCH, type Extent, type GraphWriter, type Value } from './graph-writer.ts';

/** What the images lie along: no axis of a formula. */
export const IMAGES: Axis = { name: '', extent: Number.NaN };

/** A dimension for each axis. */
export interface Arranged {
  readonly value: Value;
  readonly axes: readonly Axis[];
}

const extentOf = (axis: Axis): Extent => (axis === IMAGES ? BATCH : axis.extent);

/** Of several dimensions as one. */
function together(axes: readonly Axis[]): Extent {
  const times = product(axes.flatMap((axis) => (axis === IMAGES ? [] : [axis.extent])));
  if (!axes.includes(IMAGES)) return times;
  return times === 1 ? BATCH : { batches: times };
}

export function inOrder(writer: GraphWriter, { value, axes }: Arranged, order: readonly Axis[]): Value {
  if (order.every((axis, k) => axis === axes[k])) return value;
  const perm = order.map((axis) => axes.indexOf(axis));
  return writer.emit('Transpose', [value], { shape: perm.map((k) => value.shape[k]!), attributes: { perm } });
}

/** With a dimension for each list of axes; where a list is empty, one place. */
export function joined(writer: GraphWriter, from: Arranged, groups: readonly (readonly Axis[])[]): Value {
  const value = inOrder(writer, from, groups.flat());
  const shape = groups.map(together);
  return reshapedTo(writer, value, shape);
}

/** The other way: dimensions that are several axes each. */
export function apart(writer: GraphWriter, value: Value, groups: readonly (readonly Axis[])[]): Arranged {
  const axes = groups.flat();
  return { value: reshapedTo(writer, value, axes.map(extentOf)), axes };
}

function reshapedTo(writer: GraphWriter, value: Value, shape: readonly Extent[]): Value {
  const alike = (extent: Extent, other: Extent | undefined) =>
    typeof extent === 'object' ? typeof other === 'object' && other.batches === extent.batches : extent === other;
  if (shape.length === value.shape.length && shape.every((extent, k) => alike(extent, value.shape[k]))) return value;
  // In front the number of images is kept; elsewhere it is what is left.
  const target = shape.map((extent, k) =>
    typeof extent === 'number' ? extent : k === 0 && extent === BATCH && value.varying ? 0 : -1,
  );
  return writer.emit('Reshape', [value, writer.integers(target)], { shape });
}
