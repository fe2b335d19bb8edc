/** @file Numbers as pictures: the maps of a layer side by side. They are painted in the worker, so that the page has only to show them. */

export interface Sheet {
  readonly name: string;
  /** `6 maps of 28×28`, for those who do not see them. */
  readonly what: string;
  readonly least: number;
  readonly most: number;
  /** Pixels that are shown as large as the edge of a map. */
  readonly tile: number;
  /** Of all maps with the gaps between them. */
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** Maps shown of a layer. */
const MOST_MAPS = 32;
/** Numbers in a row, of a layer that has no maps. */
const ROW = 64;
/** As many pixels of the picture as a map has at its edge get the room of a map: numbers that are no map are larger. */
const CELL = 5;

/** Below zero blue, above it orange, none transparent: both stand out on light and dark paper. */
const BELOW = [58, 120, 200] as const;
const ABOVE = [226, 112, 24] as const;

/** Between the maps. */
const GAP = [128, 128, 128, 70] as const;

function paint(pixels: Uint8ClampedArray, at: number, value: number, scale: number): void {
  const [red, green, blue] = value < 0 ? BELOW : ABOVE;
  pixels[at] = red;
  pixels[at + 1] = green;
  pixels[at + 2] = blue;
  pixels[at + 3] = Math.min(1, Math.abs(value) * scale) * 255;
}

function extremes(values: Float32Array): { least: number; most: number } {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, most };
}

/** Maps of `height` × `width`, one after the other in `values`. */
export function sheetOf(name: string, values: Float32Array, shape: readonly number[]): Sheet {
  const [count, height, width] = mapsOf(shape);
  const shown = Math.min(count, MOST_MAPS);
  const columns = Math.min(shown, 8);
  const rows = Math.ceil(shown / columns);
  const size = { width: columns * (width + 1) - 1, height: rows * (height + 1) - 1 };
  const pixels = new Uint8ClampedArray(4 * size.width * size.height);
  const { least, most } = extremes(values);
  const scale = 1 / Math.max(1e-12, -least, most);
  for (let at = 0; at < pixels.length; at += 4) pixels.set(GAP, at);
  for (let map = 0; map < shown; map++) {
    const [top, left] = [Math.floor(map / columns) * (height + 1), (map % columns) * (width + 1)];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        paint(pixels, 4 * ((top + y) * size.width + left + x), values[(map * height + y) * width + x] ?? 0, scale);
  }
  const tile = shape.length === 3 ? width : CELL;
  return { name, what: whatOf(shape, shown), least, most, tile, ...size, pixels };
}

/** A picture in its colours: `values` are its red, green and blue channel. */
export function colourSheet(name: string, values: Float32Array, height: number, width: number): Sheet {
  const { least, most } = extremes(values);
  // Numbers beyond 0 and 1 are no brightness: they are spread over what they span.
  const [low, high] = least < 0 || most > 1 ? [least, most] : [0, 1];
  const area = height * width;
  const pixels = new Uint8ClampedArray(4 * area).fill(255);
  for (let at = 0; at < area; at++)
    for (let channel = 0; channel < 3; channel++)
      pixels[4 * at + channel] = (255 * (values[channel * area + at]! - low)) / Math.max(1e-12, high - low);
  return { name, what: `colours of ${height}×${width}`, least, most, tile: width, width, height, pixels };
}

/** A vector is one map of a few rows. */
function mapsOf(shape: readonly number[]): readonly [number, number, number] {
  if (shape.length === 3) return shape as [number, number, number];
  const length = shape.reduce((product, extent) => product * extent, 1);
  return [1, Math.ceil(length / ROW), Math.min(length, ROW)];
}

function whatOf(shape: readonly number[], shown: number): string {
  if (shape.length !== 3) return `${shape.join('×') || 'one'} numbers`;
  const [count, height, width] = shape;
  return `${shown < count! ? `${shown} of ${count}` : count} maps of ${height}×${width}`;
}

/** The weights that look at the input, as pictures; nothing where they are none. */
export function filtersOf(
  name: string,
  values: Float32Array,
  shape: readonly number[],
  input: readonly number[],
): Sheet | undefined {
  if (shape.length === 4) {
    const [filters, channels, height, width] = shape as [number, number, number, number];
    const size = height * width;
    // Of several channels the mean, which has the form that the filter looks for.
    const means = new Float32Array(filters * size);
    for (let filter = 0; filter < filters; filter++)
      for (let channel = 0; channel < channels; channel++)
        for (let at = 0; at < size; at++)
          means[filter * size + at]! += values[(filter * channels + channel) * size + at]! / channels;
    return sheetOf(name, means, [filters, height, width]);
  }
  const [channels, height, width] = input as [number, number, number];
  if (shape.length !== 2 || shape[1] !== channels * height * width) return undefined;
  const seen = new Float32Array(shape[0]! * height * width);
  for (let unit = 0; unit < shape[0]!; unit++)
    seen.set(values.subarray(unit * shape[1]!, unit * shape[1]! + height * width), unit * height * width);
  return sheetOf(name, seen, [shape[0]!, height, width]);
}
