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
  const effect = fills?.[kind];
  if (effect) return effect.fill(memory, offset, shape, random, value);
  const end = offset + sizeOf(shape);
  for (let i = offset; i < end; i++) memory[i] = kind === 'uniform' ? random.uniform(-value, value) : value;
}
