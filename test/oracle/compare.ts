/** @file Comparing two oracle files number by number. */

import { expect } from 'vitest';

/**
 * Every number of `found` against `wanted`, to `tolerance` of the largest number of its array (a difference of nearly
 * equal numbers carries their rounding) or of `scale`, and what is not a number exactly.
 */
export function expectSame(found: unknown, wanted: unknown, tolerance: number, path: string, scale = 0): void {
  if (typeof wanted === 'number') {
    expectClose(found, wanted, tolerance * Math.max(Math.abs(wanted), scale, 1e-3), path);
  } else if (isVector(wanted)) {
    const values = found as number[];
    const margin = tolerance * Math.max(largestOf(wanted), scale);
    expect(values.length, path).toBe(wanted.length);
    for (const [index, value] of wanted.entries()) expectClose(values[index], value, margin, `${path}[${index}]`);
  } else if (typeof wanted === 'object' && wanted !== null) {
    expectSameFields(found as Record<string, unknown>, wanted as Record<string, unknown>, tolerance, path, scale);
  } else {
    expect(found, path).toEqual(wanted);
  }
}

function expectSameFields(
  found: Record<string, unknown>,
  wanted: Record<string, unknown>,
  tolerance: number,
  path: string,
  scale: number,
): void {
  expect(Object.keys(found), path).toEqual(Object.keys(wanted));
  for (const [key, value] of Object.entries(wanted)) {
    // Which PyTorch it was is the one thing that may differ; `float32Gap` is rounding and nothing else.
    if (key === 'torch' || key === 'float32Gap') continue;
    // A gradient that is 0 by mathematics (of a bias before a norm) is rounding: it has the scale of all gradients.
    const largest = key === 'firstGradients' ? largestOf(value) : scale;
    expectSame(found[key], value, key === 'losses32' ? 1e-5 : tolerance, `${path}.${key}`, largest);
  }
}

/** The largest magnitude of all numbers within. */
function largestOf(value: unknown): number {
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((largest: number, item) => Math.max(largest, largestOf(item)), 0);
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

/** `expect` only when it fails: the files hold a hundred thousand numbers. */
function expectClose(found: unknown, wanted: number, margin: number, path: string): void {
  if (!(Math.abs((found as number) - wanted) <= margin)) expect(found, path).toBe(wanted);
}
