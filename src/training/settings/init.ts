import { INITIALIZERS } from '../words.ts';
import type { Setting } from './setting.ts';

export const init: Setting = {
  name: 'init',
  summary: 'how weights start; a layer may have an `init` of its own',
  example: 'init kaiming',
  otherwise: '`kaiming`',
  words: INITIALIZERS,
};
