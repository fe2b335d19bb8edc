/** @file Reads data of every kind, pictures in folders included: for the command line, which has a decoder. */
import type { AnySplit, Dataset } from '../dataset.ts';
import type { LoadOptions } from '../format.ts';
import { loadWith } from '../load-with.ts';
import { images } from '../pictures.ts';
import { readPictures } from './read-pictures.ts';

/** The data of a specification. Throws CNN4140 to CNN4155. */
export function loadDataOrPictures(spec: string, options: LoadOptions = {}): Promise<Dataset<AnySplit>> {
  return loadWith(spec, options, (format) => format.read ?? (format === images ? readPictures : undefined));
}
