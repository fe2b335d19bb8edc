import { OPTIMIZERS } from '../words.ts';
import type { Setting } from './setting.ts';

export const optimizer: Setting = {
  name: 'optimizer',
  summary: 'how weights are changed',
  example: 'optimizer sgd(lr: 0.1, momentum: 0.9)',
  otherwise: '`sgd(lr: 0.05, momentum: 0.9)`',
  words: OPTIMIZERS,
};
