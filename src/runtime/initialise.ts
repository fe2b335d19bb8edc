/** @file Initial values. Each parameter draws from a stream of its own, named by it, so that order does not matter. */

import { sizeOf } from '../data/dataset.ts';
import type { Random } from '../data/random.ts';
import type { Draw } from '../training/initializers/initializer.ts';
import type { Parts } from './executable.ts';

export function initialise(
  memory: Float32Array,
  offset: number,
  shape: readonly number[],
  { kind, value }: Draw,
  random: Random,
  fills?: Parts['fills'],
): void {
  const values = memory.subarray(offset, offset + sizeOf(shape));
  const effect = fills?.[kind];
  if (effect) effect.fill(values, shape, random, value);
  else if (kind === 'uniform') for (let i = 0; i < values.length; i++) values[i] = random.uniform(-value, value);
  else values.fill(value);
}
