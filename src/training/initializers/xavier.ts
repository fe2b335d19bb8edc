import type { Initializer } from './initializer.ts';

/** What PyTorch's layers do unless told otherwise. */
export const xavier: Initializer<Record<never, never>> = {
  name: 'xavier',
  summary: 'Uniform within ±1/√n for n connections into a unit.',
  example: 'init xavier',
  attributes: {},
  draw: (_, { fanIn }) => ({ kind: 'uniform', value: 1 / Math.sqrt(fanIn) }),
};
