/**
 * @file Training as a program does it, the command `cnnc train` or a trainer module: a line for each epoch, the place saved
 * in the folder of the run, and stopped by a signal without losing anything.
 */

import type { Dataset } from '../data/dataset.ts';
import { readBytes } from '../data/files.ts';
import { TrainerError } from '../data/trainer-error.ts';
import type { StepResult } from './engine.ts';
import type { EpochResult, FitOptions, FitProgress } from './fit.ts';
import { openRun, type RunFolder, type RunPlace } from './run-folder.ts';
import { parseSafetensors } from './safetensors.ts';
import type { Trainer } from './trainer.ts';

export interface TrainingSettings extends Pick<FitOptions, 'epochs' | 'batch' | 'lr' | 'seed'>, Partial<RunPlace> {
  readonly validation?: number;
  /** A file to start from, and whether it may hold less or more than the network needs. */
  readonly weights?: string;
  readonly partial?: boolean;
  readonly saveEvery?: SaveEvery;
  readonly json?: boolean;
  /** Of the `train` block. */
  readonly usual: { readonly seed: number; readonly epochs: number };
  /** The words of the command, for the line that says how to go on. */
  readonly command: readonly string[];
}

/** How often the place is saved within an epoch. */
export type SaveEvery = { readonly steps: number } | { readonly milliseconds: number };

/** Where a training program writes. */
export interface Report {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Sentences, which may be broken between lines; `err` unless there is one. */
  readonly note?: (text: string) => void;
  /** Called once when `out` leads nowhere any more, with the code of the system's error. */
  onLost?: (code: string) => void;
  /** After every step. */
  readonly progress?: (progress: FitProgress) => void;
  /** After every epoch. */
  readonly epoch?: (result: EpochResult) => void;
  readonly metrics: (metrics: NonNullable<StepResult['metrics']>, classes?: readonly string[]) => string;
}

export interface Prepared {
  readonly trainer: Trainer;
  readonly data: Dataset;
}

/** Milliseconds between two saves unless told. */
const MINUTE = 60_000;

/** Where epochs are shorter, not every one is saved. */
const SOON = 1000;

const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** One line of text per epoch, loss and accuracy of each part, within 80 columns. */
export function describeEpoch(result: EpochResult, epochs: number): string {
  const { epoch, trainLoss, trainAccuracy, testLoss, testAccuracy, seconds, imagesPerSecond } = result;
  const { validationLoss = Number.NaN, validationAccuracy } = result;
  const speed = `${seconds.toFixed(1)} s  ${Math.round(imagesPerSecond)} images/s`;
  const parts = [
    `epoch ${epoch}/${epochs}`,
    describePart('train', trainLoss, trainAccuracy),
    describePart('held out', validationLoss, validationAccuracy),
    describePart('test', testLoss, testAccuracy),
    imagesPerSecond ? Number.isNaN(validationLoss) && speed : 'resumed at its end',
  ];
  return parts.filter(Boolean).join('  ');
}

function describePart(name: string, loss: number, accuracy?: number): string {
  if (Number.isNaN(loss)) return '';
  return `${name} ${loss.toFixed(4)}${accuracy === undefined ? '' : ` ${(100 * accuracy).toFixed(2)} %`}`;
}

function describeTest({ loss, correct, count }: StepResult): string {
  const accuracy = correct === undefined ? '' : `  accuracy ${((100 * correct) / count).toFixed(2)} %`;
  return `test loss ${loss.toFixed(4)}${accuracy}  (${count} images)`;
}

/** What the epoch has measured. */
function testOf({ testLoss, testAccuracy, testMetrics }: EpochResult, count: number): StepResult {
  const correct = testAccuracy === undefined ? {} : { correct: testAccuracy * count };
  return { loss: testLoss, count, ...correct, metrics: testMetrics };
}

