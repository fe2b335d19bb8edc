import type { Initializer } from './initializer.ts';

export const ones: Initializer<Record<never, never>> = {
  name: 'ones',
  summary: 'Every value is 1.',
  example: 'init ones',
  attributes: {},
  draw: () => ({ kind: 'constant', value: 1 }),
};
