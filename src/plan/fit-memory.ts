/** @file How many images a module takes at once, where nobody says, and whether its memory can be addressed. */
import { diagnostic } from '../diagnostics/catalogue.ts';
import { DiagnosticError } from '../diagnostics/diagnostic.ts';
import type { Elaboration } from '../semantics/model.ts';
import { type PlanRequest, type ProgramsPlan, planPrograms } from './plan-programs.ts';
import type { ProgramName } from './program-graphs.ts';

/** What WebAssembly can address; JavaScript's arrays end not far above. */
const MOST_BYTES = 2 ** 32;

/** Where nobody asks for more, graphics cards need have no more room than this. */
const MOST_USUAL_BYTES = 2 ** 30;

/** Largest batch of a module, unless told otherwise. */
const USUAL_BATCH = 64;

/** Bytes that a module may need where nobody asks for more. */
export function roomOf({ traits }: Pick<ProgramsPlan<never>, 'traits'>): number {
  return traits.allAtOnce ? MOST_USUAL_BYTES : MOST_BYTES;
}

/** Largest batch of a module, unless told otherwise; less where so many images do not fit. */
export function usualBatch({ settings }: Elaboration): number {
  return Math.max(USUAL_BATCH, settings.batch);
}

/** For `maxBatch` images, or for the usual number or what of it fits. Reports CNN4007. */
export function planWithinMemory<Name extends ProgramName>(
  request: Omit<PlanRequest<Name>, 'maxBatch'>,
  maxBatch?: number,
): ProgramsPlan<Name> {
  const wanted = maxBatch ?? usualBatch(request.elaboration);
  const planned = planPrograms({ ...request, maxBatch: wanted });
  const fitting = maxBatch === undefined ? largestBatch(planned) : wanted;
  const plan = fitting < wanted ? planPrograms({ ...request, maxBatch: fitting }) : planned;
  checkMemory(plan);
  return plan;
}

/** Half of the planned batch, or of that, as often as its memory needs. A batch above the usual was asked for, and stays. */
function largestBatch(planned: ProgramsPlan<never>): number {
  const { memoryLength, floatsPerImage, maxBatch, elaboration } = planned;
  if (elaboration.settings.batch > USUAL_BATCH) return maxBatch;
  const most = roomOf(planned);
  if (4 * memoryLength <= most) return maxBatch;
  const perImage = floatsPerImage();
  const needed = (batch: number) => 4 * (memoryLength - perImage * (maxBatch - batch));
  let batch = maxBatch;
  while (needed(batch) > most && batch > 1) batch /= 2;
  return batch;
}

/** A module that needs more could not even be started. */
function checkMemory({ memoryLength, maxBatch, elaboration }: ProgramsPlan<never>): void {
  const needed = 4 * memoryLength;
  if (needed <= MOST_BYTES) return;
  const gigabytes = (needed / 2 ** 30).toFixed(1);
  const message = `\`${elaboration.training.name}\` needs ${gigabytes} GB for batches of ${maxBatch}; at most 4 GB are possible`;
  const notes = [{ message: '`cnnc summary --batch` shows what takes how much' }];
  const fix = { message: 'use smaller batches, smaller maps or fewer channels' };
  throw new DiagnosticError(diagnostic('CNN4007', message, { notes, fix }));
}
