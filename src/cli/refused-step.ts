/** @file A step of `cnnc train` that was refused: it is taken again to see where it went wrong, and told. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { explainRefused } from '../check/explain-refused.ts';
import { findNotFinite } from '../check/find-not-finite.ts';
import { TrainerError } from '../data/trainer-error.ts';
import { RUN } from '../runtime/run-folder.ts';
import type { FitOptions } from '../runtime/trainer-api.ts';
import type { Prepared } from '../runtime/training-run.ts';
import type { Elaboration } from '../semantics/model.ts';

export interface RefusedRun extends Pick<Prepared, 'trainer' | 'data'> {
  readonly elaboration: Elaboration;
  readonly options: Pick<FitOptions, 'epochs' | 'batch' | 'lr'> & {
    readonly validation?: number;
    readonly out?: string;
  };
  readonly note: (text: string) => void;
}

/** The error with the place in the network, and the likely causes as its hint. */
export async function tellRefused(
  error: TrainerError,
  state: Uint8Array,
  rate: number | undefined,
  { trainer, data, elaboration, options, note }: RefusedRun,
): Promise<Error> {
  const { settings } = elaboration;
  const { epochs, batch, lr, validation = data.validation, out } = options;
  note('looking for the first value that is not finite\n');
  const trace = await findNotFinite({
    ...{ elaboration, data, checkpoint: state },
    batch: Math.max(batch ?? 0, settings.batch),
    options: { epochs, batch, lr, validation },
  });
  const { place, causes } = explainRefused({
    trace,
    rate: rate ?? lr ?? settings.optimizer.lr,
    weights: new Map([...trainer.parameters].map(([name, { data: values }]) => [name, largest(values)])),
    normalized: settings.normalize !== undefined,
    clipped: settings.clip !== undefined,
  });
  for (const cause of causes) note(`likely cause: ${cause}\n`);
  const problem = place ? `${error.problem}: ${place}` : error.problem;
  return new TrainerError(error.code, problem, `${error.hint}${await kept(out)}`);
}

/** Nothing is kept of a run that has not been saved yet. */
async function kept(out: string | undefined): Promise<string> {
  const saved = out !== undefined && (await stat(join(out, RUN.last)).catch(() => undefined));
  return saved ? `; \`${out}\` has the last good state, and \`--resume --lr X\` goes on from it` : '';
}

function largest(values: Float32Array): number {
  let found = 0;
  for (const value of values) found = Math.max(found, Math.abs(value));
  return found;
}
