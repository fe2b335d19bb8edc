/** @file Weights to start from, or to predict with: those of a file, or the best of a run's folder. */

import { readBytes } from '../data/files.ts';
import { isFolder } from '../data/read-files.ts';
import { TrainerError } from '../data/trainer-error.ts';
import type { AnyTrainer } from './any-trainer.ts';
import { RUN } from './run-folder.ts';

/** Other forms of weights than safetensors, and other words for what was not taken. */
export interface WeightsReader {
  read(path: string): Promise<Uint8Array>;
  rest(): string;
}

export interface WeightsChoice {
  /** A file, or the folder of a run, and whether it may hold less or more than the network needs. */
  readonly weights?: string;
  readonly partial?: boolean;
  /** The same as `weights` with `partial`. */
  readonly from?: string;
  readonly reader?: WeightsReader;
}

/** Names told of the weights that do not fit. */
const MOST_TOLD = 8;

/** Takes them, and tells which were taken and which were not. Throws what `load` throws. */
export async function loadWeights(
  trainer: AnyTrainer,
  { from, weights = from, partial = from !== undefined, reader }: WeightsChoice,
  note: (text: string) => void,
): Promise<void> {
  if (weights === undefined) return;
  const path = (await isFolder(weights)) ? `${weights}/${RUN.best}` : weights;
  const { taken, missing, unexpected } = await trainer.load(await (reader?.read ?? readBytes)(path), { partial });
  const told = (what: string, names: readonly string[]) =>
    names.length > 0
      ? `; ${what}: ${names.slice(0, MOST_TOLD).join(', ')}${names.length > MOST_TOLD ? `, and ${names.length - MOST_TOLD} more` : ''}`
      : '';
  const rest = told('left as they were', missing) + told('not used', unexpected);
  if (missing.length > 0 && taken.length === 0)
    throw new TrainerError(
      'CNN4121',
      `nothing in \`${path}\` fits${rest}`,
      `${reader ? 'say with `--map` what they are called' : 'rename its tensors'}, or start without them`,
    );
  note(`${taken.length} weights from ${path}${reader ? reader.rest() : rest}\n`);
}
