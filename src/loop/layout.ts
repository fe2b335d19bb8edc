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

/**
 * What the lanes of a value are: the images of a block, for each of which it has all its elements; nothing, so that its
 * elements lie one after the other; or neighbours along one of its dimensions.
 */
export type Lanes = 'images' | 'none' | LaneDimension;

export interface LaneDimension {
  readonly dimension: number;
  /** Dimensions right before it that are numbered through with it, as groups of channels are; none unless given. */
  readonly joined?: number;
  /**
   * Where the groups of neighbours lie that fill the lanes. `inner`: all groups of a place side by side, so that the address
   * of any element is affine in its indices. `outer`: in the place of the dimension, for what is read a group at a time.
   */
  readonly groups: 'inner' | 'outer';
}

/** The layout of a value of such lanes, of which there are `width`; strides are from element to element. */
export function layoutInLanes(shape: readonly number[], lanes: Lanes, width: number, padded = 0): Layout {
  if (typeof lanes === 'string') return layoutOf(shape, lanes === 'images' ? width : 1, padded);
  const { dimension, groups, joined = 0 } = lanes;
  const first = dimension - joined;
  const isLane = (k: number) => first <= k && k <= dimension;
  const sizeFrom = (k: number) => shape.slice(k, dimension + 1).reduce((size, extent) => size * extent, 1);
  const count = Math.ceil(sizeFrom(first) / width);
  const held = shape.map((extent, k) => (isLane(k) ? (groups === 'outer' && k === dimension ? count : 1) : extent));
  const { strides, length } = layoutOf(held, groups === 'inner' ? count * width : width);
  const own = (k: number) => (groups === 'inner' ? sizeFrom(k + 1) : strides[dimension]! / width);
  return { strides: strides.map((stride, k) => (isLane(k) ? own(k) : stride)), length };
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
