/** @file What options `fit` takes. */

import { callback, flag, type OptionSpecs, oneOf, positive, typeName, whole } from './options.ts';
import type { FitOptions } from './trainer-api.ts';

export const FIT_OPTIONS: OptionSpecs<FitOptions> = {
  epochs: whole(1),
  batch: whole(1),
  lr: positive,
  seed: whole(),
  signal: { fits: (value) => typeName(value) === 'AbortSignal', wanted: 'the `signal` of an AbortController' },
  onProgress: callback,
  onNotice: callback,
  validation: {
    fits: (value) =>
      typeof value === 'number'
        ? value >= 0 && value < 1
        : ['images', 'batches'].some((key) => Object.hasOwn(Object(value), key)),
    wanted: 'a fraction such as 0.1, or `{ images, labels }`',
  },
  watch: oneOf('validation', 'test'),
  patience: whole(0),
  yieldEvery: whole(0),
  resume: flag,
};
