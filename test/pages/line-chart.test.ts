/** @file The axes of charts: what they show, and how their numbers are written. */
import { describe, expect, it } from 'vitest';
import { lineChart } from '../../src/pages/line-chart.ts';
import { runCharts } from '../../src/pages/run-charts.ts';

/** The numbers at the side of a chart of these values, from the lowest up. */
function side(values: readonly number[], y: object = {}): string[] {
  const points = values.map((value, k) => [k, value] as const);
  return sideOf(lineChart({ title: '', x: { label: '' }, y: { label: '', ...y }, curves: [{ name: '', points }] }));
}

function sideOf(chart: string): string[] {
  return [...chart.matchAll(/text-anchor="end">([^<]+)</g)].map(([, text]) => text!);
}

describe('the axis of a chart', () => {
  it('shows the surroundings of a value that does not vary', () => {
    expect(side([0.002, 0.002])).toEqual(['0.0010', '0.0015', '0.0020', '0.0025', '0.0030']);
    expect(side([0.002, 0.002 * (1 + 1e-9)])).toEqual(side([0.002]));
    expect(side([0])).toEqual(['-0.4', '-0.2', '0.0', '0.2', '0.4']);
    expect(side([-3])).toEqual(['-4.5', '-4.0', '-3.5', '-3.0', '-2.5', '-2.0', '-1.5']);
    expect(side([0.002], { log: true })).toContain('0.002');
  });

  it('makes no room for what cannot be', () => {
    expect(side([100, 100], { within: [0, 100] }).at(-1)).toBe('100');
    const epochs = [1, 2].map((epoch) => ({ kind: 'epoch' as const, epoch, step: epoch, testAccuracy: 1 }));
    expect(sideOf(runCharts(epochs)).at(-1)).toBe('100');
  });

  it('has all its numbers in one form, and no two are alike', () => {
    expect(side([0, 0.003])).toEqual(['0.0000', '0.0005', '0.0010', '0.0015', '0.0020', '0.0025', '0.0030']);
    expect(side([0, 3e-5])).toEqual(['0', '5e-6', '1e-5', '1.5e-5', '2e-5', '2.5e-5', '3e-5']);
    expect(side([0, 3e6])).toEqual(['0', '5e5', '1e6', '1.5e6', '2e6', '2.5e6', '3e6']);
    expect(side([1e-6, 1], { log: true })).toEqual(['1e-6', '1e-5', '1e-4', '1e-3', '1e-2', '1e-1', '1e0']);
    expect(side([0.01, 1], { log: true })).toEqual(['0.01', '0.1', '1']);
    for (const [low, high] of [
      [0.69312, 0.69318],
      [123456, 123456.5],
      [-2, 1e4],
      [9.9, 10.1],
    ] as const) {
      const texts = side([low, high]);
      expect(new Set(texts).size, `${texts}`).toBe(texts.length);
      expect(texts.length).toBeGreaterThan(2);
    }
  });

  it('leaves the title free of the numbers', () => {
    for (const values of [
      [0, 1],
      [-2.5e-5, 1],
      [0.69312, 0.69318],
    ]) {
      const chart = lineChart({
        ...{ title: '', x: { label: '' }, y: { label: '' } },
        curves: [{ name: '', points: values.map((value, k) => [k, value] as const) }],
      });
      const [, right] = /<text x="(\d+)"[^>]*text-anchor="end"/.exec(chart)!;
      // Digits of 12 pixels are not wider than 8.
      expect(Number(right) - 8 * Math.max(...sideOf(chart).map(({ length }) => length))).toBeGreaterThan(16);
    }
  });
});