/** The command that continues: with `--resume`, and without what only begins a run. */
function commandToResume(words: readonly string[]): string {
  const kept = words.filter(
    (word, k) => !/^--(force|partial|resume|weights)\b/.test(word) && words[k - 1] !== '--weights',
  );
  const quoted = kept.map((word) => (/^[\w./:=,%@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return `${quoted.join(' ')} --resume`;
}

function note(report: Report, text: string): void {
  (report.note ?? report.err)(text);
}

/** Names told of the weights that do not fit. */
const MOST_TOLD = 8;

/** Starts from weights, and tells which were taken and which were not. Throws what `load` throws. */
export async function loadWeights(trainer: Trainer, settings: TrainingSettings, report: Report): Promise<void> {
  const { weights, partial } = settings;
  if (weights === undefined) return;
  const { taken, missing, unexpected } = trainer.load(await readBytes(weights), { partial });
  const told = (what: string, names: readonly string[]) =>
    names.length > 0
      ? `; ${what}: ${names.slice(0, MOST_TOLD).join(', ')}${names.length > MOST_TOLD ? ', …' : ''}`
      : '';
  const weighty = (names: readonly string[]) => names.filter((name) => !name.startsWith('optimizer.'));
  const rest = told('left as they were', weighty(missing)) + told('not used', unexpected);
  if (missing.length > 0 && weighty(taken).length === 0)
    throw new TrainerError(
      'CNN4121',
      `nothing in \`${weights}\` fits${rest}`,
      'rename its tensors, or leave `--weights` out',
    );
  note(report, `${weighty(taken).length} weights from ${weights}${rest}\n`);
}

class TrainingRun {
  readonly #abort = new AbortController();
  #status = 0;
  #saving: Promise<void> | undefined;
  /** Why the latest state could not be saved. */
  #unsaved: unknown;
  #lost: string | undefined;
  #savedAt = performance.now();
  #steps = 0;
  /** An epoch has ended with better weights than those in the folder. */
  #hasBest = false;
  #planned = 0;
  #rate = 0;
  #last: EpochResult | undefined;

  constructor(
    readonly prepared: Prepared,
    readonly folder: RunFolder | undefined,
    readonly settings: TrainingSettings,
    readonly report: Report,
  ) {}

  async run(): Promise<number> {
    const { report } = this;
    const release = this.#listen();
    report.onLost = (code) => this.#loseOutput(code);
    try {
      await this.#epochs();
      if (this.#abort.signal.aborted) await this.#interrupted();
      else await this.#conclude();
    } finally {
      release();
      await this.#saving;
    }
    return this.#status || (this.#unsaved || (this.#lost && this.#lost !== 'EPIPE') ? 1 : 0);
  }

  #stop(status: number): void {
    this.#status = status;
    this.#abort.abort();
  }

  /** The first signal stops between two steps, so that the place can be saved; the second one kills. */
  #listen(): () => void {
    const names = Object.keys(STATUS) as (keyof typeof STATUS)[];
    const release = () => {
      for (const name of names) process.off(name, handle);
    };
    const handle = (name: NodeJS.Signals) => {
      release();
      this.#stop(STATUS[name as keyof typeof STATUS]);
    };
    for (const name of names) process.on(name, handle);
    return release;
  }

  /** With a folder the run is worth going on with. */
  #loseOutput(code: string): void {
    this.#lost = code;
    if (code !== 'EPIPE') this.report.err(`standard output cannot be written: the system says ${code}\n`);
    if (!this.folder) this.#stop(code === 'EPIPE' ? 141 : 1);
  }

  async #epochs(): Promise<void> {
    const { prepared, settings, report } = this;
    const { json, epochs, batch, lr, validation } = settings;
    this.#planned = epochs ?? settings.usual.epochs;
    const { signal } = this.#abort;
    const results = prepared.trainer.fit(prepared.data, {
      ...{ epochs, batch, lr, validation, signal },
      ...(!this.folder?.checkpoint && { resume: false, seed: settings.seed ?? settings.usual.seed }),
      onProgress: (progress) => this.#progress(progress),
      onNotice: ({ message }) => note(report, `${message}\n`),
    });
    for await (const result of results) {
      this.#last = result;
      report.epoch?.(result);
      const fields = { ...result, learningRate: this.#rate, data: prepared.data.decisions };
      const text = json
        ? JSON.stringify(fields, (_, value) => (Number.isNaN(value) ? undefined : value))
        : describeEpoch(result, this.#planned);
      report.out(`${text}\n`);
      this.#hasBest ||= result.best !== false;
      const isLast = result.epoch === this.#planned || result.stopped;
      if (!isLast && performance.now() - this.#savedAt < SOON) continue;
      await this.#saving;
      await this.#save();
    }
  }

  #progress(progress: FitProgress): void {
    const { report, settings } = this;
    const now = performance.now();
    this.#planned = progress.epochs;
    this.#rate = progress.learningRate;
    this.#steps++;
    report.progress?.(progress);
    const every = settings.saveEvery ?? { milliseconds: MINUTE };
    const due = 'steps' in every ? this.#steps >= every.steps : now - this.#savedAt >= every.milliseconds;
    if (due && !this.#saving) void this.#save();
  }

  /** A place that cannot be written does not end the training: the old file stays, and the next may succeed. */
  #save(): Promise<void> | undefined {
    const { folder, report } = this;
    const { trainer } = this.prepared;
    if (!folder) return;
    this.#steps = 0;
    this.#savedAt = performance.now();
    const best = this.#hasBest ? trainer.save({ best: true }) : undefined;
    this.#hasBest = false;
    this.#saving = folder.save(trainer.save(), best).then(
      () => {
        this.#unsaved = undefined;
        this.#saving = undefined;
      },
      (error) => {
        this.#unsaved = error;
        this.#hasBest ||= best !== undefined;
        this.#saving = undefined;
        report.err(`warning: ${error.problem ?? error}; training goes on\n`);
      },
    );
    return this.#saving;
  }

  async #interrupted(): Promise<void> {
    const { folder, report, settings } = this;
    await this.#saving;
    await this.#save();
    if (!folder) report.err('interrupted; nothing is kept, because no folder was given with --out\n');
    else if (this.#unsaved) report.err('interrupted\n');
    else report.err(`interrupted; the run is saved, and this continues it:\n${commandToResume(settings.command)}\n`);
  }

  /** The test metrics: of the last epoch if its weights are the ones that are kept, and else measured now. */
  async #conclude(): Promise<void> {
    const { report, settings, prepared } = this;
    const { data, trainer } = prepared;
    const last = this.#last;
    const { epoch, epochs, ended, bestEpoch = epoch } = trainer.run!;
    if (ended === 'early') {
      const why = last?.stopped?.reason ?? 'it had stopped before';
      note(report, `stopped after epoch ${epoch} of ${epochs}: ${why}; the weights of epoch ${bestEpoch} are kept\n`);
    } else if (!last) report.err(`${epoch} of ${epochs} epochs are done; --epochs N for more\n`);
    if (settings.json || !data.test.count) return;
    const test = last && bestEpoch === epoch ? testOf(last, data.test.count) : await trainer.test(data.test);
    const whose = bestEpoch === epoch ? '' : `, with the weights of epoch ${bestEpoch}`;
    report.out(`${describeTest(test)}${whose}\n${test.metrics ? report.metrics(test.metrics, data.classes) : ''}`);
  }
}

