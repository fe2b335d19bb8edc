/** @file Values as bytes that a page can draw: scaled to what they span, made smaller, and written as base64. */

/** So many planes of this size, row by row. */
export interface Planes {
  readonly planes: number;
  readonly height: number;
  readonly width: number;
}

export interface DrawnPlanes extends Planes {
  /** Base64. */
  readonly bytes: string;
  /** Each plane is a channel of a signal, and is drawn as a line. */
  readonly lines?: true;
}

/** Values of an input or a layer as planes: `[C, L]` is a signal, each channel a plane of one row; a vector is one row. */
export function planesOf(shape: readonly number[]): Planes & Pick<DrawnPlanes, 'lines'> {
  if (shape.length < 2) return { planes: 1, height: 1, width: shape[0] ?? 1 };
  const [planes, ...extents] = shape as [number, ...number[]];
  if (extents.length === 1) return { planes, height: 1, width: extents[0]!, lines: true };
  return { planes, height: extents[0]!, width: extents[1]! };
}

/** Each place is the mean of those that it stands for; nothing becomes larger. */
export function shrink(values: ArrayLike<number>, form: Planes, side: number): { values: Float32Array; form: Planes } {
  const { planes, height, width } = form;
  const scale = Math.min(1, side / Math.max(height, width));
  const [rows, columns] = [height, width].map((extent) => Math.max(1, Math.round(extent * scale))) as [number, number];
  const result = new Float32Array(planes * rows * columns);
  for (let at = 0; at < result.length; at++) {
    const [plane, row, column] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
    const [top, bottom] = spanOf(row, rows, height);
    const [left, right] = spanOf(column, columns, width);
    let sum = 0;
    for (let i = top; i < bottom; i++)
      for (let j = left; j < right; j++) sum += values[(plane * height + i) * width + j]!;
    result[at] = sum / ((bottom - top) * (right - left));
  }
  return { values: result, form: { planes, height: rows, width: columns } };
}

function spanOf(at: number, small: number, large: number): [number, number] {
  return [Math.floor((at * large) / small), Math.max(Math.floor(((at + 1) * large) / small), 1)];
}

/** From the least to the most of them, or between limits that are given. */
export function toBytes(values: ArrayLike<number>, limits?: readonly [least: number, most: number]): Uint8Array {
  const [least, most] = limits ?? rangeOf(values);
  const scale = most > least ? 255 / (most - least) : 0;
  // Typed arrays of clamped bytes round, and take NaN for 0.
  return new Uint8Array(Uint8ClampedArray.from(values, (value) => (value - least) * scale).buffer);
}

export function rangeOf(values: ArrayLike<number>): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let k = 0; k < values.length; k++) {
    if (values[k]! < least) least = values[k]!;
    if (values[k]! > most) most = values[k]!;
  }
  return [least, most];
}

export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

export function base64Bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** Made small, scaled to what it spans, and written down. */
export function drawn(values: ArrayLike<number>, form: Planes, side: number): DrawnPlanes {
  const small = shrink(values, form, side);
  return { ...small.form, bytes: base64(toBytes(small.values)) };
}
