/** @file The settings of the `train` block, in the order in which they are usually written. A setting is a file and its line here. */
import { accumulate } from './settings/accumulate.ts';
import { augment } from './settings/augment.ts';
import { average } from './settings/average.ts';
import { batch } from './settings/batch.ts';
import { clip } from './settings/clip.ts';
import { data } from './settings/data.ts';
import { epochs } from './settings/epochs.ts';
import { init } from './settings/init.ts';
import { normalize } from './settings/normalize.ts';
import { optimizer } from './settings/optimizer.ts';
import { schedule } from './settings/schedule.ts';
import { seed } from './settings/seed.ts';
import type { Setting } from './settings/setting.ts';
import { stop } from './settings/stop.ts';
import { validation } from './settings/validation.ts';

export const SETTINGS: readonly Setting[] = [
  data,
  normalize,
  augment,
  init,
  optimizer,
  schedule,
  clip,
  accumulate,
  average,
  batch,
  epochs,
  stop,
  validation,
  seed,
];
