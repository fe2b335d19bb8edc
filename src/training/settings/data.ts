import { DATA_WORDS } from '../words.ts';
import type { Setting } from './setting.ts';

export const data: Setting = {
  name: 'data',
  summary: 'the images to learn from; `--data` overrides it',
  example: 'data mnist("data/mnist")',
  otherwise: '`digits`',
  words: DATA_WORDS,
};
