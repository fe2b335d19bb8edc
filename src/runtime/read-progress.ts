/** @file The progress that a checkpoint's metadata tells: every number within its limits, or the file is refused. */
import { shortened } from '../common/printable.ts';
import { refuse } from '../data/trainer-error.ts';
import { newProgress, type Progress } from './progress.ts';

/** What a number must be, besides a number. */
const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
const LIMITS: { readonly [Key in keyof Progress]?: (value: number) => boolean } = {
  seed: Number.isSafeInteger,
  validationSeed: Number.isSafeInteger,
  lossSum: Number.isFinite,
  correct: (value) => value >= 0 && Number.isFinite(value),
  best: (value) => value > -Number.POSITIVE_INFINITY,
  lr: (value) => value >= 0 && Number.isFinite(value),
  validation: (value) => value === -1 || (value >= 0 && value < 1),
};

function damaged(problem: string): never {
  refuse('CNN4120', `the metadata of the checkpoint is damaged: ${problem}`, 'load another checkpoint');
}

/** `undefined` where the file comes from another tool, or holds weights alone. Throws CNN4120. */
export function readProgress(metadata: Readonly<Record<string, string>>): Progress | undefined {
  if (metadata.step === undefined) return undefined;
  const progress: Record<string, number | string> = { ...newProgress(0) };
  for (const [key, standard] of Object.entries(newProgress(0))) {
    const text = metadata[key];
    if (text === undefined) continue;
    const value = typeof standard === 'string' ? text : Number(text);
    const fits = LIMITS[key as keyof Progress] ?? isCount;
    if (typeof value === 'number' && !(text.trim() && fits(value))) damaged(`\`${key}\` is \`${shortened(text, 40)}\``);
    progress[key] = value;
  }
  return checkOrder(progress as unknown as Progress);
}

/** Numbers that are each possible may not be so together. */
function checkOrder(progress: Progress): Progress {
  const notes = progress.scheduled ? progress.scheduled.split(' ') : [];
  if (notes.some((note) => Number.isNaN(Number(note || 'none'))))
    damaged(`\`scheduled\` is \`${shortened(progress.scheduled, 40)}\``);
  const { step, epochStart, optimizerStart, epoch, bestEpoch, epochs, batch, cursor, stale, watch } = progress;
  const rising = epochStart <= step && optimizerStart <= step && bestEpoch <= epoch && stale <= epoch;
  const runs = epochs > 0 ? batch > 0 && epoch <= MOST_EPOCHS : cursor === 0;
  if (!rising || !runs) damaged('its counters contradict each other');
  if (!['', 'validation', 'test'].includes(watch)) damaged(`\`watch\` is \`${shortened(watch, 40)}\``);
  return progress;
}

const MOST_EPOCHS = 1e9;
