import { number } from '../../specs/attributes.ts';
import { type Schedule, type ScheduleEffect, warmup } from './schedule.ts';

const attributes = {
  factor: number({ doc: 'what is left of the rate after an epoch', default: 0.9, above: 0 }),
  warmup,
};

export const effect: ScheduleEffect<typeof attributes> = {
  factor: ({ factor }, { step, perEpoch }) => factor ** (step / perEpoch),
};

export const exponential: Schedule<typeof attributes> = {
  name: 'exponential',
  summary: 'The learning rate falls by the same factor in every epoch, step by step.',
  example: 'schedule exponential(factor: 0.9)',
  attributes,
  effect,
};
