import { number } from '../../specs/attributes.ts';
import type { Setting } from './setting.ts';

export const validation: Setting = {
  name: 'validation',
  summary: 'the share of the training images that is held out',
  example: 'validation 10%',
  otherwise: 'none; 10 % where something watches',
  value: number({ doc: 'share of the training images', share: true, above: 0, maximum: 0.9 }),
};
