import { integer } from '../../specs/attributes.ts';
import type { Setting } from './setting.ts';

export const batch: Setting = {
  name: 'batch',
  summary: 'images of one step',
  example: 'batch 64',
  otherwise: '64',
  value: integer({ doc: 'images of one step', default: 64, minimum: 1, maximum: 65536 }),
};
