/**
 * @file A step must not leave infinity or NaN behind, and must tell before it changes anything. Looking at every number
 * before and after would cost as much as the update, so one pass over the gradients and the batch's other sums, the
 * largest magnitude, decides: far below overflow, the update is safe; otherwise it is run on trial.
 */
import { sizeOf } from '../data/dataset.ts';
import type { Compiled } from './executable.ts';

export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Squares of this, its product with a rate as large, and sums of millions of either are finite. */
export const SAFE = 2 ** 40;

/** Ranges closer than this are looked at in one. */
const NEAR = 64;

/** Gradients and all sums over the batch (statistics among them), joined where they lie close together. */
export function rangesOf({ gradients, programs }: Pick<Compiled, 'gradients' | 'programs'>): Range[] {
  const ranges = [
    ...gradients.map(({ offset, shape }) => ({ offset, length: sizeOf(shape) })),
    ...programs.train.zero.map(({ offset, length }) => ({ offset, length })),
  ].sort((a, b) => a.offset - b.offset);
  const joined: { offset: number; length: number }[] = [];
  for (const { offset, length } of ranges) {
    const last = joined.at(-1);
    if (last && offset <= last.offset + last.length + NEAR)
      last.length = Math.max(last.length, offset + length - last.offset);
    else joined.push({ offset, length });
  }
  return joined;
}

/** Without their signs the bits of floats are in the order of magnitudes, with infinity and NaN above all. */
function largestOf(memory: Float32Array, { offset, length }: Range): number {
  const bits = new Int32Array(memory.buffer, memory.byteOffset + 4 * offset, length);
  let largest = 0;
  for (let i = 0; i < length; i++) largest = Math.max(largest, bits[i]! & 0x7fffffff);
  return new Float32Array(Int32Array.of(largest).buffer)[0]!;
}

/** Whether an update with these numbers cannot overflow, whatever the optimiser. */
export function isSafe(
  memory: Float32Array,
  ranges: readonly Range[],
  lr: number,
  largest: (range: Range) => number = (range) => largestOf(memory, range),
): boolean {
  return lr < SAFE && ranges.every((range) => largest(range) < SAFE);
}

type Named = { readonly name: string; readonly shape: readonly number[]; readonly offset: number };

/** The name of the first value that holds infinity or NaN. */
export function firstNotFinite(memory: Float32Array, values: readonly Named[]): string | undefined {
  return values.find(({ offset, shape }) => !memory.subarray(offset, offset + sizeOf(shape)).every(Number.isFinite))
    ?.name;
}
