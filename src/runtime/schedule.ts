/**
 * @file The learning rate of a step as a factor of the highest: a warm-up, and then what the schedule of the module says.
 * Modules carry it where the rate changes.
 */
import type { ScheduleEffect } from '../training/schedules/schedule.ts';
import type { Schedule } from './executable.ts';

export function scheduler(effect?: ScheduleEffect): Schedule {
  const observe = effect?.observe;
  return {
    factor(settings, { epochs, scheduled }, step, perEpoch) {
      const warmup = settings.warmup * perEpoch;
      if (step < warmup) return (step + 1) / warmup;
      const moment = { step: step - warmup, steps: epochs * perEpoch - warmup, perEpoch, notes: notesOf(scheduled) };
      return effect?.factor(settings, moment) ?? 1;
    },
    observe:
      observe &&
      ((settings, progress, loss) => {
        progress.scheduled = observe(settings, notesOf(progress.scheduled), loss).join(' ');
      }),
  };
}

function notesOf(text: string): number[] {
  return text ? text.split(' ').map(Number) : [];
}
