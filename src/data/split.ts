/**
 * @file Data that come without test images are divided: a fifth, or what `split=` says, of every class is held back for the
 * test. The draw has a seed of its own, `seed=`, so that runs with other training seeds, and resumed ones, are tested on the
 * same images.
 */

import type { Labels, Pixels } from './dataset.ts';
import { holdOut } from './hold-out.ts';
import { TrainerError } from './trainer-error.ts';

const usualShare = 0.2;

export interface Division {
  /** Numbers of images, ascending. */
  readonly train: Int32Array;
  readonly test: Int32Array;
  readonly said: string;
}

type Options = Readonly<Record<string, string>>;

function shareOf({ split = `${usualShare}` }: Options): number {
  const [, digits, percent] = /^(\d*\.?\d+)(%?)$/.exec(split) ?? [];
  const share = Number(digits) / (percent ? 100 : 1);
  if (share > 0 && share < 1) return share;
  throw new TrainerError('CNN4140', `\`split=${split}\` is no part of the images`, 'write a share such as `split=20%`');
}

export function seedOf({ seed = '1' }: Options): number {
  if (/^\d{1,9}$/.test(seed)) return Number(seed);
  throw new TrainerError('CNN4140', `\`seed=${seed}\` is no whole number`, 'write a seed such as `seed=7`');
}

/** Every class gives its share, to within one image. `labels`: class numbers, one for each image, or none. */
export function divide(count: number, labels: Labels | undefined, options: Options): Division {
  const share = shareOf(options);
  const seed = seedOf(options);
  const { kept: train, held: test } = holdOut({ count, labels }, share, seed, labels !== undefined);
  if (!train.length || !test.length) {
    const problem = `${count} images are too few to hold ${100 * share} % of them back for testing`;
    throw new TrainerError('CNN4144', problem, 'add images, or change `split=`');
  }
  const said = `${test.length} of ${count} held back for the test${labels ? ', by class' : ''} (split=${100 * share}%, seed=${seed})`;
  return { train, test, said };
}

/** The rows of an array for training and for the test; the former are moved together where they lie. */
export function divideRows<Values extends Pixels | Labels>(values: Values, size: number, parts: Division): Values[] {
  const test = values.slice(0, parts.test.length * size) as Values;
  for (const [i, n] of parts.test.entries()) test.set(values.subarray(n * size, (n + 1) * size), i * size);
  for (const [i, n] of parts.train.entries()) values.copyWithin(i * size, n * size, (n + 1) * size);
  return [values.subarray(0, parts.train.length * size) as Values, test];
}
