/** @file The error function in f64 against its power series in extended steps, and its text against itself. */
import { describe, expect, it } from 'vitest';
import { ERF_SOURCE, erf } from '../../src/formula/erf.ts';

/** Kummer's series, all of whose terms are positive: 2 x e^(-x^2) / sqrt(pi) * sum (2 x^2)^n / (1 * 3 * ... * (2n + 1)). */
function series(x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; term > 1e-18 * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return ((2 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const printed = new Function(`${ERF_SOURCE}; return erf;`)() as (x: number) => number;
const numbers = Array.from({ length: 12_001 }, (_, k) => (k - 6000) / 1000);

describe('erf', () => {
  it('errs by less than 2e-15, near 0 in proportion', () => {
    for (const x of numbers)
      expect(Math.abs(erf(x) - series(x)), `erf(${x})`).toBeLessThan(Math.min(2e-15, 4e-15 * Math.abs(x) + 1e-30));
    // Values of the table in Abramowitz and Stegun, 7.1.
    expect(erf(0.5)).toBeCloseTo(0.5204998778, 10);
    expect(erf(2)).toBeCloseTo(0.995322265, 9);
  });

  it('has the bits of its text', () => {
    for (const x of [...numbers, 7, -7, Number.POSITIVE_INFINITY, Number.NaN, -0]) expect(printed(x)).toBe(erf(x));
  });
});
