import type { Initializer } from './initializer.ts';

/** Glorot and Bengio 2010, equation 16. */
export const xavierNormalized: Initializer<Record<never, never>> = {
  name: 'xavier_normalized',
  summary:
    'Uniform within ±√(6/(n + m)) for n connections into a unit and m out of it: keeps the scale through `tanh`.',
  example: 'init xavier_normalized',
  attributes: {},
  draw: (_, { fanIn, fanOut }) => ({ kind: 'uniform', value: Math.sqrt(6 / (fanIn + fanOut)) }),
};
