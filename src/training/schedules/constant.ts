import { type Schedule, warmup } from './schedule.ts';

const attributes = { warmup };

export const constant: Schedule<typeof attributes> = {
  name: 'constant',
  summary: 'The learning rate stays.',
  example: 'schedule constant',
  attributes,
};
