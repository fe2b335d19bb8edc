/** @file The learning rate of a step as a factor of the highest: a warm-up, and then what the schedule of the module says. */
import type { ScheduleEffect } from '../training/schedules/schedule.ts';
import type { Compiled } from './executable.ts';
import type { Progress } from './progress.ts';

/** `perEpoch` counts the steps of an epoch, `step` those of the run from 0. */
export function scheduleFactor(
  { training: { schedule }, parts }: Pick<Compiled, 'training' | 'parts'>,
  { epochs, scheduled }: Pick<Progress, 'epochs' | 'scheduled'>,
  step: number,
  perEpoch: number,
): number {
  const warmup = schedule.warmup * perEpoch;
  if (step < warmup) return (step + 1) / warmup;
  const moment = { step: step - warmup, steps: epochs * perEpoch - warmup, perEpoch, notes: notesOf(scheduled) };
  return parts?.schedule?.factor(schedule, moment) ?? 1;
}

/** Lets a schedule that depends on the losses take note of one. */
export function observeLoss({ training, parts }: Compiled, progress: Progress, loss: number): void {
  const observe = parts?.schedule?.observe;
  if (observe) progress.scheduled = observe(training.schedule, notesOf(progress.scheduled), loss).join(' ');
}

/** Whether the schedule depends on the loss of images that are not trained on. */
export function watchesLoss({ parts }: Compiled): boolean {
  return parts?.schedule?.observe !== undefined;
}

function notesOf(text: string): number[] {
  return text ? text.split(' ').map(Number) : [];
}

export type { ScheduleEffect };
