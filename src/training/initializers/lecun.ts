import type { Initializer } from './initializer.ts';

/** LeCun, Bottou, Orr and Müller 1998, section 4.6. */
export const lecun: Initializer<Record<never, never>> = {
  name: 'lecun',
  summary: 'Normal, of deviation √(1/n) for n connections into a unit: keeps the scale through `selu` and `tanh`.',
  example: 'init lecun',
  attributes: {},
  draw: (_, { fanIn }) => ({ kind: 'normal', value: Math.sqrt(1 / fanIn) }),
};
