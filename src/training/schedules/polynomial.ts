import { number } from '../../specs/attributes.ts';
import { least, type Schedule, type ScheduleEffect, warmup } from './schedule.ts';

const attributes = {
  power: number({ doc: 'of the share of the run that is left; 1 is a line', default: 1, above: 0 }),
  least,
  warmup,
};

export const effect: ScheduleEffect<typeof attributes> = {
  factor: ({ power, least }, { step, steps }) =>
    least + (1 - least) * Math.max(1 - step / Math.max(steps, 1), 0) ** power,
};

export const polynomial: Schedule<typeof attributes> = {
  name: 'polynomial',
  summary: 'The learning rate falls with a power of what is left of the run.',
  example: 'schedule polynomial(power: 2)',
  attributes,
  effect,
};
