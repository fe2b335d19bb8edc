/** @file The weights that training would start from, without a module: the same numbers from the same seed. */
import { Random } from '../data/random.ts';
import { elementCount, type State } from '../ir/graph.ts';
import { drawOf } from '../plan/initial-draw.ts';
import { initialise } from '../runtime/initialise.ts';
import { INITIALIZERS } from '../training/words.ts';

const FILLS = Object.fromEntries(INITIALIZERS.flatMap(({ name, effect }) => (effect ? [[name, effect]] : [])));

export function initialWeights({ name, shape, initializer }: State, seed: number): Float32Array {
  const memory = new Float32Array(elementCount(shape));
  initialise(memory, 0, shape, drawOf(initializer), new Random(seed, name), FILLS);
  return memory;
}
