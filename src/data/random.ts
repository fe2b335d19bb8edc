/**
 * @file Random numbers that are the same everywhere: integers mixed by multiplication, floats made with arithmetic that
 * IEEE 754 rounds in one way only (no `Math.sin`, no `Math.log`); normal ones are in `normal.ts`. A stream is named by a seed and a text, so the order in
 * which streams are used does not matter and nothing has to be saved: a checkpoint holds the seed and the step.
 */

import { hash, hash32 } from './hash.ts';

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
