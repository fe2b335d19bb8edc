import { integer, number } from '../../specs/attributes.ts';
import { least, type Schedule, type ScheduleEffect, warmup } from './schedule.ts';

const attributes = {
  factor: number({ doc: 'what is left of the rate after a step', default: 0.1, above: 0, below: 1 }),
  patience: integer({
    doc: 'epochs without a lower loss that are let pass',
    default: 10,
    minimum: 0,
    unit: 'epochs',
    // The lowest loss comes before them, the first that is one too many behind.
    goesOn: 2,
  }),
  threshold: number({
    doc: 'by what share a loss must be lower to count',
    share: true,
    default: 1e-4,
    minimum: 0,
    below: 1,
  }),
  cooldown: integer({ doc: 'epochs after a step that do not count', default: 0, minimum: 0, unit: 'epochs' }),
  least,
  warmup,
};

/** Notes: the lowest loss, the epochs since, the epochs of cooling down that are left, and the steps that were made. */
export const effect: ScheduleEffect<typeof attributes> = {
  factor: ({ factor, least }, { notes: [, , , steps = 0] }) => Math.max(factor ** steps, least),
  observe({ patience, threshold, cooldown }, notes, loss) {
    let [best = Number.POSITIVE_INFINITY, stale = 0, cooling = 0, steps = 0] = notes;
    if (loss < best * (1 - threshold)) [best, stale] = [loss, 0];
    else stale++;
    if (cooling > 0) [cooling, stale] = [cooling - 1, 0];
    if (stale > patience) [cooling, stale, steps] = [cooldown, 0, steps + 1];
    return [best, stale, cooling, steps];
  },
};

export const plateau: Schedule<typeof attributes> = {
  name: 'plateau',
  summary: 'The learning rate is multiplied by a factor when the watched loss has not fallen for a while.',
  example: 'schedule plateau(patience: 3 epochs)',
  attributes,
  effect,
};
