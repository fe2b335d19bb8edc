/** @file Copies of states: of all before an update on trial, and of the weights of the best epoch beside those of the last. */
import { sizeOf } from '../data/dataset.ts';
import type { Compiled, StateLayout } from './executable.ts';

/** Parameters and running statistics: what an epoch has learnt. */
export function weightsOf({ state }: Pick<Compiled, 'state'>): readonly StateLayout[] {
  return state.filter(({ role }) => role !== 'optimizer');
}

/** One after the other; into an earlier copy, if there is one. */
export function copyStates(memory: Float32Array, states: readonly StateLayout[], into?: Float32Array): Float32Array {
  const copy = into ?? new Float32Array(states.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  eachState(states, (from, to, size) => copy.set(memory.subarray(from, from + size), to));
  return copy;
}

export function restoreStates(memory: Float32Array, states: readonly StateLayout[], copy: Float32Array): void {
  eachState(states, (from, to, size) => memory.set(copy.subarray(to, to + size), from));
}

/** Calls `visit` with where a state lies in memory, where in a copy, and its size. */
export function eachState(
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
