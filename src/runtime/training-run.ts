/**
 * @file Training as a program does it, the command `cnnc train` or a trainer module: a line for each epoch, the place saved
 * in the folder of the run, and stopped by a signal without losing anything.
 */

import type { AnySplit, Dataset } from '../data/dataset.ts';
import { nodeModule } from '../data/node-module.ts';
import { TrainerError } from '../data/trainer-error.ts';
import type { AnyTrainer } from './any-trainer.ts';
import { describeEpoch, describeTest, type EpochLosses, overfitting } from './epoch-text.ts';
import type { SaveEvery } from './option-text.ts';
import type { Progress } from './progress.ts';
import { fingerprint } from './run-data.ts';
import { openRun, type RunFolder, type RunPlace, type RunRecord } from './run-folder.ts';
import { epochRow, isLogged, type LogRow, stepRow } from './run-log.ts';
import { loadWeights, type WeightsChoice } from './start-weights.ts';
import type { EpochResult, FitOptions, FitProgress, StepResult } from './trainer-api.ts';

export interface TrainingSettings
  extends Pick<FitOptions, 'epochs' | 'batch' | 'lr' | 'seed'>,
    Partial<RunPlace>,
    WeightsChoice {
  readonly validation?: number;
  readonly threads?: number;
  readonly saveEvery?: SaveEvery;
  readonly json?: boolean;
  /** Of the `train` block. */
  readonly usual: { readonly seed: number; readonly epochs: number; readonly batch: number; readonly lr: number };
  /** The words of the command, for the line that says how to go on. */
  readonly command: readonly string[];
}

/** Where a training program writes. */
export interface Report {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `out` has room for lines of more than 80 letters. */
  readonly wide?: boolean;
  /** Sentences, which may be broken between lines; `err` unless there is one. */
  readonly note?: (text: string) => void;
  /** Called once when `out` leads nowhere any more, with the code of the system's error. */
  onLost?: (code: string) => void;
  /** After every step. */
  readonly progress?: (progress: FitProgress) => void;
  /** A signal has come: the terminal has shown it, `^C`, wherever the cursor was. */
  readonly signal?: () => void;
  /**
   * A step or a test has met infinity or NaN, and nothing has been changed by it: the state before it, and the learning rate of
   * the last step. What is told in place of the error.
   */
  refused?: (error: TrainerError, state: Uint8Array, rate: number | undefined) => Promise<Error | undefined>;
  /** After every epoch. */
  readonly epoch?: (result: EpochResult) => void;
  /** A row of the log; at the beginning those of the run that goes on, which are not new. */
  logged?: (row: LogRow, isNew: boolean) => void;
  /** Everything is as it is before the next step: where a run that goes on stands. */
  begun?: (place: Progress | undefined) => Promise<void>;
  /** After every step: what else belongs into the log. */
  observe?: (progress: FitProgress) => LogRow | undefined;
  /** Training has ended with its best weights: what else is told of them, for people and as fields of the last JSON object. */
  ended?: () => Promise<{ readonly text: string; readonly fields: object }>;
  readonly metrics: (metrics: NonNullable<StepResult['metrics']>, classes?: readonly string[]) => string;
}

export interface Prepared {
  readonly trainer: AnyTrainer;
  readonly data: Dataset<AnySplit>;
  /** For the folder of the run: what `run.json` says, and the text of the trainer module. */
  readonly run: {
    readonly spec: string;
    readonly options: RunRecord['options'];
    readonly adapter?: RunRecord['adapter'];
    readonly sources?: RunRecord['sources'];
    readonly module: () => Promise<string> | string;
  };
}

/** Milliseconds between two saves unless told. */
const MINUTE = 60_000;

/** Milliseconds between two writes of the log. */
const LOG_EVERY = 5000;

/** Where epochs are shorter, not every one is saved. */
const SOON = 1000;

const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What the epoch has measured. */
function testOf({ testLoss, testAccuracy, testMetrics }: EpochResult, count: number): StepResult {
  const correct = testAccuracy === undefined ? {} : { correct: testAccuracy * count };
  return { loss: testLoss, count, ...correct, metrics: testMetrics };
}

