import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript
import { interleave, median, ratios, references, spread, takesPart, unitsFor } from '../../bench/harness.mjs';
// @ts-expect-error plain JavaScript
import { figure, figures, table } from '../../bench/table.mjs';

describe('the arithmetic of the benchmarks', () => {
  it('takes the middle of an odd number of values, the mean of the middle two of an even one', () => {
    const values = [30, 4, 100];
    expect(median(values)).toBe(30);
    expect(values).toEqual([30, 4, 100]);
    expect(median([4, 1, 10, 2])).toBe(3);
    expect(() => median([])).toThrow();
  });

  it('reports the extremes beside the median', () => {
    expect(spread([9, 10, 11, 2])).toEqual({ median: 9.5, min: 2, max: 11 });
  });

  it('divides within a round: the median of quotients is not the quotient of medians', () => {
    expect(ratios([10, 100, 30], [1, 50, 30])).toEqual({ median: 2, min: 1, max: 10 });
    expect(() => ratios([1], [1, 2])).toThrow();
  });

  it('leaves out rounds in which one of the two did not take part', () => {
    expect(ratios([10, undefined, 30, 8], [1, 5, 10, undefined])).toEqual({ median: 6.5, min: 3, max: 10 });
    expect(spread([undefined, 3])).toEqual({ median: 3, min: 3, max: 3 });
    const rounds = [0, 1, 2, 3, 4, 5, 6];
    expect(rounds.filter((round) => takesPart(round, 0.5))).toEqual(rounds);
    expect(rounds.filter((round) => takesPart(round, 5))).toEqual([0, 3, 6]);
    expect(rounds.filter((round) => takesPart(round, 100))).toEqual([0]);
  });

  it('lets contenders take turns, and keeps their results apart and in order', async () => {
    const turns: string[] = [];
    const measure = async ({ id }: { id: string }, round: number) => {
      turns.push(id);
      return `${id}${round}`;
    };
    const results = await interleave([{ id: 'A' }, { id: 'B' }], 3, measure);
    expect(turns.join('')).toBe('ABABAB');
    expect(results.get('B')).toEqual(['B0', 'B1', 'B2']);
  });

  it('compares with this project, in every form of it that takes part', () => {
    const [js, wasm, other] = ['cnnc-js', 'cnnc-wasm', 'other'].map((name) => ({ name }));
    expect(references([other, wasm, js])).toEqual([wasm, js]);
    expect(references([other, { name: 'another' }])).toEqual([other]);
  });

  it('fits work to a time, at least one unit of it', () => {
    expect(unitsFor(0.5, 3, 0.3)).toBe(5);
    expect(unitsFor(0.1, 3, 90)).toBe(1);
  });
});

describe('the tables of the benchmarks', () => {
  it('shows three digits, and the spread only where there is one', () => {
    expect([0.12345, 6.125, 61.25, 612.5, 61706].map(figure)).toEqual(['0.123', '6.13', '61.3', '613', '61,706']);
    expect(figures({ median: 2, min: 1, max: 4 })).toBe('2.00 (1.00–4.00)');
    expect(figures({ median: 1, min: 1, max: 1 })).toBe('1.00');
  });

  it('aligns names to the left and figures to the right', () => {
    expect(
      table(
        ['name', 'ms'],
        [
          ['lenet', 7],
          ['a', 1234],
        ],
      ).split('\n'),
    ).toEqual(['name     ms', '───────────', 'lenet     7', 'a      1234']);
  });
});
