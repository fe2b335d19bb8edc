import { integer, number, optional } from '../../specs/attributes.ts';
import { least, type Schedule, type ScheduleEffect, warmup } from './schedule.ts';

const attributes = {
  warmup,
  every: optional(number({ doc: 'epochs until it begins anew at the top', above: 0, unit: 'epochs' })),
  stretch: integer({ doc: 'how much longer each cycle is than the one before', default: 1, minimum: 1 }),
  least,
};

/** Loshchilov and Hutter 2017. */
export const effect: ScheduleEffect<typeof attributes> = {
  factor({ every, stretch, least }, { step, steps, perEpoch }) {
    let [at, length] = [step, every === undefined ? Math.max(steps, 1) : every * perEpoch];
    if (every !== undefined && stretch === 1) at %= length;
    while (every !== undefined && at >= length) {
      at -= length;
      length *= stretch;
    }
    return least + ((1 - least) * (1 + Math.cos((Math.PI * at) / length))) / 2;
  },
};

export const cosine: Schedule<typeof attributes> = {
  name: 'cosine',
  summary: 'The learning rate falls to 0 along a cosine, once or `every` so many epochs.',
  example: 'schedule cosine(warmup: 2 epochs)',
  attributes,
  check: ({ every }, given) =>
    given.has('stretch') && every === undefined
      ? {
          attribute: 'stretch',
          message: '`stretch` is about restarts, and there are none',
          help: 'say how long the first cycle is: `every: 10 epochs`',
        }
      : undefined,
  effect,
};
