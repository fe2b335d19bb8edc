/** @file Numbers with their axes in another order. */
import { product } from '../../common/shape.ts';

/** `axes`: of the result, which of the given each is. */
export function reordered(data: Float32Array, shape: readonly number[], axes: readonly number[]): Float32Array {
  if (axes.every((axis, k) => axis === k)) return data;
  const strides = axes.map((axis) => product(shape.slice(axis + 1)));
  const sizes = axes.map((axis) => shape[axis]!);
  const result = new Float32Array(data.length);
  const place = sizes.map(() => 0);
  for (let to = 0, from = 0; to < result.length; to++) {
    result[to] = data[from]!;
    for (let k = sizes.length - 1; k >= 0; k--) {
      from += strides[k]!;
      if (++place[k]! < sizes[k]!) break;
      from -= sizes[k]! * strides[k]!;
      place[k] = 0;
    }
  }
  return result;
}
