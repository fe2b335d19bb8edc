/** @file Initial values. Each parameter draws from a stream of its own, named by it, so that order does not matter. */

import { sizeOf } from '../data/dataset.ts';
import type { Random } from '../data/random.ts';
import type { Draw } from '../training/initializers/initializer.ts';
import type { Parts } from './executable.ts';

/** Draws one value. */
function drawer({ kind, value }: Draw, random: Random): () => number {
  if (kind === 'uniform') return () => random.uniform(-value, value);
  if (kind === 'normal') return () => random.normal() * value;
  if (kind === 'constant') return () => value;
  return () => {
    let drawn = 3;
    while (Math.abs(drawn) > 2) drawn = random.normal();
    return drawn * value;
  };
}

export function initialise(
  memory: Float32Array,
  offset: number,
  shape: readonly number[],
  initializer: Draw,
  random: Random,
  fills?: Parts['fills'],
): void {
  const effect = fills?.[initializer.kind];
  if (effect) return effect.fill(memory, offset, shape, random);
  const draw = drawer(initializer, random);
  const end = offset + sizeOf(shape);
  for (let i = offset; i < end; i++) memory[i] = draw();
}
