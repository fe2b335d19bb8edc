import { CLIPS } from '../words.ts';
import type { Setting } from './setting.ts';

export const clip: Setting = {
  name: 'clip',
  summary: 'how long gradients may be',
  example: 'clip norm(1)',
  otherwise: 'any length',
  words: CLIPS,
};
