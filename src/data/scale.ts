/**
 * @file What numbers of a file stand for. One rule for all formats: whole numbers from 0 to 255 are bytes and are divided by
 * 255, unless there are none beyond 1; real numbers are taken as they are. Whole numbers beyond 255 and real numbers
 * beyond 16, which no network is fed with, are in doubt: `scale=N` says what they are divided by. Text has no types: it
 * holds whole numbers if nine in ten of its numbers are, those that are 0 apart.
 */

import type { Pixels } from './dataset.ts';
import { TrainerError } from './trainer-error.ts';

export interface Numbers {
  /** What they are, if not simply what the scale is sought for. */
  readonly where?: string;
  readonly values: Pixels;
  readonly kind: 'boolean' | 'whole' | 'real' | 'text';
}

const most = 16;

export interface Scale {
  readonly divisor: number;
  readonly said: string;
}

interface Survey {
  readonly lowest: number;
  readonly highest: number;
  readonly areWhole: boolean;
}

/** CNN4149 where a value is not finite. */
function survey(numbers: readonly Numbers[], where: string): Survey {
  let [lowest, highest, whole, broken] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const { values, where: own = where } of numbers) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) {
        const problem = `${own} hold ${value}`;
        throw new TrainerError('CNN4149', problem, 'replace values that are not finite, or leave such images out');
      }
      if (value > highest) highest = value;
      if (value < lowest) lowest = value;
      if (Math.floor(value) !== value) broken++;
      else if (value) whole++;
    }
  }
  return { lowest, highest, areWhole: whole >= 9 * broken };
}

const short = (value: number) => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));

/** What the values of one input or target, in all its parts, are divided by. CNN4151 where it is in doubt. */
export function scaleOf(numbers: readonly Numbers[], where: string, option: string | undefined): Scale {
  const { lowest, highest, areWhole } = survey(numbers, where);
  const { kind } = numbers[0]!;
  const range = `${short(lowest)} to ${short(highest)}`;
  const said = (divisor: number) =>
    `${where}, ${range}, ${divisor === 1 ? 'taken as they are' : `divided by ${divisor}`} (scale=${divisor})`;
  if (option !== undefined) {
    const divisor = Number(option);
    if (divisor > 0 && divisor < Number.POSITIVE_INFINITY) return { divisor, said: said(divisor) };
    throw new TrainerError('CNN4140', `\`scale=${option}\` is no positive number`, 'write `scale=255` or `scale=1`');
  }
  const small = lowest >= -1 && highest <= 1;
  const counts = kind === 'whole' || (kind === 'text' && areWhole && !small);
  if (small || (!counts && lowest >= -most && highest <= most)) return { divisor: 1, said: said(1) };
  if (counts && lowest >= 0 && highest <= 255) return { divisor: 255, said: said(255) };
  const what = `${where} are ${counts ? 'whole' : 'real'} numbers from ${range}`;
  const question = lowest >= 0 && highest <= 255 ? `${what}: are these bytes?` : `${what}: divided by what?`;
  const hint = `add \`scale=255\` to divide by 255${highest > 255 ? `, \`scale=${short(highest)}\` to divide by the largest` : ''}, or \`scale=1\` to take them as they are`;
  throw new TrainerError('CNN4151', question, hint);
}

/** Bytes remain bytes, which stand for 0 to 1; anything else is divided. */
export function divideBy(values: Pixels, divisor: number): Pixels {
  if (values instanceof Uint8Array) return divisor === 255 ? values : Float32Array.from(values, (v) => v / divisor);
  if (divisor !== 1) for (let i = 0; i < values.length; i++) values[i]! /= divisor;
  return values;
}
