/** @file Reads data with all readers there are. Trainer modules carry this packed, as data are read where there are files. */
import { cifarReaders } from './cifar.ts';
import { readCsv } from './csv.ts';
import type { Dataset, PlainDataset } from './dataset.ts';
import { readDigits } from './digits.ts';
import { readMnist } from './idx.ts';
import { type LoadOptions, loadWith } from './load-with.ts';
import { readNpz } from './npz.ts';

/** Of all kinds but pictures, which `decode/load-pictures.ts` adds for the command line. */
export const readers = { digits: readDigits, mnist: readMnist, csv: readCsv, npz: readNpz, ...cifarReaders };

/** The data of a specification for a network that may have several inputs. Throws CNN4140 to CNN4151. */
export function loadData(spec: string, options: LoadOptions & { network: object }): Promise<Dataset>;
export function loadData(spec: string, options?: LoadOptions): Promise<PlainDataset>;
export function loadData(spec: string, options: LoadOptions = {}): Promise<Dataset> {
  return loadWith(spec, options, readers);
}
