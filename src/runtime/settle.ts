/**
 * @file The settings of a run: the caller's, or those of the run that is continued, or the `train` block's. What has changed
 * in the `train` block since the run began takes effect, and is told.
 */

import { refuse } from '../data/trainer-error.ts';
import { checkCount } from './batch.ts';
import type { Engine } from './engine.ts';
import type { TrainingDefaults } from './executable.ts';
import { newProgress } from './progress.ts';
import type { FitOptions, Notice } from './trainer-api.ts';

/** Held out where early stopping has nothing else to watch. */
const USUAL_VALIDATION = 0.1;

/** The part of the `train` block that decides how training goes. */
type Block = Omit<TrainingDefaults, 'data' | 'seed' | 'learningRate'> & { readonly normalize?: unknown };

function blockOf({ compiled }: Engine): Block {
  const { data: _, seed: __, learningRate: ___, ...block } = compiled.training;
  const normalize = compiled.programs.train.inputs.flatMap((input) => input.normalize ?? []);
  return { ...block, normalize: normalize.length > 0 ? normalize : undefined };
}

/** Nothing for what is no object: checkpoints hold what others wrote. */
function parseBlock(text: string): Partial<Block> | undefined {
  try {
    const block = JSON.parse(text);
    return Object(block) === block ? block : undefined;
  } catch {}
  return undefined;
}

const percent = (fraction: number) => `${Number((100 * fraction).toPrecision(3))} %`;

/** As it is written in the block: `sgd(lr: 0.1, momentum: 0.9)`, several of that kind, a number, or `none`. */
function describe(value: unknown): string {
  if (Object(value) !== value) return String(value ?? 'none');
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`;
  const { kind, steps, mix, words, size: _, ...rest } = value as Record<string, unknown>;
  const parts = Object.entries(rest).map(([name, part]) => `${name.replace('deviation', 'std')}: ${describe(part)}`);
  const text = [...[steps, mix, words].flat().filter(Boolean).map(describe), ...parts].join(', ');
  return kind ? `${kind}(${text})` : text || 'none';
}

/** Settles the settings into the progress. CNN4104, CNN4108 for what cannot be; nothing is changed then. */
export function settle(engine: Engine, options: FitOptions, data: string, hasTest: boolean): Notice[] {
  const { progress, compiled } = engine;
  const { training, network, parts } = compiled;
  const resumes = engine.unfinished && options.resume !== false;
  const block = blockOf(engine);
  const before = resumes ? parseBlock(progress.training) : undefined;
  const keeps = (name: keyof Block) => resumes && (!before || describe(before[name]) === describe(block[name]));
  const notices: Notice[] = [];
  const tell = (message: string, kind: Notice['kind'] = 'resume') => notices.push({ kind, message });
  for (const name of Object.keys({ ...before, ...block }) as (keyof Block)[]) {
    if (!before || keeps(name)) continue;
    const kept = name === 'validation' ? '; what was held out stays held out' : '';
    tell(`\`${name}\` was ${describe(before[name])}, and is ${describe(block[name])}${kept}`);
  }
  const epochs = options.epochs ?? ((keeps('epochs') && progress.epochs) || training.epochs);
  const batch = options.batch ?? ((keeps('batch') && progress.batch) || training.batch);
  const lr = options.lr ?? ((keeps('optimizer') && progress.lr) || training.learningRate);
  let patience = options.patience ?? (before && keeps('patience') ? progress : training).patience;
  const watch = options.watch ?? (before && keeps('watch') ? progress : training).watch;
  let watcher = patience > 0 ? 'early stopping' : parts?.schedule?.observe && 'the schedule';
  checkCount(batch, network.maxBatch);
  const validation =
    resumes && progress.training
      ? keptValidation(engine, options)
      : newValidation(engine, options, watcher, watch, tell);
  if (resumes && watcher && watch === 'validation' && validation === 0 && options.patience === undefined) {
    // A run that holds nothing out may get `stop early`, or a schedule that watches, while it rests.
    tell(`${watcher} has no effect: this run has learnt from all training images; a new run holds some out`);
    patience = 0;
    watcher = undefined;
  }
  checkWatch(options, watcher, watch, validation, hasTest);
  if (options.epochs ?? options.patience) {
    // Of the `train` block the compiler has told.
    const idle = (what: string, length: number) =>
      tell(`${what} of ${length} epochs has no effect in a run of ${epochs}`, 'idle');
    const { warmup } = training.schedule;
    if (warmup > 0 && warmup >= epochs) idle('the warm-up', warmup);
    if (patience > 0 && patience + 1 >= epochs) idle('early stopping with a patience', patience);
  }
  if (resumes) goOn(engine, epochs, patience, tell);
  if (resumes && progress.data && progress.data !== data) {
    tell(`the data was ${progress.data}, and is ${data}; the epoch begins anew`);
    Object.assign(progress, { cursor: 0, best: Number.POSITIVE_INFINITY, bestEpoch: 0, stale: 0 });
    engine.best = engine.last = undefined;
  }
  if (!keeps('schedule')) progress.scheduled = '';
  const seed = options.seed ?? progress.seed;
  if (!resumes) {
    const { step, optimizerStart } = progress;
    Object.assign(progress, newProgress(seed), { step, optimizerStart });
    engine.best = engine.last = undefined;
  }
  const settled = { epochs, batch, lr, seed, patience, watch, validation, data, training: JSON.stringify(block) };
  Object.assign(progress, settled);
  engine.unfinished = true;
  return notices;
}

