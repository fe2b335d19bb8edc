/** @file Values of options as users write them, for `cnnc train` and for modules run as programs. */

/** How often the place is saved within an epoch. */
export type SaveEvery = { readonly steps: number } | { readonly milliseconds: number };

/** Milliseconds. */
const UNITS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000 };

export const SAVE_EVERY_FORM = 'a time such as 30s, 5min or 2h, or a number of steps such as 500steps';

/** `5min`, `30s`, `2h`, `500steps`; nothing for another text. */
export function parseSaveEvery(text: string): SaveEvery | undefined {
  const [, digits, unit = ''] = /^(\d*\.?\d+) ?(s|min|h|steps?)$/.exec(text) ?? [];
  const number = Number(digits);
  if (!(number > 0)) return undefined;
  return unit.startsWith('step') ? { steps: Math.ceil(number) } : { milliseconds: number * UNITS[unit]! };
}

export const FRACTION_FORM = 'a part such as 10% or 0.1';

/** `10%` or `0.1`: from 0, below 1; nothing for another text. */
export function parseFraction(text: string): number | undefined {
  const [, digits, percent] = /^(\d*\.?\d+) ?(%?)$/.exec(text) ?? [];
  const value = Number(digits) / (percent ? 100 : 1);
  return value >= 0 && value < 1 ? value : undefined;
}
