/** @file What `cnnc train` shows beside the results: how far it has come, and what looks as if it went wrong. */

import { nameOfExamples } from '../analysis/figure-texts.ts';
import { printable, printableLine } from '../common/printable.ts';
import { type AnySplit, type Dataset, describeData, type Labels } from '../data/dataset.ts';
import type { TrainerError } from '../data/trainer-error.ts';
import { wrap } from '../diagnostics/display.ts';
import type { EpochResult } from '../runtime/trainer-api.ts';
import type { Report } from '../runtime/training-run.ts';
import type { Elaboration } from '../semantics/model.ts';
import { metricsTable } from './metrics-table.ts';
import type { Afterword } from './observe-run.ts';
import { ProgressBar } from './progress-bar.ts';
import type { Terminal } from './terminal.ts';

export interface TrainingReport extends Report, Afterword {
  readonly note: (text: string) => void;
  /** What is trained on, before the first step. */
  readonly begin: (data: Dataset<AnySplit>) => void;
  /** How many of how many pictures have been read, before the first step. */
  readonly reading: (read: number, all: number) => void;
  /** How many of how many kernels of a graphics card are compiled, before the first step. */
  readonly compiling: (done: number, all: number) => void;
  /** A picture that is left out. */
  readonly skipped: (error: TrainerError) => void;
}

/** Columns in which the line of an epoch has room for everything; files and pipes have as many as are wanted. */
const WIDE = 120;

/** Pictures left out that are named. */
const MOST_NAMED = 10;

export function trainingReport(
  elaboration: Elaboration,
  options: { readonly data?: string; readonly batch?: number },
  terminal: Terminal,
): TrainingReport {
  const bar = new ProgressBar(terminal);
  const err = (text: string) => {
    bar.clear();
    terminal.err(printable(text));
  };
  // A log is read by programs too, line by line.
  const broken = (line: string) => (terminal.interactive ? wrap(line, terminal.width).join('\n') : line);
  const note = (text: string) => err(text.split('\n').map(broken).join('\n'));
  let check = (_: EpochResult) => {};
  let skipped = 0;
  let toldOfWaiting = false;
  const report: TrainingReport = {
    out(text) {
      bar.clear();
      terminal.out(text);
    },
    err,
    wide: (terminal.outputWidth ?? WIDE) >= WIDE,
    note,
    begin(data) {
      note(introduction(elaboration, data, options));
      check = failureCheck(elaboration, data, note);
    },
    signal: () => bar.interrupt(),
    reading: (read, all) => bar.count('reading pictures', read, all),
    compiling: (done, all) => bar.count('compiling kernels', done, all),
    skipped({ problem }) {
      skipped++;
      if (skipped <= MOST_NAMED) err(`left out: ${problem}\n`);
      if (skipped === MOST_NAMED + 1) err('left out: others, which are not named\n');
    },
    progress: (progress) => bar.update(progress),
    epoch: (result) => {
      bar.endEpoch();
      check(result);
      if (!toldOfWaiting) note(waiting(result));
      toldOfWaiting = true;
    },
    metrics: (metrics, classes) => metricsTable(metrics, classes),
    after: '',
  };
  terminal.onLost = (code) => report.onLost?.(code);
  return report;
}

/** Worth a word: the share of an epoch in which the next pictures were waited for. */
const MUCH_WAITING = 0.1;

function waiting({ secondsWaiting = 0, seconds }: EpochResult): string {
  const share = secondsWaiting / seconds;
  if (!(share > MUCH_WAITING)) return '';
  const hint = 'store them smaller, or hold them in memory with `cache=` if all fit';
  return `the steps waited ${Math.round(100 * share)} % of the time for pictures to be decoded: ${hint}\n`;
}

function introduction(
  { training, settings, states }: Elaboration,
  data: Dataset<AnySplit>,
  options: { readonly data?: string; readonly batch?: number },
): string {
  const { train, test } = data;
  const name = printableLine(options.data ?? settings.data);
  const batch = options.batch ?? settings.batch;
  const examples = nameOfExamples(training.inputs.map(({ shape }) => shape));
  const lines = [`training ${training.name} on ${name}: ${train.count} ${examples} to learn, ${test.count} to test`];
  const learns = states.some(({ role, trainable }) => role === 'parameter' && trainable);
  if (!learns) lines.push(`${training.name} has no parameters: there is nothing to learn, only the loss is measured`);
  if (batch > train.count)
    lines.push(`a batch is larger than the data: each epoch is one step of ${train.count} ${examples}`);
  return `${lines.join('\n')}\n${describeData(data)}`;
}

/** The epoch after which a network that learns does better than guessing. */
const PATIENCE = 2;

/** Says once, after some epochs, that the network does no better than one that always answers the most frequent class. */
function failureCheck(
  { training, settings }: Elaboration,
  data: Dataset<AnySplit>,
  err: (text: string) => void,
): (result: EpochResult) => void {
  const [target] = training.targets;
  const guessing =
    // Of images that are mixed, the training accuracy tells little.
    target?.type.kind === 'class' && training.targets.length === 1 && !settings.augment.mix
      ? largestShare(data.train)
      : undefined;
  // Two standard deviations of a share that is counted.
  const limit = guessing && guessing + 2 * Math.sqrt((guessing * (1 - guessing)) / data.train.count);
  return ({ epoch, trainAccuracy }) => {
    if (epoch !== PATIENCE || trainAccuracy === undefined || limit === undefined || trainAccuracy > limit) return;
    const [found, guessed] = [trainAccuracy, guessing!].map((share) => (100 * share).toFixed(1));
    err(
      `after ${PATIENCE} epochs ${found} % are right, hardly more than by guessing (${guessed} %): the learning rate may be too` +
        ' high or too low, the labels may not belong to the images, or the data may lack a `normalize`\n',
    );
  };
}

/** The part of the images that the most frequent class has. */
function largestShare({ labels, count }: AnySplit): number | undefined {
  const values = ArrayBuffer.isView(labels) ? (labels as Labels) : Object.values(labels ?? {})[0];
  if (values?.length !== count || count === 0) return undefined;
  const counts = new Map<number, number>();
  for (const label of values) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values()) / count;
}
