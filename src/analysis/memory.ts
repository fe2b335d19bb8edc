/**
 * @file Memory of a trainer module, in bytes; all values are f32. What lives for ever follows from the shapes of the
 * states. Activations are what the memory plan keeps: of one block of images where a value is used up within the block,
 * of the whole batch only where a later phase reads it again (behind a batch norm).
 */
import { elementCount, type Graph, type State } from '../ir/graph.ts';

/** The figures of a memory plan, in floats. */
export interface PlannedMemory {
  /** From the first value of an image to the last; values that live at different times share places. */
  readonly activationFloats: number;
  /** Everything. */
  readonly end: number;
}

export interface MemoryUse {
  readonly parameters: number;
  readonly gradients: number;
  readonly optimizer: number;
  /** Of the batch the memory was planned for, backward pass included. */
  readonly activations: number;
  /** The whole memory of the module while it trains. */
  readonly peak: number;
}

/** Of a module that predicts and does nothing else. */
export type PredictionMemory = Pick<MemoryUse, 'parameters' | 'activations' | 'peak'>;

export const BYTES = 4;

/** `step`: the graph of a training step, which knows the optimiser's states. */
export function memoryUse(states: readonly State[], step: Graph, planned: PlannedMemory): MemoryUse {
  const parameters = states.filter((state) => state.role === 'parameter');
  const derived = step.results.flatMap((result) => (result.role === 'gradient' ? [result.state] : []));
  const stored = step.results.flatMap((result) => (result.role === 'assign' ? [result.state] : []));
  return {
    parameters: bytesOf(parameters),
    gradients: bytesOf(derived),
    optimizer: bytesOf(stored.filter((state) => state.role === 'optimizer')),
    activations: BYTES * planned.activationFloats,
    peak: BYTES * planned.end,
  };
}

export function predictionMemory(states: readonly State[], planned: PlannedMemory): PredictionMemory {
  return {
    parameters: bytesOf(states.filter((state) => state.role === 'parameter')),
    activations: BYTES * planned.activationFloats,
    peak: BYTES * planned.end,
  };
}

function bytesOf(states: readonly State[]): number {
  return BYTES * countElements(states);
}

export function countElements(states: readonly State[]): number {
  return states.reduce((sum, state) => sum + elementCount(state.shape), 0);
}
