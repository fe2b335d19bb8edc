/** @file The values of the training images: their range, and mean and deviation of each channel, for `normalize`. */
import { type AnySplit, isStreamed, type Pixels, sizeOf } from '../../data/dataset.ts';

export interface Values {
  readonly lowest: number;
  readonly highest: number;
  /** One number a channel. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** Images that are read at a time. */
const TOGETHER = 64;

/** Arrays of images, a part at a time: all of it, or what is read. Broken ones are left out. */
export async function* partsOf(split: AnySplit, size: number): AsyncGenerator<Pixels, void, void> {
  if (!isStreamed(split)) {
    yield split.images as Pixels;
    return;
  }
  for (let first = 0; first < split.count; first += TOGETHER) {
    const indices = Int32Array.from({ length: Math.min(TOGETHER, split.count - first) }, (_, k) => first + k);
    const bytes = new Uint8Array(indices.length * size);
    const bad = new Set(await split.images.read(indices, bytes));
    for (let n = 0; n < indices.length; n++) if (!bad.has(n)) yield bytes.subarray(n * size, (n + 1) * size);
  }
}

/** Sums of a channel, about a value near its mean: no digits are lost where that is large. */
class Moments {
  count = 0;
  lowest = Number.POSITIVE_INFINITY;
  highest = Number.NEGATIVE_INFINITY;
  #about = 0;
  #sum = 0;
  #squares = 0;

  add(values: Pixels, from: number, to: number, scale: number): void {
    if (this.count === 0) this.#about = values[from]! * scale;
    for (let at = from; at < to; at++) {
      const value = values[at]! * scale;
      if (value < this.lowest) this.lowest = value;
      if (value > this.highest) this.highest = value;
      const off = value - this.#about;
      this.#sum += off;
      this.#squares += off * off;
    }
    this.count += to - from;
  }

  get mean(): number {
    return this.#about + this.#sum / this.count;
  }

  get deviation(): number {
    const mean = this.#sum / this.count;
    return Math.sqrt(Math.max(0, this.#squares / this.count - mean * mean));
  }
}

/** Of images of one shape; bytes stand for 0 to 1. */
export async function measureValues(parts: AsyncIterable<Pixels>, shape: readonly number[]): Promise<Values> {
  const channels = shape.length === 3 ? shape[0]! : 1;
  const plane = sizeOf(shape) / channels;
  const moments = Array.from({ length: channels }, () => new Moments());
  for await (const values of parts) {
    const scale = values instanceof Uint8Array ? 1 / 255 : 1;
    for (let at = 0; at < values.length; at += plane)
      moments[(at / plane) % channels]!.add(values, at, at + plane, scale);
  }
  return {
    lowest: Math.min(...moments.map(({ lowest }) => lowest)),
    highest: Math.max(...moments.map(({ highest }) => highest)),
    mean: moments.map(({ mean }) => mean),
    deviation: moments.map(({ deviation }) => deviation),
  };
}

const short = (value: number) => Number(value.toPrecision(4));

/** The line of a `train` block; nothing where a channel is the same everywhere. */
export function normalizeLine({ mean, deviation }: Values, input?: string): string | undefined {
  if (!deviation.every((value) => value > 0)) return undefined;
  const list = (values: readonly number[]) => `[${values.map(short).join(', ')}]`;
  return `normalize ${input ? `${input}, ` : ''}mean: ${list(mean)}, std: ${list(deviation)}`;
}
