/**
 * @file The running means of the weights, which are tested and kept in their place. Modules without have no use for it: it is
 * a text of its own, which defines `cnncAverage`.
 */
import { sizeOf } from '../data/dataset.ts';
import type { SwapAverages } from './executable.ts';

const PREFIX = 'optimizer.average.';

/** Exchanges means and weights: doing it twice changes nothing. */
export const swapAverages: SwapAverages = (state, memory) => {
  for (const { name, shape, offset } of state) {
    const mean = state.find((other) => other.name === PREFIX + name);
    if (!mean) continue;
    for (let i = sizeOf(shape) - 1; i >= 0; i--) {
      const weight = memory[offset + i]!;
      memory[offset + i] = memory[mean.offset + i]!;
      memory[mean.offset + i] = weight;
    }
  }
};
