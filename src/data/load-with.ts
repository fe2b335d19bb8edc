/** @file Data specifications: `digits`, `mnist:DIR` and so on, as the `train` block and `--data` write them. */

import { readCsv } from './csv.ts';
import { checkShape, type Dataset } from './dataset.ts';
import { drawDigits } from './digits.ts';
import { readMnist } from './idx.ts';
import { type NetworkPorts, readNpz, soleOf } from './npz.ts';
import { TrainerError } from './trainer-error.ts';

export interface LoadOptions {
  /** `[C, H, W]` of the network's input: settles the shape of flat data, and CNN4145 for any other. */
  readonly shape?: readonly number[];
  /** Inputs with their shapes and targets, for networks that may have several. */
  readonly network?: NetworkPorts;
}

export type Reader = (
  place: string,
  shape: readonly number[] | undefined,
  network: NetworkPorts | undefined,
) => Promise<Dataset> | Dataset;

/** The seed of `digits`: a data set stays the same when the training seed changes. */
const digitsSeed = 1;

const readers: Readonly<Record<string, Reader>> = {
  digits: readDigits,
  mnist: readMnist,
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

/** Reads or draws the data that a specification names, with `more` readers where there are any. Throws CNN4140 to CNN4149. */
export async function loadWith(
  spec: string,
  options: LoadOptions = {},
  more?: Readonly<Record<string, Reader>>,
): Promise<Dataset> {
  const [, kind, place = ''] = /^(\w+)(?::(.*))?$/s.exec(spec.trim()) ?? [];
  const known = { ...readers, ...more };
  if (!kind || (kind !== 'digits' && !place)) throw unknown(spec);
  if (!Object.hasOwn(known, kind)) {
    if (!/^cifar100?$/.test(kind)) throw unknown(spec);
    const problem = `the images of \`${spec}\` are 3×32×32, which is not what the network takes`;
    throw new TrainerError('CNN4145', problem, 'use other data, or declare the input as [3, 32, 32]');
  }
  const { network, shape = network && soleOf(network.inputs) } = options;
  const data = await known[kind]!(place, shape, network);
  if (data.shape && network && !shape) {
    const problem = `\`${spec}\` has one image each, but the network's inputs are ${Object.keys(network.inputs).join(', ')}`;
    throw new TrainerError('CNN4145', problem, 'use `npz:FILE` with an array for each');
  }
  if (data.shape && shape) checkShape(data.shape, shape, `\`${spec}\``);
  return data;
}
