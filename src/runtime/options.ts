/**
 * @file Options as users pass them. Each function that takes options has a table: which there are, and what each may be.
 * Whatever is in no table, or is not what its table says, is refused: nothing is taken and dropped.
 */
import { shortened } from '../common/printable.ts';
import { similar } from '../data/similar.ts';
import { refuse } from '../data/trainer-error.ts';

/** What an option may be, as a test and in words that follow "pass". */
export interface OptionSpec {
  readonly fits: (value: unknown) => boolean;
  readonly wanted: string;
}

export type OptionSpecs<Options> = { readonly [Name in keyof Required<Options>]: OptionSpec };

/** A whole number from `minimum` on, or any. */
export function whole(minimum = -Number.POSITIVE_INFINITY): OptionSpec {
  const fits = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= minimum;
  return { fits, wanted: minimum < 0 ? 'a whole number such as 42' : `a whole number from ${minimum}` };
}

export const positive: OptionSpec = {
  fits: (value) => Number.isFinite(value) && (value as number) > 0,
  wanted: 'a positive number',
};

export const flag: OptionSpec = { fits: (value) => typeof value === 'boolean', wanted: '`true` or `false`' };

export const callback: OptionSpec = { fits: (value) => typeof value === 'function', wanted: 'a function' };

export function oneOf(...words: readonly string[]): OptionSpec {
  return { fits: (value) => words.includes(value as string), wanted: words.map((word) => `'${word}'`).join(' or ') };
}

/** A value in a message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return shortened(JSON.stringify(value), 60);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object' || value === null) return String(value);
  return value instanceof Promise ? 'a promise' : `an object (${typeName(value)})`;
}

/** `Float32Array`, `ArrayBuffer`, `Object`: also of what another page or context has made. */
export function typeName(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

/** CNN4108 unless every option is in the table and what the table says; `undefined` is not given. */
export function checkOptions(of: string, given: unknown, specs: Readonly<Record<string, OptionSpec>>): void {
  if (given === undefined) return;
  const names = Object.keys(specs);
  const known = names.length > 0 ? `its options are ${names.join(', ')}` : 'it takes none';
  if (typeName(given) !== 'Object') refuse('CNN4108', `the options of \`${of}\` are ${show(given)}`, 'pass an object');
  for (const [name, value] of Object.entries(given as object)) {
    const spec = Object.hasOwn(specs, name) && specs[name];
    if (!spec) {
      const near = similar(name, names);
      const hint = near === undefined ? known : `did you mean \`${near}\``;
      refuse('CNN4108', `\`${of}\` has no option \`${shortened(name, 60)}\``, hint);
    }
    if (value !== undefined && !spec.fits(value))
      refuse('CNN4108', `\`${name}\` is ${show(value)}`, `pass ${spec.wanted}`);
  }
}
