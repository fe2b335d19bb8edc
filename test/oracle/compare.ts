/** @file Comparing two oracle files number by number. */

import { expect } from 'vitest';

/**
 * Every number of `found` against `wanted`, to `tolerance` of the largest number of its array (a difference of nearly
 * equal numbers carries their rounding), and what is not a number exactly.
 */
export function expectSame(found: unknown, wanted: unknown, tolerance: number, path: string): void {
  if (typeof wanted === 'number') {
    expectClose(found, wanted, tolerance * Math.max(Math.abs(wanted), 1e-3), path);
  } else if (isVector(wanted)) {
    const scale = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const values = found as number[];
    expect(values.length, path).toBe(wanted.length);
    for (const [index, value] of wanted.entries())
      expectClose(values[index], value, tolerance * scale, `${path}[${index}]`);
  } else if (typeof wanted === 'object' && wanted !== null) {
    expectSameFields(found as Record<string, unknown>, wanted as Record<string, unknown>, tolerance, path);
  } else {
    expect(found, path).toEqual(wanted);
  }
}

function expectSameFields(
  found: Record<string, unknown>,
  wanted: Record<string, unknown>,
  tolerance: number,
  path: string,
): void {
  expect(Object.keys(found), path).toEqual(Object.keys(wanted));
  for (const [key, value] of Object.entries(wanted)) {
    // Which PyTorch it was is the one thing that may differ; `float32Gap` is rounding and nothing else.
    if (key === 'torch' || key === 'float32Gap') continue;
    expectSame(found[key], value, key === 'losses32' ? 1e-5 : tolerance, `${path}.${key}`);
  }
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

/** `expect` only when it fails: the files hold a hundred thousand numbers. */
function expectClose(found: unknown, wanted: number, margin: number, path: string): void {
  if (!(Math.abs((found as number) - wanted) <= margin)) expect(found, path).toBe(wanted);
}
