import type { Initializer } from './initializer.ts';

export const zeros: Initializer<Record<never, never>> = {
  name: 'zeros',
  summary: 'Every value is 0.',
  example: 'init zeros',
  attributes: {},
  draw: () => ({ kind: 'constant', value: 0 }),
};
