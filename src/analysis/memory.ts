/**
 * @file Memory of a trainer module, in bytes; all values are f32. What lives for ever follows from the shapes of the
 * states. Activations are what the memory plan keeps: of one block of images where a value is used up within the block,
 * of the whole batch only where a later phase reads it again (behind a batch norm).
 */
import { elementCount, type Graph, type State } from '../ir/graph.ts';

/** The figures of a memory plan, in floats. */
export interface PlannedMemory {
  /** What is kept of the network from step to step. */
  readonly states: readonly PlannedState[];
  /** From the first value of an image to the last; values that live at different times share places. */
  readonly activationFloats: number;
  /** Everything. */
  readonly end: number;
  readonly live: LiveSet;
}

/** What no plan for these steps in this order can do without: where most values of images are needed at once. */
export interface LiveSet {
  readonly bytes: number;
  /** What is computed there: `conv1: conv`. */
  readonly at: string;
}

type PlannedState = Pick<State, 'role' | 'shape'>;

export interface MemoryUse {
  readonly parameters: number;
  readonly gradients: number;
  readonly optimizer: number;
  /** Of the batch the memory was planned for, backward pass included. */
  readonly activations: number;
  /** The least that activations could take. */
  readonly live: LiveSet;
  /** The whole memory of the module while it trains. */
  readonly peak: number;
}

/** Of a module that predicts and does nothing else. */
export type PredictionMemory = Pick<MemoryUse, 'parameters' | 'activations' | 'live' | 'peak'>;

export const BYTES = 4;

/** `step`: the graph of a training step, which knows what has gradients. */
export function memoryUse(step: Graph, planned: PlannedMemory): MemoryUse {
  const derived = step.results.flatMap((result) => (result.role === 'gradient' ? [result.state] : []));
  return {
    ...predictionMemory(planned),
    gradients: bytesOf(derived),
    optimizer: bytesOf(planned.states.filter((state) => state.role === 'optimizer')),
  };
}

export function predictionMemory({ states, activationFloats, end, live }: PlannedMemory): PredictionMemory {
  return {
    parameters: bytesOf(states.filter((state) => state.role === 'parameter')),
    activations: BYTES * activationFloats,
    live,
    peak: BYTES * end,
  };
}

function bytesOf(states: readonly PlannedState[]): number {
  return BYTES * countElements(states);
}

export function countElements(states: readonly PlannedState[]): number {
  return states.reduce((sum, state) => sum + elementCount(state.shape), 0);
}
