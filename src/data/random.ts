/**
 * @file Random numbers that are the same everywhere: integers mixed by multiplication, floats made with arithmetic that
 * IEEE 754 rounds in one way only (no `Math.sin`, no `Math.log`); normal ones are in `normal.ts`. A stream is named by a seed and a text, so the order in
 * which streams are used does not matter and nothing has to be saved: a checkpoint holds the seed and the step.
 */

/** Avalanche of 32 bits (the finalizer of MurmurHash3, Appleby 2011). */
export function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** 32 bits drawn from three counters, such as seed, step and image. */
export function hash(first: number, second: number, third: number): number {
  return mix(mix(mix(first + 0x9e3779b9) + second + 0x7f4a7c15) + third + 0x165667b1);
}

/** FNV-1a over the UTF-16 units of a name. */
export function hash32(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  return bits >>> 0;
}

/** Natural logarithm for 0 < x <= 1 by the series of artanh; the engine's own may differ in the last bit. */
export function logarithm(x: number): number {
  let exponent = 0;
  while (x < 0.7) {
    x *= 2;
    exponent++;
  }
  const s = (x - 1) / (x + 1);
  let sum = 0;
  for (let k = 21; k >= 1; k -= 2) sum = sum * s * s + 1 / k;
  return 2 * s * sum - exponent * Math.LN2;
}

/** A stream of random numbers: xoshiro128** (Blackman and Vigna 2018). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number, stream: string) {
    const name = hash32(stream);
    this.#a = hash(seed, name, 0);
    this.#b = hash(seed, name, 1);
    this.#c = hash(seed, name, 2);
    this.#d = hash(seed, name, 3) | 1;
  }

  /** 32 bits. */
  next(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  /** Uniform in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.next() / 0x100000000);
  }

  /** A whole number in [0, limit), without the bias of a remainder. */
  below(limit: number): number {
    return Math.floor(this.uniform(0, limit));
  }
}

/** Fisher and Yates, in place. */
export function shuffle(order: Int32Array, random: Random): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
}
