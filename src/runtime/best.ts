/** @file Copies of what an epoch has learnt, parameters and running statistics: the best of a run is kept beside the last. */
import { sizeOf } from '../data/dataset.ts';
import type { Compiled, StateLayout } from './executable.ts';

type Source = Pick<Compiled, 'state'>;

export function weightsOf({ state }: Source): readonly StateLayout[] {
  return state.filter(({ role }) => role !== 'optimizer');
}

/** One after the other in the order of the states; into an earlier copy, if there is one. */
export function copyWeights(compiled: Source, memory: Float32Array, into?: Float32Array): Float32Array {
  const states = weightsOf(compiled);
  const copy = into ?? new Float32Array(states.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  eachWeight(states, (from, to, size) => copy.set(memory.subarray(from, from + size), to));
  return copy;
}

export function setWeights(compiled: Source, memory: Float32Array, copy: Float32Array): void {
  eachWeight(weightsOf(compiled), (from, to, size) => memory.set(copy.subarray(to, to + size), from));
}

export function sameWeights(compiled: Source, memory: Float32Array, copy: Float32Array): boolean {
  const now = copyWeights(compiled, memory);
  return now.every((value, k) => value === copy[k]);
}

/** Calls `visit` with where a state lies in memory, where in a copy, and its size. */
export function eachWeight(
  states: readonly StateLayout[],
  visit: (from: number, to: number, size: number, state: StateLayout) => void,
): void {
  let to = 0;
  for (const state of states) {
    const size = sizeOf(state.shape);
    visit(state.offset, to, size, state);
    to += size;
  }
}
