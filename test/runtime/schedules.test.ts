/** @file The learning rate of every step, as PyTorch's schedulers have it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newProgress } from '../../src/runtime/progress.ts';
import { scheduler } from '../../src/runtime/schedule.ts';
import { choose } from '../../src/training/word.ts';
import { SCHEDULES, type ScheduleSettings } from '../../src/training/words.ts';

const { cases, epochs, perEpoch, losses } = JSON.parse(
  readFileSync(new URL('../oracle/schedules.json', import.meta.url), 'utf8'),
) as {
  cases: readonly { schedule: string; attributes: Readonly<Record<string, number>>; factors: readonly number[] }[];
  epochs: number;
  perEpoch: number;
  losses: readonly number[];
};

describe('schedules against PyTorch', () => {
  it('are all of them', () => {
    const tested = new Set(cases.map(({ schedule }) => schedule));
    expect(SCHEDULES.filter(({ name }) => !tested.has(name)).map(({ name }) => name)).toEqual([]);
  });

  it.each(cases.map(({ schedule, attributes, factors }) => [schedule, attributes, factors] as const))(
    '%s %j',
    (name, attributes, factors) => {
      const word = SCHEDULES.find((one) => one.name === name)!;
      const settings = choose(word, attributes) as ScheduleSettings;
      const schedule = scheduler(word.effect);
      const progress = { ...newProgress(0), epochs };
      factors.forEach((factor, step) => {
        expect(schedule.factor(settings, progress, step, perEpoch), `step ${step}`).toBeCloseTo(factor, 12);
        if (step % perEpoch === perEpoch - 1)
          schedule.observe?.(settings, progress, losses[Math.floor(step / perEpoch)]!);
      });
    },
  );
});
