import { AVERAGES } from '../words.ts';
import type { Setting } from './setting.ts';

export const average: Setting = {
  name: 'average',
  summary: 'which mean of the weights is evaluated and saved',
  example: 'average ema(0.999)',
  otherwise: 'none: the weights of the last step',
  words: AVERAGES,
};
