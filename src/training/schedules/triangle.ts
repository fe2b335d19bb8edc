import { number } from '../../specs/attributes.ts';
import { type Schedule, type ScheduleEffect, warmup } from './schedule.ts';

const attributes = {
  every: number({ doc: 'epochs up and down', above: 0, unit: 'epochs' }),
  low: number({ doc: 'the lowest rate, as a factor of the highest', default: 0.1, minimum: 0, maximum: 1 }),
  rise: number({ doc: 'share of a cycle in which the rate rises', share: true, default: 0.5, above: 0, below: 1 }),
  shrink: number({ doc: 'height of a cycle in that of the one before', default: 1, above: 0, maximum: 1 }),
  warmup,
};

/** Smith 2017. */
export const effect: ScheduleEffect<typeof attributes> = {
  factor({ every, low, rise, shrink }, { step, perEpoch }) {
    const cycles = step / perEpoch / every;
    const cycle = Math.floor(cycles);
    const at = cycles - cycle;
    return low + (1 - low) * (at <= rise ? at / rise : (1 - at) / (1 - rise)) * shrink ** cycle;
  },
};

export const triangle: Schedule<typeof attributes> = {
  name: 'triangle',
  summary: 'The learning rate rises and falls along straight lines, again and again.',
  example: 'schedule triangle(every: 4 epochs, low: 0.1)',
  attributes,
  effect,
};
