import { AUGMENTATIONS } from '../words.ts';
import type { Setting } from './setting.ts';

export const augment: Setting = {
  name: 'augment',
  summary: 'how training images are changed at random',
  example: 'augment flip(horizontal), crop(pad: 4)',
  otherwise: 'none',
  words: AUGMENTATIONS,
};