/** The command that continues: with `--resume`, and without what only begins a run. */
function commandToResume(words: readonly string[]): string {
  const kept = words.filter(
    (word, k) =>
      !/^--(force|partial|resume|weights|from)\b/.test(word) && !/^--(weights|from)$/.test(words[k - 1] ?? ''),
  );
  const quoted = kept.map((word) => (/^[\w./:=,%@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return `${quoted.join(' ')} --resume`;
}

function note(report: Report, text: string): void {
  (report.note ?? report.err)(text);
}

/** Hears of the first signal that ends programs; the second one kills. */
function listen({ signal }: Report, hear: (status: number) => void): () => void {
  const names = Object.keys(STATUS) as (keyof typeof STATUS)[];
  const release = () => {
    for (const name of names) process.off(name, handle);
  };
  const handle = (name: NodeJS.Signals) => {
    release();
    signal?.();
    hear(STATUS[name as keyof typeof STATUS]);
  };
  for (const name of names) process.on(name, handle);
  return release;
}

/** Until training begins, a signal gives up what is being read or compiled. */
function giveUpOnSignal(folder: RunFolder | undefined, { out, resume }: TrainingSettings, report: Report): () => void {
  return listen(report, async (status) => {
    await folder?.close();
    const rest = resume ? `; \`${out}\` is as it was` : '';
    note(report, `interrupted before training began: nothing was trained, nothing saved${rest}\n`);
    process.exit(status);
  });
}

class TrainingRun {
  readonly #abort = new AbortController();
  #status = 0;
  #saving: Promise<void> | undefined;
  /** Why the latest state could not be saved. */
  #unsaved: unknown;
  /** Another run has taken the folder. */
  #robbed: Error | undefined;
  #lost: string | undefined;
  #savedAt = performance.now();
  #loggedAt = performance.now();
  #steps = 0;
  /** An epoch has ended with better weights than those in the folder. */
  #hasBest = false;
  #planned = 0;
  #rate: number | undefined;
  #last: EpochResult | undefined;
  /** The JSON of the last epoch, which waits for what is told at the end. */
  #held: object | undefined;
  /** Updates made, and images of the epoch used. */
  #step: number;
  #images: number;
  /** Of the whole run, where it has a log. */
  readonly #losses: EpochLosses[];

  constructor(
    readonly prepared: Prepared,
    readonly folder: RunFolder | undefined,
    readonly settings: TrainingSettings,
    readonly report: Report,
  ) {
    const rows = folder?.log.before ?? [];
    this.#losses = rows.filter(({ kind }) => kind === 'epoch');
    this.#rate = rows.findLast(({ kind }) => kind === 'step')?.learningRate;
    this.#step = folder?.checkpoint?.progress.step ?? 0;
    this.#images = folder?.checkpoint?.progress.cursor ?? 0;
  }

  async run(): Promise<number> {
    const { report } = this;
    // The first signal stops between two steps, so that the place can be saved.
    const release = listen(report, (status) => this.#stop(status));
    report.onLost = (code) => this.#loseOutput(code);
    for (const row of this.folder?.log.before ?? []) report.logged?.(row, false);
    try {
      await this.#epochs().catch((error) => this.#refused(error));
      if (this.#abort.signal.aborted && !this.#robbed) await this.#interrupted();
      if (this.#robbed) throw this.#robbed;
      if (!this.#abort.signal.aborted) await this.#conclude();
    } finally {
      release();
      this.#tellHeld();
      await this.#saving;
    }
    return this.#status || (this.#unsaved || (this.#lost && this.#lost !== 'EPIPE') ? 1 : 0);
  }

  /** Where the loss is finite the state before the step is good: what it would have left is not there. Else what was saved is. */
  async #refused(error: TrainerError): Promise<never> {
    if (error.code !== 'CNN4105') throw error;
    await this.#saving;
    if (error.keeps) await this.#save();
    throw (await this.report.refused?.(error, await this.prepared.trainer.save(), this.#rate)) ?? error;
  }

  #stop(status: number): void {
    this.#status = status;
    this.#abort.abort();
  }

  /** With a folder the run is worth going on with. */
  #loseOutput(code: string): void {
    this.#lost = code;
    if (code !== 'EPIPE') this.report.err(`standard output cannot be written: the system says ${code}\n`);
    if (!this.folder) this.#stop(code === 'EPIPE' ? 141 : 1);
  }

  async #epochs(): Promise<void> {
    const { prepared, settings, report } = this;
    const { json, epochs, batch, lr, validation = prepared.data.validation } = settings;
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
      this.#losses.push(result);
      this.#log(epochRow(result, this.#step));
      report.epoch?.(result);
      const isLast = result.epoch === this.#planned || result.stopped;
      if (json) this.#held = { ...result, learningRate: this.#rate, data: prepared.data.decisions };
      else report.out(`${describeEpoch(result, this.#planned, report.wide)}\n`);
      if (!isLast) this.#tellHeld();
      this.#hasBest ||= result.best !== false;
      if (!isLast && performance.now() - this.#savedAt < SOON) continue;
      await this.#saving;
      await this.#save();
    }
  }

  #log(row: LogRow): void {
    this.folder?.log.add(row);
    this.report.logged?.(row, true);
  }

  #tellHeld(more: object = {}): void {
    if (!this.#held) return;
    const fields = { ...this.#held, ...more };
    this.#held = undefined;
    this.report.out(`${JSON.stringify(fields, (_, value) => (Number.isNaN(value) ? undefined : value))}\n`);
  }

  #progress(progress: FitProgress): void {
    const { report, settings } = this;
    const now = performance.now();
    this.#planned = progress.epochs;
    this.#rate = progress.learningRate;
    this.#steps++;
    this.#step = progress.step;
    if (this.folder && isLogged(progress, progress.images > this.#images ? this.#images : 0))
      this.#log(stepRow(progress));
    const seen = report.observe?.(progress);
    if (seen) this.#log(seen);
    this.#images = progress.images;
    report.progress?.(progress);
    const every = settings.saveEvery ?? { milliseconds: MINUTE };
    const due = 'steps' in every ? this.#steps >= every.steps : now - this.#savedAt >= every.milliseconds;
    if (this.#saving) return;
    if (due) void this.#save();
    else if (this.folder && now - this.#loggedAt >= LOG_EVERY) this.#writeLog(this.folder);
  }

  /** What cannot be written waits for the next save, which tells. */
  #writeLog(folder: RunFolder): void {
    this.#loggedAt = performance.now();
    const done = () => {
      this.#saving = undefined;
    };
    this.#saving = folder.flush().then(done, done);
  }

  /** A place that cannot be written does not end the training: the old file stays, and the next may succeed. */
  #save(): Promise<void> | undefined {
    const { folder, report } = this;
    const { trainer } = this.prepared;
    if (!folder) return;
    this.#steps = 0;
    this.#savedAt = performance.now();
    // Asked for now, between two steps; a graphics card answers later.
    const hadBest = this.#hasBest;
    const states = Promise.all([trainer.save(), hadBest ? trainer.save({ best: true }) : undefined]);
    this.#hasBest = false;
    this.#saving = states
      .then(([last, best]) => folder.save(last, best))
      .then(
        () => {
          this.#unsaved = undefined;
          this.#saving = undefined;
        },
        (error) => {
          this.#unsaved = error;
          this.#hasBest ||= hadBest;
          this.#saving = undefined;
          if (error.code === 'CNN4127') return this.#leave(error);
          report.err(`warning: ${error.problem ?? error}; training goes on\n`);
        },
      );
    return this.#saving;
  }

  /** Two runs in one folder would spoil each other's: this one ends, and leaves it as it is. */
  #leave(error: Error): void {
    this.#robbed = error;
    this.#abort.abort();
  }

  async #interrupted(): Promise<void> {
    const { folder, report, settings } = this;
    await this.#saving;
    await this.#save();
    if (!folder) note(report, 'interrupted; nothing is kept, because no folder was given with --out\n');
    else if (this.#unsaved) report.err('interrupted\n');
    else report.err(`interrupted; the run is saved, and this continues it:\n${commandToResume(settings.command)}\n`);
  }

  /** Why training ended, and the figures of the weights that are kept. */
  async #conclude(): Promise<void> {
    const { report, settings, prepared } = this;
    const { data, trainer } = prepared;
    const last = this.#last;
    const { epoch, epochs, ended, bestEpoch = epoch } = trainer.run!;
    if (ended === 'early') {
      const why = last?.stopped?.reason ?? 'it had stopped before';
      note(report, `stopped after epoch ${epoch} of ${epochs}: ${why}; the weights of epoch ${bestEpoch} are kept\n`);
    } else if (!last) note(report, `${epoch} of ${Math.max(epoch, epochs)} epochs are done; --epochs N for more\n`);
    const learntByHeart = overfitting(this.#losses);
    if (learntByHeart) note(report, `${learntByHeart}\n`);
    if (!settings.json && data.test.count) await this.#test(epoch, bestEpoch);
    const more = await report.ended?.();
    this.#tellHeld(more?.fields);
    if (!settings.json && more?.text) report.out(more.text);
  }

  /** Of the last epoch if its weights are the ones that are kept, and else measured now. */
  async #test(epoch: number, bestEpoch: number): Promise<void> {
    const { report, prepared } = this;
    const { data, trainer } = prepared;
    const last = this.#last;
    const test = last && bestEpoch === epoch ? testOf(last, data.test.count) : await trainer.test(data.test);
    const whose = bestEpoch === epoch ? '' : `, with the weights of epoch ${bestEpoch}`;
    report.out(`${describeTest(test)}${whose}\n${test.metrics ? report.metrics(test.metrics, data.classes) : ''}`);
  }
}

/** Refuses a seed that the run to continue does not have. */
function checkSeed({ checkpoint }: RunFolder, { seed }: TrainingSettings): void {
  const kept = checkpoint?.progress.seed;
  if (seed === undefined || kept === undefined || kept === seed) return;
  const hint = 'leave `--seed` out, or start a new run without `--resume`';
  throw new TrainerError('CNN4108', `\`--seed ${seed}\` is not the seed of this run, which is ${kept}`, hint);
}

/** Other threads than were asked for, or more than the machine has cores, compute the same: worth a word, not an error. */
async function noteThreads({ threads }: AnyTrainer, wanted: number | undefined, report: Report): Promise<void> {
  if (wanted === undefined || wanted === 1) return;
  const { availableParallelism } = await nodeModule('os');
  const cores = availableParallelism();
  const compute = threads === 1 ? '1 thread computes' : `${threads} threads compute`;
  if (threads === 1) note(report, `${compute}, not ${wanted}: this module has no use for more\n`);
  else if (threads < wanted) note(report, `${compute}, not ${wanted}: a batch has no more parts\n`);
  if (threads > cores) note(report, `${compute}, but there are ${cores} cores: they wait for each other\n`);
}

/** What `fit` is going to settle on. */
function trainingOf(
  { usual, epochs, batch, lr, seed }: TrainingSettings,
  { checkpoint }: RunFolder,
  maxBatch: number,
): RunRecord['training'] {
  const { progress } = checkpoint ?? {};
  return {
    epochs: epochs ?? (progress?.epochs || usual.epochs),
    batch: batch ?? (progress?.batch || Math.min(usual.batch, maxBatch)),
    lr: lr ?? (progress?.lr || usual.lr),
    seed: seed ?? progress?.seed ?? usual.seed,
  };
}

async function beginRun(
  folder: RunFolder,
  { trainer, data, run }: Prepared,
  settings: TrainingSettings,
): Promise<void> {
  const { spec, options, adapter, sources, module } = run;
  const { name, hash, compiler, maxBatch } = trainer.network;
  const { test, classes, decisions } = data;
  const record: RunRecord = {
    schema: 1,
    network: name,
    hash,
    versions: { cnnc: compiler, node: process.version },
    ...(sources && { sources }),
    options,
    ...(adapter && { adapter }),
    training: trainingOf(settings, folder, maxBatch),
    data: {
      spec,
      fingerprint: fingerprint({ ...data, test: test.count > 0 ? test : undefined }),
      ...(classes && { classes }),
      ...(decisions && { decisions }),
    },
  };
  await folder.begin(record, await module());
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
  const { out, resume, force, threads } = settings;
  const folder = out === undefined ? undefined : await openRun({ out, resume, force });
  const release = giveUpOnSignal(folder, settings, report);
  let prepared: Prepared | undefined;
  try {
    if (folder) checkSeed(folder, settings);
    prepared = await prepare();
    const { trainer } = prepared;
    await noteThreads(trainer, threads, report);
    if (folder?.checkpoint) await trainer.load(folder.checkpoint.bytes);
    else await loadWeights(trainer, settings, (text) => note(report, text));
    if (resume && !folder?.checkpoint)
      note(report, `nothing has been saved of the run in \`${out}\`: it starts at its beginning\n`);
    if (folder) await beginRun(folder, prepared, settings);
    await report.begun?.(folder?.checkpoint?.progress);
    release();
    return await new TrainingRun(prepared, folder, settings, report).run();
  } finally {
    release();
    await folder?.close();
    prepared?.trainer.dispose(); // threads keep the process alive
  }
}
