/**
 * @file The images, labels and weights behind `curves-*.json`, made again from the numbers of a rule. The JSON stores no
 * image and no weight: both sides draw them from the same stream of 32-bit whole numbers (`stream.py` is its twin), and
 * every value is a small multiple of a power of two, so that f32 holds it exactly.
 */

/** mulberry32 (Tommy Ettinger, public domain): returns a function giving whole numbers in [0, 2^32). */
export function stream(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** How a parameter is drawn: offset + (k - 32768) · 2^(exponent - 15), k being the top 16 bits of each draw. */
export interface ParameterRule {
  readonly name: string;
  /** PyTorch's shape. */
  readonly shape: readonly number[];
  readonly seed: number;
  readonly offset: number;
  readonly exponent: number;
}

/** How images are drawn: (signal · pattern + (4 - signal) · noise - 510) / 512, pattern and noise being bytes. */
export interface ImageRule {
  /** Of one image: channels × height × width. */
  readonly shape: readonly number[];
  readonly classes: number;
  readonly seed: number;
  readonly signal: number;
  /** The labels are not the number of the pattern but, for each pixel, whether the first channel of it is bright. */
  readonly mask?: true;
}

export function initialParameter(rule: ParameterRule): Float32Array {
  const next = stream(rule.seed);
  const unit = 2 ** (rule.exponent - 15);
  return Float32Array.from({ length: sizeOf(rule.shape) }, () => rule.offset + ((next() >>> 16) - 32768) * unit);
}

/** The pattern of each class: one byte per pixel, from the stream seeded `seed + 1000 + class`. */
function patterns(rule: ImageRule): Uint8Array[] {
  return Array.from({ length: rule.classes }, (_, label) => {
    const next = stream(rule.seed + 1000 + label);
    return Uint8Array.from({ length: sizeOf(rule.shape) }, () => next() >>> 24);
  });
}

/**
 * Batch `index` of `count` images, N×C×H×W, from the stream seeded `seed + 2000 + index`: for each image one draw for the
 * label, then one for the noise of each pixel. A shorter batch is the beginning of a longer one.
 */
export function imageBatch(
  rule: ImageRule,
  index: number,
  count: number,
): { images: Float32Array; labels: Int32Array } {
  const next = stream(rule.seed + 2000 + index);
  const byClass = patterns(rule);
  const size = sizeOf(rule.shape);
  const images = new Float32Array(count * size);
  const labels = new Int32Array(count);
  const masks: number[] = [];
  for (let n = 0; n < count; n++) {
    labels[n] = ((next() >>> 16) * rule.classes) >>> 16;
    const pattern = byClass[labels[n]!]!;
    if (rule.mask) for (const byte of pattern.subarray(0, rule.shape[1]! * rule.shape[2]!)) masks.push(+(byte >= 128));
    for (let pixel = 0; pixel < size; pixel++) {
      const mixed = rule.signal * pattern[pixel]! + (4 - rule.signal) * (next() >>> 24);
      images[n * size + pixel] = (mixed - 510) / 512;
    }
  }
  return { images, labels: rule.mask ? Int32Array.from(masks) : labels };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
