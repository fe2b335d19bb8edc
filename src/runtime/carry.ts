/**
 * @file Sums over many blocks. Each block adds to sums in f32; after some of them what they came to goes on in f64, so that
 * the sums of a large batch are as exact as those of a small one. Modules for such batches carry it.
 */
import type { Carry, SumCarry } from './executable.ts';

export class SumsInDoubles implements Carry {
  readonly #totals: Float64Array;

  constructor(
    readonly memory: Float32Array,
    readonly sums: SumCarry['sums'],
  ) {
    this.#totals = new Float64Array(sums.reduce((total, { length }) => total + length, 0));
  }

  /** What the blocks of a group have added up so far. */
  take(group: number): void {
    this.#eachRun(group, (values, totals) => {
      for (let i = 0; i < values.length; i++) totals[i]! += values[i]!;
      values.fill(0);
    });
  }

  /** Leaves the whole sums where they belong, rounded, and begins anew. */
  leave(group: number): void {
    this.#eachRun(group, (values, totals) => {
      for (let i = 0; i < values.length; i++) values[i] = totals[i]! + values[i]!;
      totals.fill(0);
    });
  }

  #eachRun(group: number, visit: (values: Float32Array, totals: Float64Array) => void): void {
    let at = 0;
    for (const { offset, length, perGroup = 0 } of this.sums) {
      const from = offset + group * perGroup;
      visit(this.memory.subarray(from, from + length), this.#totals.subarray(at, at + length));
      at += length;
    }
  }
}
