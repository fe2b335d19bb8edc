/** @file Initial values. Each parameter draws from a stream of its own, named by it, so that order does not matter. */

import { sizeOf } from '../data/dataset.ts';
import type { Random } from '../data/random.ts';
import type { Initialization } from '../ir/graph.ts';
import type { FillOrthogonal } from './executable.ts';

/** Draws one value; `orthogonal` needs the whole matrix and is a part of its own. */
function drawer(initializer: Initialization, random: Random): () => number {
  const { kind, fanIn, fanOut, value = 0 } = initializer;
  const within = (bound: number) => () => random.uniform(-bound, bound);
  switch (kind) {
    case 'kaiming': // He et al. 2015, equation 10
      return () => random.normal() * Math.sqrt(2 / fanIn);
    case 'xavier':
      return within(1 / Math.sqrt(fanIn));
    case 'xavier_normalized': // Glorot and Bengio 2010, equation 16
      return within(Math.sqrt(6 / (fanIn + fanOut)));
    case 'uniform':
      return within(value);
    case 'normal':
      return () => random.normal() * value;
    case 'ones':
      return () => 1;
    case 'constant':
      return () => value;
    default:
      return () => 0;
  }
}

export function initialise(
  memory: Float32Array,
  offset: number,
  shape: readonly number[],
  initializer: Initialization,
  random: Random,
  fillOrthogonal?: FillOrthogonal,
): void {
  if (initializer.kind === 'orthogonal') return fillOrthogonal!(memory, offset, shape, random);
  const draw = drawer(initializer, random);
  const end = offset + sizeOf(shape);
  for (let i = offset; i < end; i++) memory[i] = draw();
}
