/** @file `report.html` in the folder of a run: what it is made of, and the writing of it. */

import { join } from 'node:path';
import { thousands } from '../analysis/figure-texts.ts';
import { examineRun } from '../check/examine-run.ts';
import { feedersOf } from '../check/watch-graph.ts';
import { COMPILER_VERSION } from '../common/version.ts';
import type { AnySplit } from '../data/dataset.ts';
import { runPage } from '../pages/run-page.ts';
import type { Classified } from '../report/class-figures.ts';
import type { RunReport } from '../report/run-report.ts';
import { summaryOf } from '../report/summarize-module.ts';
import { watchWarnings } from '../report/watch.ts';
import type { AnyTrainer } from '../runtime/any-trainer.ts';
import { overfitting } from '../runtime/epoch-text.ts';
import { RUN } from '../runtime/run-folder.ts';
import type { LogRow } from '../runtime/run-log.ts';
import type { Elaboration } from '../semantics/model.ts';
import { writeFiles } from './write-files.ts';

/** Images that the network has not learnt from, and what they are called. */
export interface UnseenImages {
  readonly part: 'test' | 'validation';
  readonly images: AnySplit;
  /** The file of each, where each has its own. */
  readonly files?: readonly string[] | undefined;
}

export interface ReportedRun {
  /** The folder of the run. */
  readonly out: string;
  readonly elaboration: Elaboration;
  /** The specification of the data. */
  readonly spec: string;
  readonly sources: RunReport['sources'];
  readonly rows: readonly LogRow[];
  /** Images of which the best weights are examined; none while training goes on. */
  readonly examined?: {
    readonly trainer: AnyTrainer;
    readonly unseen: UnseenImages | undefined;
    readonly classes: readonly string[] | undefined;
    readonly classified?: Classified | undefined;
  };
}

/** Writes the page; `refresh`: seconds after which a browser reads it again. Returns its place. Reports CNN4207. */
export async function writeRunReport(run: ReportedRun, refresh?: number): Promise<string> {
  const place = join(run.out, RUN.report);
  await writeFiles(new Map([[place, runPage(await reportOf(run), refresh)]]));
  return place;
}

async function reportOf(run: ReportedRun): Promise<RunReport> {
  const { elaboration, rows, spec, sources, out, examined } = run;
  const summary = summaryOf(elaboration);
  const unseen = examined?.unseen;
  const classes = examined?.classes;
  const looked = examined && unseen ? await examineRun({ ...examined, ...unseen, elaboration, classes }) : undefined;
  const learntByHeart = overfitting(rows.filter(({ kind }) => kind === 'epoch'));
  return {
    network: elaboration.training.name,
    data: spec,
    place: out,
    facts: factsOf(rows, summary.totals, elaboration),
    rows,
    warnings: [...(learntByHeart ? [learntByHeart] : []), ...lastWarnings(rows, elaboration)],
    summary,
    sources,
    ...(looked && { examined: looked }),
  };
}

/** Of the last look at the layers. */
function lastWarnings(rows: readonly LogRow[], elaboration: Elaboration): string[] {
  const last = rows.findLast(({ kind }) => kind === 'watch');
  if (!last?.layers) return [];
  return watchWarnings({ layers: last.layers, step: last.step }, feedersOf(elaboration)).map(({ text }) => text);
}

function factsOf(
  rows: readonly LogRow[],
  { parameters, macs }: RunReport['summary']['totals'],
  { settings }: Elaboration,
): RunReport['facts'] {
  const epochs = rows.filter(({ kind }) => kind === 'epoch');
  const last = epochs.at(-1);
  const best = epochs.findLast((row) => row.best) ?? last;
  const figure = (loss: number | undefined, accuracy: number | undefined) => {
    const right = accuracy === undefined ? '' : `, ${(100 * accuracy).toFixed(2)} % right`;
    return `${loss?.toPrecision(4)}${right}`;
  };
  const facts: (readonly [string, string] | false | undefined)[] = [
    last && ['epochs', `${last.epoch}`],
    last && ['updates', thousands(last.step)],
    best && best !== last && ['epoch of the best weights', `${best.epoch}`],
    last && ['training loss', figure(last.trainLoss, last.trainAccuracy)],
    best?.validationLoss !== undefined && [
      'loss of images held out',
      figure(best.validationLoss, best.validationAccuracy),
    ],
    best?.testLoss !== undefined && ['test loss', figure(best.testLoss, best.testAccuracy)],
    ['parameters', thousands(parameters)],
    ['multiply-adds an image', thousands(macs)],
    ['optimiser', settings.optimizer.kind],
    ['written by', `cnnc ${COMPILER_VERSION}`],
  ];
  return facts.flatMap((fact) => (fact ? [fact] : []));
}
