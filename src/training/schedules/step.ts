import { integer, number } from '../../specs/attributes.ts';
import { type Schedule, type ScheduleEffect, warmup } from './schedule.ts';

const attributes = {
  every: integer({ doc: 'epochs between two steps', minimum: 1, unit: 'epochs', goesOn: 0 }),
  factor: number({ doc: 'what is left of the rate after a step', default: 0.1, above: 0 }),
  warmup,
};

export const effect: ScheduleEffect<typeof attributes> = {
  factor: ({ every, factor }, { step, perEpoch }) => factor ** Math.floor(step / perEpoch / every),
};

export const step: Schedule<typeof attributes> = {
  name: 'step',
  summary: 'Every so many epochs the learning rate is multiplied by a factor.',
  example: 'schedule step(every: 10 epochs, factor: 0.1)',
  attributes,
  effect,
};
