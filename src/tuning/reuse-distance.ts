/**
 * @file How far away what kernels read and write is: the bytes that were touched since it was touched last (the stack
 * distance of Mattson et al. 1970, in bytes). What fits into a cache between two uses is near; how much
 * that is, and what a byte from farther away takes, is measured.
 */
import type { LoweredProgram, PlacedKernel } from '../plan/lowered-program.ts';
import type { Slot } from '../plan/plan-memory.ts';

const FLOAT = 4;

export interface Touch {
  readonly bytes: number;
  /** Infinite at the first time. */
  readonly distance: number;
}

/** Kernel after kernel as a program calls them; what a step leaves near is there for the next one. */
export function touchesOf(program: LoweredProgram, blocks: number): ReadonlyMap<PlacedKernel, readonly Touch[]> {
  const calls = program.phases.flatMap(({ kind, kernels }) =>
    kind === 'blocks'
      ? Array.from({ length: blocks }, (_, block) => kernels.map((kernel) => ({ kernel, block }))).flat()
      : kernels.map((kernel) => ({ kernel, block: 0 })),
  );
  return distances([...calls, ...calls], blocks, calls.length);
}

interface Call {
  readonly kernel: PlacedKernel;
  readonly block: number;
}

interface Place {
  readonly start: number;
  readonly bytes: number;
}

function placeOf({ start, length, perBlock }: Slot, block: number): Place {
  return { start: start + block * perBlock, bytes: FLOAT * length };
}

function placesOf({ kernel: { kernel, slots }, block }: Call, blocks: number): Place[] {
  if (!kernel.overBlocks) return slots.map((slot) => placeOf(slot, block));
  const all = Array.from({ length: blocks }, (_, k) => k);
  return slots.flatMap((slot) => (slot.perBlock > 0 ? all.map((k) => placeOf(slot, k)) : [placeOf(slot, 0)]));
}

/** Of the calls from number `from` on. */
function distances(calls: readonly Call[], blocks: number, from: number): Map<PlacedKernel, Touch[]> {
  const touched = calls.map((call) => placesOf(call, blocks));
  const recent = new Recent(touched.reduce((sum, places) => sum + places.length, 0));
  const found = new Map<PlacedKernel, Touch[]>();
  touched.forEach((places, k) => {
    const touches = places.map(({ start, bytes }) => ({ bytes, distance: recent.touch(start, bytes) }));
    if (k < from) return;
    const { kernel } = calls[k]!;
    const known = found.get(kernel);
    if (known) known.push(...touches);
    else found.set(kernel, touches);
  });
  return found;
}

/** The bytes at the time of their last touch, in a Fenwick tree. */
class Recent {
  #now = 0;
  readonly #sums: Float64Array;
  readonly #last = new Map<number, { readonly time: number; readonly bytes: number }>();

  constructor(touches: number) {
    this.#sums = new Float64Array(touches + 1);
  }

  touch(start: number, bytes: number): number {
    const last = this.#last.get(start);
    const distance = last ? this.#upTo(this.#now) - this.#upTo(last.time) + bytes : Number.POSITIVE_INFINITY;
    if (last) this.#add(last.time, -last.bytes);
    this.#now++;
    this.#add(this.#now, bytes);
    this.#last.set(start, { time: this.#now, bytes });
    return distance;
  }

  #add(time: number, bytes: number): void {
    for (let k = time; k < this.#sums.length; k += k & -k) this.#sums[k]! += bytes;
  }

  #upTo(time: number): number {
    let sum = 0;
    for (let k = time; k > 0; k -= k & -k) sum += this.#sums[k]!;
    return sum;
  }
}
