/** @file Reads data with all readers there are; trainer modules carry those that they can use. */
import { cifarReaders } from './cifar.ts';
import type { Dataset, PlainDataset } from './dataset.ts';
import { type LoadOptions, loadWith } from './load-with.ts';

/** The data of a specification for a network that may have several inputs. Throws CNN4140 to CNN4149. */
export function loadData(spec: string, options: LoadOptions & { network: object }): Promise<Dataset>;
export function loadData(spec: string, options?: LoadOptions): Promise<PlainDataset>;
export function loadData(spec: string, options?: LoadOptions): Promise<Dataset> {
  return loadWith(spec, options, cifarReaders);
}
