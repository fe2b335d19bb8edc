import type { Setting } from './setting.ts';

export const normalize: Setting = {
  name: 'normalize',
  summary: 'mean and deviation of each channel, which are taken off and divided by',
  example: 'normalize mean: 0.13, std: 0.31',
  otherwise: 'none',
  repeatable: true,
};
