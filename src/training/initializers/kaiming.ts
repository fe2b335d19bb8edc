import type { Initializer } from './initializer.ts';

/** He, Zhang, Ren and Sun 2015, equation 10. */
export const kaiming: Initializer<Record<never, never>> = {
  name: 'kaiming',
  summary: 'Normal, of deviation √(2/n) for n connections into a unit: keeps the scale through `relu`.',
  example: 'init kaiming',
  attributes: {},
  draw: (_, { fanIn }) => ({ kind: 'normal', value: Math.sqrt(2 / fanIn) }),
};
