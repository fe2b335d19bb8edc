/** @file From an initialiser and the connections of a unit to what the runtime draws from. */
import type { Initialization } from '../ir/graph.ts';
import type { Draw } from '../training/initializers/initializer.ts';
import { initializerNamed } from '../training/words.ts';

export function drawOf(start: Initialization): Draw {
  const { name, draw } = initializerNamed(start.kind)!;
  return draw?.(start, start) ?? { kind: name, value: 0 };
}
