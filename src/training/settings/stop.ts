import { STOPS } from '../words.ts';
import type { Setting } from './setting.ts';

export const stop: Setting = {
  name: 'stop',
  summary: 'ends training before its last epoch',
  example: 'stop early(patience: 5)',
  otherwise: 'never',
  words: STOPS,
};
