/** @file Data specifications: `digits`, `mnist:DIR` and so on, as the `train` block and `--data` write them. */

import { readCifar10, readCifar100 } from './cifar.ts';
import { readCsv } from './csv.ts';
import { checkShape, type Dataset } from './dataset.ts';
import { drawDigits } from './digits.ts';
import { readMnist } from './idx.ts';
import { readNpz } from './npz.ts';
import { TrainerError } from './trainer-error.ts';

export interface LoadOptions {
  /** `[C, H, W]` of the network's input: settles the shape of flat data, and CNN4145 for any other. */
  readonly shape?: readonly number[];
}

type Reader = (place: string, shape: readonly number[] | undefined) => Promise<Dataset> | Dataset;

/** The seed of `digits`: a data set stays the same when the training seed changes. */
const digitsSeed = 1;

const readers: Readonly<Record<string, Reader>> = {
  digits: readDigits,
  mnist: readMnist,
  cifar10: readCifar10,
  cifar100: readCifar100,
  csv: readCsv,
  npz: readNpz,
  images: (place) => {
    throw new TrainerError(
      'CNN4146',
      `\`images:${place}\` is not supported yet`,
      'convert the images to `npz:` or `csv:`',
    );
  },
};

function unknown(spec: string): TrainerError {
  const forms = '`digits`, `digits:N`, `mnist:DIR`, `cifar10:DIR`, `cifar100:DIR`, `csv:FILE` or `npz:FILE`';
  return new TrainerError('CNN4140', `\`${spec}\` names no data`, `write ${forms}`);
}

/** `digits`, `digits:6000`, `digits:train=6000,test=1000,seed=7`. */
function readDigits(place: string): Dataset {
  const settings: Record<string, number> = { train: 10000, seed: digitsSeed };
  for (const part of place ? place.split(',') : []) {
    const [, key = 'train', digits] = /^(?:(train|test|seed)=)?(\d{1,7})$/.exec(part) ?? [];
    if (!digits || (key !== 'seed' && Number(digits) < 1)) throw unknown(`digits:${place}`);
    settings[key] = Number(digits);
  }
  const { train, test = Math.ceil(train! / 5), seed } = settings;
  return drawDigits(train!, test, seed!);
}

/** Reads or draws the data that a specification names. Throws CNN4140 to CNN4149. */
export async function loadData(spec: string, options: LoadOptions = {}): Promise<Dataset> {
  const [, kind, place = ''] = /^(\w+)(?::(.*))?$/s.exec(spec.trim()) ?? [];
  if (!kind || !Object.hasOwn(readers, kind) || (kind !== 'digits' && !place)) throw unknown(spec);
  const data = await readers[kind]!(place, options.shape);
  if (options.shape) checkShape(data, options.shape, `\`${spec}\``);
  return data;
}
