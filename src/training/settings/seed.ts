import { integer } from '../../specs/attributes.ts';
import type { Setting } from './setting.ts';

export const seed: Setting = {
  name: 'seed',
  summary: 'of initial weights, order, augmentation and dropout: the same seed gives the same bits',
  example: 'seed 42',
  otherwise: '42',
  value: integer({ doc: 'a whole number', default: 42, minimum: 0, maximum: 2 ** 32 - 1 }),
};
