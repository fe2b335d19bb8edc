/** @file Reads data of every kind, pictures in folders included: for the command line, which has a decoder. */
import type { AnySplit, Dataset } from '../dataset.ts';
import type { LoadOptions } from '../format.ts';
import { formatNamed } from '../formats.ts';
import { loadWith } from '../load-with.ts';
import { nodeModule } from '../node-module.ts';
import { images } from '../pictures.ts';
import { parseSpecification } from '../specification.ts';
import { TrainerError } from '../trainer-error.ts';
import { readPictures } from './read-pictures.ts';

/** The data of a specification. Throws CNN4140 to CNN4155. */
export async function loadDataOrPictures(spec: string, options: LoadOptions = {}): Promise<Dataset<AnySplit>> {
  try {
    return await loadWith(spec, options, (format) => format.read ?? (format === images ? readPictures : undefined));
  } catch (error) {
    throw (await withSource(spec, error)) ?? error;
  }
}

/** Of files that everyone can have: where they are. Nothing for other mistakes. */
async function withSource(spec: string, error: unknown): Promise<TrainerError | undefined> {
  if (!(error instanceof TrainerError) || error.code !== 'CNN4141') return undefined;
  const { kind, place } = parseSpecification(spec);
  const from = formatNamed(kind)?.known?.from;
  const { access } = await nodeModule('fs/promises');
  const isThere = await access(place).then(
    () => true,
    () => false,
  );
  if (!from || isThere) return undefined;
  const hint = `${from}; name the folder with the files: \`--data ${kind}:DIR\``;
  return new TrainerError('CNN4141', error.problem, hint);
}
