/** @file Images and labels drawn from a seed, in the shapes of a network: to compute with, not to learn from. */

import { product } from '../common/shape.ts';
import { Random } from '../data/random.ts';
import type { NetworkDescription } from '../runtime/executable.ts';
import type { Batch } from '../runtime/trainer-api.ts';

export function randomBatch(
  { inputs, targets }: Pick<NetworkDescription, 'inputs' | 'targets'>,
  count: number,
  seed: number,
): Batch {
  const random = new Random(seed, 'gradcheck');
  const draw = (size: number, value: () => number) => Float32Array.from({ length: count * size }, value);
  const images = Object.entries(inputs).map(([name, shape]) => {
    return [name, draw(product(shape), () => 2 * random.uniform() - 1)] as const;
  });
  const labels = Object.entries(targets).map(([name, target]) => {
    const { kind } = target;
    if (kind === 'tensor') return [name, draw(product(target.shape), () => random.uniform())] as const;
    return [name, draw(product(target.shape ?? []), () => Math.floor(random.uniform() * target.classes))] as const;
  });
  return { images: soleOrNamed(images), labels: soleOrNamed(labels), count };
}

/** A network with one input takes the array itself. */
function soleOrNamed(
  arrays: readonly (readonly [string, Float32Array])[],
): Float32Array | Record<string, Float32Array> {
  return arrays.length === 1 ? arrays[0]![1] : Object.fromEntries(arrays);
}
