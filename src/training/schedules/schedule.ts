/**
 * @file What a schedule is: the learning rate of a step as a factor of the highest, behind a linear warm-up (Goyal et al. 2017),
 * which every schedule may have. A module carries the `effect` of the schedule that its `train` block names, and nothing
 * else of its file: an effect uses nothing but its arguments.
 */
import { type Attributes, number, type ValuesOf } from '../../specs/attributes.ts';
import type { Word } from '../word.ts';

/** Where a run stands. */
export interface Moment {
  /** Steps since the warm-up, from 0. */
  readonly step: number;
  /** All steps of the run behind the warm-up, and those of an epoch. */
  readonly steps: number;
  readonly perEpoch: number;
  /** What the schedule has noted of the losses so far; nothing at first. */
  readonly notes: readonly number[];
}

export interface ScheduleEffect<Set extends Attributes = Attributes> {
  factor(values: ValuesOf<Set>, moment: Moment): number;
  /** How far the momentum is brought from the optimiser's own to its lowest: 0 to 1. */
  dip?(values: ValuesOf<Set>, moment: Moment): number;
  /** What to note after an epoch, of its watched loss: numbers, which checkpoints hold. */
  observe?(values: ValuesOf<Set>, notes: readonly number[], loss: number): readonly number[];
}

export interface Schedule<Set extends Attributes = Attributes> extends Word<Set> {
  /** Absent: the rate stays. */
  readonly effect?: ScheduleEffect<Set>;
}

export const warmup = number({
  doc: 'epochs in which the rate rises from 0',
  default: 0,
  minimum: 0,
  unit: 'epochs',
  goesOn: 0,
});

/** What is left of the rate at the lowest. */
export const least = number({ doc: 'lowest rate, as a factor of the highest', default: 0, minimum: 0, maximum: 1 });
