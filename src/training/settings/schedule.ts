import { SCHEDULES } from '../words.ts';
import type { Setting } from './setting.ts';

export const schedule: Setting = {
  name: 'schedule',
  summary: 'how the learning rate changes',
  example: 'schedule cosine(warmup: 2 epochs)',
  otherwise: '`constant`',
  words: SCHEDULES,
};
