/** @file Numbers that JSON lacks, as `test/oracle` writes them, and comparing them as PyTorch's f64 and our f32 can agree. */

const WORDS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

export type Written = number | string;

export const numbersOf = (written: readonly Written[]): number[] =>
  written.map((value) => (typeof value === 'number' ? value : WORDS[value]!));

/** Whether `found` is `wanted` rounded to f32, give or take `tolerance` of it, and infinite or NaN where that is. */
export function isClose(found: number, wanted: number, tolerance: number): boolean {
  const rounded = Math.fround(wanted);
  if (!Number.isFinite(rounded)) return Object.is(Math.fround(found), rounded);
  // Below the normal numbers f32 has fewer digits.
  return Math.abs(found - rounded) <= tolerance * Math.abs(rounded) + 2 ** -126 * tolerance + 2 ** -144;
}
