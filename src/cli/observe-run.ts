/** @file What looks on while `cnnc train` trains, and what is made of it: a refused step, the layers, the page, events, the end. */

import { feedersOf } from '../check/watch-graph.ts';
import { Watcher } from '../check/watch-layers.ts';
import type { AnySplit, Dataset } from '../data/dataset.ts';
import { watchWarnings } from '../report/watch.ts';
import { type AnyTrainer, isOnDevice } from '../runtime/any-trainer.ts';
import type { Progress } from '../runtime/progress.ts';
import type { LogRow } from '../runtime/run-log.ts';
import type { Report } from '../runtime/training-run.ts';
import type { Elaboration } from '../semantics/model.ts';
import { endOfRun, whereabouts } from './end-of-run.ts';
import { EventsFile } from './events-file.ts';
import { LiveReport } from './live-report.ts';
import { type RefusedRun, tellRefused } from './refused-step.ts';
import type { ReportedRun } from './run-report.ts';

export interface ObservingOptions {
  /** Write the page of the run while it goes on, too. */
  readonly report?: 'live';
  /** Record what the layers do. */
  readonly watch?: boolean;
  /** Write event files. */
  readonly tensorboard?: boolean;
}

export interface ObservedRun extends Pick<ReportedRun, 'spec' | 'sources'> {
  readonly trainer: AnyTrainer;
  readonly data: Dataset<AnySplit>;
  readonly elaboration: Elaboration;
  readonly options: ObservingOptions & RefusedRun['options'];
}

/** What is told when all else is. */
export interface Afterword {
  after: string;
}

export function observeRun(report: Report & Afterword, run: ObservedRun): void {
  const { trainer, data, elaboration, options, spec, sources } = run;
  const { out, batch } = options;
  const note = report.note ?? report.err;
  const reported = out === undefined ? undefined : { out, elaboration, spec, sources };
  const unwritten = (error: unknown) => note(`the page of the run was not written: ${error}\n`);
  const lost = (error: unknown) => note(`an event for TensorBoard was not written: ${error}\n`);
  const live = reported && options.report ? new LiveReport(reported, unwritten) : undefined;
  const warn = warner(elaboration, note);
  let [watcher, events]: [Watcher | undefined, EventsFile | undefined] = [undefined, undefined];
  report.refused = (error, state, rate) => tellRefused(error, state, rate, { ...run, note });
  report.begun = async (place) => {
    if (place) tellChanges(place, options, note);
    const size = batch ?? place?.batch ?? elaboration.settings.batch;
    if (options.watch && !isOnDevice(trainer)) watcher = await Watcher.on(trainer, data.train, elaboration, size);
    if (options.tensorboard) events = await EventsFile.begin(out!, place?.step ?? 0, lost);
  };
  report.observe = (progress) => watcher?.observe(progress);
  report.logged = (row, isNew) => {
    live?.logged(row);
    if (!isNew) return;
    events?.add(row);
    warn(row);
  };
  report.ended = async () => {
    await live?.end();
    await events?.end();
    const end = await endOfRun({ trainer, data, note, reported });
    if (reported) report.after = `${whereabouts(reported.out)}\n`;
    return end;
  };
}

/** What the command changes in a run that goes on, beside the number of its epochs. */
function tellChanges(place: Progress, options: ObservedRun['options'], note: (text: string) => void): void {
  const { epochs = Number.POSITIVE_INFINITY } = options;
  if (place.epoch >= epochs) return; // nothing is trained with it
  for (const name of ['batch', 'lr'] as const) {
    const [was, is] = [place[name], options[name]];
    if (is !== undefined && is !== was) note(`\`${name}\` was ${was}, and is ${is}\n`);
  }
}

/** Tells what looks wrong about a layer when it is seen for the first time. */
function warner(elaboration: Elaboration, note: (text: string) => void): (row: LogRow) => void {
  const told = new Set<string>();
  let feeders: Readonly<Record<string, string>> | undefined;
  return ({ kind, layers, step }) => {
    if (kind !== 'watch' || !layers) return;
    feeders ??= feedersOf(elaboration);
    for (const { key, text } of watchWarnings({ layers, step }, feeders)) {
      if (!told.has(key)) note(`step ${step}: ${text}\n`);
      told.add(key);
    }
  };
}
