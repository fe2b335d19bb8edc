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
    const size = sizeOf(shape);
    const weight = memory.slice(offset, offset + size);
    memory.copyWithin(offset, mean.offset, mean.offset + size);
    memory.set(weight, mean.offset);
  }
};
