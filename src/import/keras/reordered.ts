/** @file Numbers with their axes in another order. */
import { product } from '../../common/shape.ts';
import { reorder } from '../../data/npy.ts';

/** `axes`: of the result, which of the given each is. */
export function reordered(data: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  const extents = axes.map((axis) => shape[axis]!);
  const strides = axes.map((axis) => product(shape.slice(axis + 1)));
  return reorder(data, extents, strides) as Float32Array;
}
