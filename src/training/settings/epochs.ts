import { integer } from '../../specs/attributes.ts';
import type { Setting } from './setting.ts';

export const epochs: Setting = {
  name: 'epochs',
  summary: 'how often every training image is seen',
  example: 'epochs 10',
  otherwise: '10',
  value: integer({ doc: 'passes through the training images', default: 10, minimum: 1, maximum: 1e6, unit: 'epochs' }),
};
