/**
 * @file How the elements of a value lie in memory: row after row, the last dimension innermost. A *padded* value has a line of
 * the cache to spare behind each of its outer slices where these would otherwise lie a large power of two apart: then the
 * same place of all channels falls into the same few lines of the cache, and a loop over channels finds none of them there.
 */

/** Floats of a line. */
const LINE = 16;

/** Slices that are a multiple of it apart share few sets of the first cache, which repeats every 1,024 floats. */
const CROWDED = 256;

/** Smaller slices stay together: few of them are crowded. */
const LEAST_SLICE = 512;

export interface Layout {
  /** In floats. */
  readonly strides: readonly number[];
  readonly length: number;
}

/** The layout of a value whose elements take `unit` floats each, and of which so many outer dimensions may be padded. */
export function layoutOf(shape: readonly number[], unit: number, padded = 0): Layout {
  const strides: number[] = new Array(shape.length);
  let stride = unit;
  for (let k = shape.length - 1; k >= 0; k--) {
    const isCrowded = stride >= LEAST_SLICE && stride % CROWDED === 0 && shape[k]! > 1;
    if (isCrowded && k < padded) stride += LINE;
    strides[k] = stride;
    stride *= shape[k]!;
  }
  return { strides, length: stride };
}
