/** @file Values of options: wrong ones are wrong usage. */
import { statSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { parseRenaming, type Renaming } from '../exchange/weights/rename.ts';
import {
  FRACTION_FORM,
  parseFraction,
  parseSaveEvery,
  SAVE_EVERY_FORM,
  type SaveEvery,
} from '../runtime/option-text.ts';

export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && Number.isSafeInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(
      minimum > Number.MIN_SAFE_INTEGER ? `Give a whole number from ${minimum}.` : 'Give a whole number.',
    );
  };
}

/** `old=new`, added to those before. */
export function renaming(text: string, earlier: readonly Renaming[] = []): Renaming[] {
  const rule = parseRenaming(text);
  if (rule) return [...earlier, rule];
  throw new InvalidArgumentError('Write old=new; the new name has at most as many `*` as the old one.');
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

/** `conv2:3,4`, or `conv2` for the middle of its map. */
export function cellPlace(text: string): { layer: string; place?: readonly number[] } {
  const [, layer, place] = /^([^:]+)(?::(\d+(?:,\d+)*))?$/.exec(text) ?? [];
  if (layer === undefined) throw new InvalidArgumentError('Write LAYER:ROW,COLUMN as in conv2:3,4, or LAYER alone.');
  return place === undefined ? { layer } : { layer, place: place.split(',').map(Number) };
}

function parsed<Value>(value: Value | undefined, form: string): Value {
  if (value !== undefined) return value;
  throw new InvalidArgumentError(`Give ${form}.`);
}

/** `5min`, `30s`, `2h`, `500steps`. */
export const saveEvery = (text: string): SaveEvery => parsed(parseSaveEvery(text), SAVE_EVERY_FORM);

/** `10%` or `0.1`. */
export const fraction = (text: string): number => parsed(parseFraction(text), FRACTION_FORM);

/** A folder, added to those before. */
export function folders(text: string, earlier: readonly string[] = []): string[] {
  if (!statSync(text, { throwIfNoEntry: false })?.isDirectory())
    throw new InvalidArgumentError(`There is no folder \`${text}\`.`);
  return [...earlier, text];
}
