import { integer } from '../../specs/attributes.ts';
import type { Setting } from './setting.ts';

export const accumulate: Setting = {
  name: 'accumulate',
  summary: 'steps whose mean gradient makes one update',
  example: 'accumulate 4',
  otherwise: '1',
  value: integer({ doc: 'steps of one update', default: 1, minimum: 1, maximum: 65536 }),
};