type Tell = (message: string, kind?: Notice['kind']) => void;

/** A run that has stopped early goes on where more epochs are wanted than it was to have: with the patience of a new one. */
function goOn({ progress }: Engine, epochs: number, patience: number, tell: Tell): void {
  const { stale, epoch, epochs: planned } = progress;
  if (!patience || stale < patience || epoch >= epochs) return;
  const more = epochs > planned;
  if (more) progress.stale = 0;
  tell(
    `this run stopped early after epoch ${epoch}; ${more ? `it goes on, and its patience of ${patience} epochs begins anew` : `only with more than ${planned} epochs (\`--epochs\`) does it go on`}`,
  );
}

/** What a run that goes on has held out stays held out: the fraction, or -1 for images of their own. */
function keptValidation({ progress }: Engine, { validation: wanted }: FitOptions): number {
  const held = progress.validation;
  if (typeof wanted === 'object' ? held <= 0 : wanted === undefined ? held >= 0 : wanted === held)
    return typeof wanted === 'object' ? -1 : held;
  const was = held < 0 ? 'was validated on images of its own' : `holds out ${percent(held)} of the training images`;
  const hint = held < 0 ? 'pass them as `validation`' : 'leave `validation` (`--validation`) out';
  refuse(
    'CNN4108',
    `the run that is continued ${was}`,
    `${hint}, or start a new run: \`resume: false\` (no \`--resume\`)`,
  );
}

function newValidation(
  { compiled }: Engine,
  { validation: wanted }: FitOptions,
  watcher: string | undefined,
  watch: string,
  tell: Tell,
): number {
  if (typeof wanted === 'object') return -1;
  const fraction = wanted ?? compiled.training.validation;
  if (fraction !== undefined || !watcher || watch === 'test') return fraction ?? 0;
  const held = percent(USUAL_VALIDATION);
  tell(
    `${held} of the training images are held out for ${watcher} to watch; \`validation\` sets how many`,
    'validation',
  );
  return USUAL_VALIDATION;
}

function checkWatch(
  asked: FitOptions,
  watcher: string | undefined,
  watch: string,
  validation: number,
  hasTest: boolean,
): void {
  if (watch === 'test' && !hasTest)
    refuse('CNN4108', 'there are no test images to watch', "pass `test`, or `watch: 'validation'`");
  if (watch === 'test' || validation !== 0) return;
  const hint = 'hold images out with `validation: 0.1` (`--validation 10%`)';
  if (watcher) refuse('CNN4108', `${watcher} has nothing to watch`, `${hint}, or set \`patience: 0\` (no \`stop\`)`);
  if (asked.watch) refuse('CNN4108', "`watch` is 'validation', but nothing is held out", hint);
}
