/** @file Values of options: wrong ones are wrong usage. */
import { InvalidArgumentError } from 'commander';
import { COLUMNS, findColumn } from '../analysis/summary-columns.ts';
import { nearest } from '../common/nearest.ts';
import { listPasses } from '../compile.ts';
import type { SaveEvery } from '../runtime/training-run.ts';

export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && Number.isSafeInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(
      minimum > Number.MIN_SAFE_INTEGER ? `Give a whole number from ${minimum}.` : 'Give a whole number.',
    );
  };
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new InvalidArgumentError('Give a positive number.');
}

const SUFFIXES: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9, '%': 0.01 };

/** `n=5`, `rate=20%`, `deep=true`, added to those before. */
export function setting(
  text: string,
  earlier: Readonly<Record<string, number | boolean | string>> = {},
): Record<string, number | boolean | string> {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined || value === '') throw new InvalidArgumentError('Write name=value.');
  return { ...earlier, [name]: settingValue(value) };
}

function settingValue(text: string): number | boolean | string {
  if (text === 'true' || text === 'false') return text === 'true';
  const [, digits, suffix] = /^(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)([kMG%]?)$/.exec(text) ?? [];
  return digits === undefined ? text : Number(digits) * SUFFIXES[suffix ?? '']!;
}

/** `3x320x320`, or `left=3x64x64` where there are several inputs, added to those before; the only input is called ''. */
export function inputShape(
  text: string,
  earlier: ReadonlyMap<string, readonly number[]> = new Map(),
): ReadonlyMap<string, readonly number[]> {
  const [, name = '', sizes] = /^(?:([^=]+)=)?([1-9]\d*(?:x[1-9]\d*){0,2})$/.exec(text) ?? [];
  if (sizes === undefined)
    throw new InvalidArgumentError(
      'Write 3x320x320 (channels, height, width), or name=3x320x320 for one of several inputs.',
    );
  return new Map([...earlier, [name, sizes.split('x').map(Number)]]);
}

/** `name,flops,memory` */
export function columnNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const known = COLUMNS.map(({ name }) => name);
  const unknown = names.find((name) => !findColumn(name));
  if (unknown === undefined) return names;
  const near = nearest(unknown, known);
  throw new InvalidArgumentError(`${near ? `Did you mean ${near}? ` : ''}There are ${known.join(', ')}.`);
}

/** `5min`, `30s`, `2h`, `500steps`. */
export function saveEvery(text: string): SaveEvery {
  const [, digits, unit = ''] = /^(\d*\.?\d+) ?(s|min|h|steps?)$/.exec(text) ?? [];
  const number = Number(digits);
  if (!(number > 0))
    throw new InvalidArgumentError('Give a time such as 30s, 5min or 2h, or a number of steps such as 500steps.');
  return unit.startsWith('step') ? { steps: Math.ceil(number) } : { milliseconds: number * MILLISECONDS[unit]! };
}

const MILLISECONDS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000 };

/** `10%` or `0.1`. */
export function fraction(text: string): number {
  const [, digits, percent] = /^(\d*\.?\d+) ?(%?)$/.exec(text) ?? [];
  const value = Number(digits) / (percent ? 100 : 1);
  if (value >= 0 && value < 1) return value;
  throw new InvalidArgumentError('Give a part such as 10% or 0.1.');
}

/** A folder, added to those before. */
export function folders(text: string, earlier: readonly string[] = []): string[] {
  if (text === '') throw new InvalidArgumentError('Name a folder.');
  return [...earlier, text];
}

/** An optional pass, added to those before. */
export function skippedPass(text: string, earlier: readonly string[] = []): string[] {
  const names = listPasses().flatMap(({ name, optional }) => (optional ? [name] : []));
  if (names.includes(text)) return [...earlier, text];
  throw new InvalidArgumentError(`Passes that can be left out: ${names.join(', ')}.`);
}

export function passName(...extra: readonly string[]): (text: string) => string {
  return (text) => {
    const names = [...listPasses().map(({ name }) => name), ...extra];
    if (names.includes(text)) return text;
    const near = nearest(text, names);
    throw new InvalidArgumentError(near ? `Did you mean ${near}?` : '--list-passes lists the passes.');
  };
}
