/**
 * @file Pictures of any size and kind as pixels of the size of an input: made smaller by Lanczos' kernel of three lobes, as wide as pixels are
 * far apart, so that nothing is aliased, and larger by a cubic one; that is how folders of pictures are read for training. Only modules that are built to
 * take them carry it. It defines `cnncPictures`.
 */
import type { PictureOptions } from './executable.ts';

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

type Inputs = Readonly<Record<string, readonly number[]>>;

/** What stands in the place of pictures among `images`, which may be a list or have the names of inputs; the rest stays. */
export function fitPictures(images: unknown, inputs: Inputs, options: PictureOptions): unknown {
  const pixelsFor = (given: unknown, shape: readonly number[]): unknown => {
    if (Array.isArray(given)) return given.map((one) => pixelsFor(one, shape));
    const pixels = ArrayBuffer.isView(given) ? undefined : pixelsOf(given);
    return pixels && shape.length === 3 ? resized(pixels, shape as [number, number, number], options) : given;
  };
  const names = Object.keys(inputs);
  const named = Object(images) as Record<string, unknown>;
  if (names.every((name) => Object.hasOwn(named, name)))
    return Object.fromEntries(names.map((name) => [name, pixelsFor(named[name], inputs[name]!)]));
  return names.length === 1 ? pixelsFor(images, inputs[names[0]!]!) : images;
}

/** Of anything that can be drawn. */
function pixelsOf(given: unknown): Pixels | undefined {
  const source = Object(given);
  const width = source.naturalWidth ?? source.videoWidth ?? source.width;
  const height = source.naturalHeight ?? source.videoHeight ?? source.height;
  if (!(width > 0 && height > 0)) return undefined;
  if (source.data) return source;
  const own = source.getContext?.('2d');
  if (own) return own.getImageData(0, 0, width, height);
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** A stretch of the picture that becomes a stretch of the image. */
interface Stretch {
  readonly from: number;
  readonly length: number;
  readonly to: number;
  readonly count: number;
}

function resized(
  { width, height, data }: Pixels,
  [channels, rows, columns]: readonly [number, number, number],
  { resize, background }: PictureOptions,
): Pixels {
  const scales = [width / columns, height / rows];
  const scale = resize === 'cover' ? Math.min(...scales) : Math.max(...scales);
  const stretch = (size: number, wanted: number): Stretch => {
    if (resize === 'stretch') return { from: 0, length: size, to: 0, count: wanted };
    // The whole picture has so many pixels, of which the middle is cut out, or around which a border lies.
    const whole = Math.max(1, Math.round(size / scale));
    const count = Math.min(wanted, whole);
    const from = (Math.ceil((whole - count) / 2) * size) / whole;
    return { from, length: (count * size) / whole, to: Math.floor((wanted - count) / 2), count };
  };
  const [across, down] = [stretch(width, columns), stretch(height, rows)];
  const narrow = along(opaque(data), [height, width], 4, across);
  const fitted = along(narrow, [1, height], 4 * across.count, down);
  const filled = background === 'white' ? 255 : 0;
  const bytes = new Uint8ClampedArray(4 * rows * columns).fill(filled);
  if (channels < 4 || resize !== 'contain') for (let k = 3; k < bytes.length; k += 4) bytes[k] = 255;
  for (let i = 0; i < down.count; i++)
    for (let j = 0; j < across.count; j++) {
      const read = 4 * (i * across.count + j);
      const at = 4 * ((down.to + i) * columns + across.to + j);
      const opacity = fitted[read + 3]! / 255;
      for (let k = 0; k < 3; k++) {
        const colour = fitted[read + k]!;
        bytes[at + k] = channels === 4 ? colour / (opacity || 1) : colour + filled * (1 - opacity);
      }
      if (channels === 4) bytes[at + 3] = 255 * opacity;
    }
  return { width: columns, height: rows, data: bytes };
}

/** Colours as far as they are opaque, so that what is transparent does not tinge its neighbours. */
function opaque(data: Pixels['data']): Float32Array {
  return Float32Array.from(data, (value, k) => (k % 4 === 3 ? value : (value * data[k | 3]!) / 255));
}

/** Each of the `outer` rows, whose places hold `unit` numbers each, with other places. */
function along(
  values: Float32Array,
  [outer, size]: readonly [number, number],
  unit: number,
  { from, length, count }: Stretch,
): Float32Array {
  const result = new Float32Array(outer * count * unit);
  const step = length / count;
  const [reach, kernel] = step < 1 ? ([1, cubic] as const) : ([step, lanczos] as const);
  for (let n = 0; n < count; n++) {
    const center = from + (n + 0.5) * step - 0.5;
    const first = Math.max(0, Math.ceil(center - 3 * reach));
    const weights: number[] = [];
    for (let k = first; k <= Math.min(size - 1, center + 3 * reach); k++) weights.push(kernel((k - center) / reach));
    const sum = weights.reduce((a, b) => a + b, 0);
    for (const [k, weight] of weights.entries())
      for (let row = 0; row < outer; row++) {
        const read = (row * size + first + k) * unit;
        const write = (row * count + n) * unit;
        for (let u = 0; u < unit; u++) result[write + u]! += (weight / sum) * values[read + u]!;
      }
  }
  return result;
}

function lanczos(x: number): number {
  const turn = Math.PI * x;
  if (Math.abs(x) < 1e-6) return 1;
  return Math.abs(x) < 3 ? (3 * Math.sin(turn) * Math.sin(turn / 3)) / turn ** 2 : 0;
}

/** Catmull and Rom's, for what is made larger. */
function cubic(x: number): number {
  const r = Math.abs(x);
  if (r < 1) return (1.5 * r - 2.5) * r * r + 1;
  return r < 2 ? ((-0.5 * r + 2.5) * r - 4) * r + 2 : 0;
}