/** Refuses a seed that the run to continue does not have. */
function checkSeed(checkpoint: Uint8Array, { seed }: TrainingSettings): void {
  const kept = parseSafetensors(checkpoint).metadata.seed;
  if (seed === undefined || kept === undefined || Number(kept) === seed) return;
  const hint = 'leave `--seed` out, or start a new run without `--resume`';
  throw new TrainerError('CNN4108', `\`--seed ${seed}\` is not the seed of this run, which is ${kept}`, hint);
}

/**
 * Opens the folder of the run, has trainer and data made, and trains. The exit status: 0, 1 where something could not be
 * written, 128 and the signal's number when stopped by one. Throws what `openRun`, `load` and `fit` throw.
 */
export async function runTraining(
  settings: TrainingSettings,
  report: Report,
  prepare: () => Promise<Prepared>,
): Promise<number> {
  const { out, resume, force } = settings;
  const folder = out === undefined ? undefined : await openRun({ out, resume, force });
  let prepared: Prepared | undefined;
  try {
    if (folder?.checkpoint) checkSeed(folder.checkpoint, settings);
    prepared = await prepare();
    if (folder?.checkpoint) prepared.trainer.load(folder.checkpoint);
    else await loadWeights(prepared.trainer, settings, report);
    return await new TrainingRun(prepared, folder, settings, report).run();
  } finally {
    await folder?.close();
    prepared?.trainer.dispose(); // threads keep the process alive
  }
}
