/** @file Reads data with all readers there are. Trainer modules carry this packed, as data are read where there are files. */
import type { Dataset, PlainDataset, Split } from './dataset.ts';
import type { LoadOptions, Reader } from './format.ts';
import { loadWith } from './load-with.ts';

/** The data of a specification for a network that may have several inputs. Throws CNN4140 to CNN4151. */
export function loadData(spec: string, options: LoadOptions & { network: object }): Promise<Dataset>;
export function loadData(spec: string, options?: LoadOptions): Promise<PlainDataset>;
export function loadData(spec: string, options: LoadOptions = {}): Promise<Dataset> {
  return loadWith(spec, options, ({ read }) => read as Reader<Split> | undefined);
}
