import { choice, number, optional } from '../../specs/attributes.ts';
import { type Moment, type Schedule, type ScheduleEffect, warmup } from './schedule.ts';

const attributes = {
  rise: number({ doc: 'share of the run in which the rate rises', share: true, default: 0.3, above: 0, below: 1 }),
  begin: number({ doc: 'rate at the beginning, as a factor of the highest', default: 0.04, minimum: 0, maximum: 1 }),
  end: number({ doc: 'rate at the end, as a factor of the highest', default: 4e-6, minimum: 0, maximum: 1 }),
  along: choice(['cosine', 'line'], { doc: 'the form of both ways', default: 'cosine' }),
  momentum: optional(
    number({
      doc: 'at the highest rate, of the momentum or beta1 of the optimiser, to which it returns',
      minimum: 0,
      below: 1,
    }),
  ),
  warmup,
};

/** From `begin` over `top` to `end`, as PyTorch counts: the last step before the top is the first of the way down. */
function along(
  values: { rise: number; along: string },
  { step, steps }: Moment,
  heights: readonly [number, number, number],
) {
  const top = values.rise * steps - 1;
  const falls = step > top;
  const share = falls ? (step - top) / (steps - 1 - top) : top > 0 ? step / top : 1;
  const [from, to] = falls ? [heights[1], heights[2]] : [heights[0], heights[1]];
  const way = values.along === 'cosine' ? (1 - Math.cos(Math.PI * share)) / 2 : share;
  return from + (to - from) * way;
}

/** Smith and Topin 2018. */
export const effect: ScheduleEffect<typeof attributes> = {
  factor: (values, moment) => along(values, moment, [values.begin, 1, values.end]),
  // Where the schedule moves none, no formula asks for it.
  dip: (values, moment) => along(values, moment, [0, 1, 0]),
};

export const onecycle: Schedule<typeof attributes> = {
  name: 'onecycle',
  summary: 'The learning rate rises once to the highest, and falls to almost nothing until the end.',
  example: 'schedule onecycle(rise: 30%)',
  attributes,
  effect,
};
