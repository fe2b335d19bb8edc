/** @file Reads data of every kind, pictures in folders included: for the command line, which has a decoder. */
import type { AnySplit, Dataset } from '../dataset.ts';
import { readers } from '../load-data.ts';
import { type LoadOptions, loadWith } from '../load-with.ts';
import { readPictures } from './read-pictures.ts';

/** The data of a specification. Throws CNN4140 to CNN4155. */
export function loadDataOrPictures(spec: string, options: LoadOptions = {}): Promise<Dataset<AnySplit>> {
  return loadWith(spec, options, { ...readers, images: readPictures });
}
