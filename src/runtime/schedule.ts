/**
 * @file The learning rate of a step as a factor of the highest: a warm-up, and then what the schedule of the module says.
 * Modules carry it where the rate changes.
 */
import { refuse } from '../data/trainer-error.ts';
import type { ScheduleEffect } from '../training/schedules/schedule.ts';
import type { Schedule } from './executable.ts';
import type { Progress } from './progress.ts';

export function scheduler(effect?: ScheduleEffect): Schedule {
  const { observe, dip } = effect ?? {};
  const momentOf = ({ warmup, perEpoch }: Whole, { epochs, scheduled }: Progress, step: number) => {
    return { step: step - warmup, steps: epochs * perEpoch - warmup, perEpoch, notes: notesOf(scheduled) };
  };
  return {
    check({ kind }, images) {
      if (Number.isNaN(images))
        refuse(
          'CNN4112',
          `the schedule \`${kind}\` needs the number of images in an epoch`,
          'pass `count` beside `batches`',
        );
    },
    factor(settings, progress, step, perEpoch) {
      const warmup = settings.warmup * perEpoch;
      if (step < warmup) return (step + 1) / warmup;
      return effect?.factor(settings, momentOf({ warmup, perEpoch }, progress, step)) ?? 1;
    },
    dip:
      dip &&
      ((settings, progress, step, perEpoch) => {
        const warmup = settings.warmup * perEpoch;
        return step < warmup ? 0 : dip(settings, momentOf({ warmup, perEpoch }, progress, step));
      }),
    observe:
      observe &&
      ((settings, progress, loss) => {
        progress.scheduled = observe(settings, notesOf(progress.scheduled), loss).join(' ');
      }),
  };
}

interface Whole {
  readonly warmup: number;
  readonly perEpoch: number;
}

function notesOf(text: string): number[] {
  return text ? text.split(' ').map(Number) : [];
}
