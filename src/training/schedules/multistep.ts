import { integer, list, number } from '../../specs/attributes.ts';
import { type Schedule, type ScheduleEffect, warmup } from './schedule.ts';

const attributes = {
  at: list(integer({ doc: 'an epoch', minimum: 1, unit: 'epochs', goesOn: 0 }), {
    doc: 'whole epochs behind the warm-up after which a step comes, in rising order',
  }),
  factor: number({ doc: 'what is left of the rate after a step', default: 0.1, above: 0 }),
  warmup,
};

export const effect: ScheduleEffect<typeof attributes> = {
  factor: ({ at, factor }, { step, perEpoch }) => factor ** at.filter((epochs) => step >= epochs * perEpoch).length,
};

export const multistep: Schedule<typeof attributes> = {
  name: 'multistep',
  summary: 'After each of some epochs the learning rate is multiplied by a factor.',
  example: 'schedule multistep(at: [30, 60, 80], factor: 0.1)',
  attributes,
  effect,
  check({ at }) {
    const late = at.findIndex((epochs, k) => k > 0 && epochs <= at[k - 1]!);
    if (at.length > 0 && late < 0) return undefined;
    const message = late < 0 ? '`at` names no epoch' : `\`at\` does not rise from ${at[late - 1]} to ${at[late]}`;
    return { attribute: 'at', message, help: 'name the epochs in rising order, as in `at: [30, 60, 80]`' };
  },
};
