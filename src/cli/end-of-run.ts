/** @file What a run ends with: how well its best weights tell each class, and where everything is. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { classifyImages } from '../check/classify-images.ts';
import { type AnySplit, type Dataset, soleOf } from '../data/dataset.ts';
import { holdOut } from '../data/hold-out.ts';
import { classFigures } from '../report/class-figures.ts';
import type { AnyTrainer } from '../runtime/any-trainer.ts';
import type { NetworkDescription } from '../runtime/executable.ts';
import type { Progress } from '../runtime/progress.ts';
import { readProgress } from '../runtime/read-progress.ts';
import { RUN } from '../runtime/run-folder.ts';
import { readLog } from '../runtime/run-log.ts';
import { parseSafetensors } from '../runtime/safetensors.ts';
import { takeImages } from '../runtime/take-images.ts';
import { classTable } from './class-table.ts';
import { EVENTS } from './events-file.ts';
import { type ReportedRun, type UnseenImages, writeRunReport } from './run-report.ts';

/**
 * Those of the test, else those to validate with, else those held out; nothing where all were learnt from. `readPlace`: where
 * the run stands, which says what was held out.
 */
export async function unseenImages(
  { targets }: NetworkDescription,
  { train, test, validation, files }: Dataset<AnySplit>,
  readPlace: () => Promise<Progress | undefined> | Progress | undefined,
): Promise<UnseenImages | undefined> {
  if (test.count > 0) return { part: 'test', images: test, files: files?.test };
  if (validation && validation.count > 0) return { part: 'validation', images: validation, files: files?.validation };
  const progress = await readPlace();
  if (!progress || progress.validation <= 0) return undefined;
  const isClass = soleOf(targets)?.kind === 'class';
  const { held } = holdOut(train, progress.validation, progress.validationSeed, isClass);
  return {
    part: 'validation',
    images: takeImages(train, held),
    files: files && Array.from(held, (n) => files.train[n]!),
  };
}

export interface EndedRun {
  /** With the best weights. */
  readonly trainer: AnyTrainer;
  readonly data: Dataset<AnySplit>;
  /** Told beside the result. */
  readonly note: (text: string) => void;
  /** Of a run with a folder: what its page is made of. */
  readonly reported?: Omit<ReportedRun, 'rows' | 'examined'> | undefined;
}

/** The figures of the classes, as text and as the field `final` of the last JSON object; the page in the folder of the run. */
export async function endOfRun({ trainer, data, note, reported }: EndedRun) {
  const { classes } = data;
  const place = async () => readProgress(parseSafetensors(await trainer.save()).metadata);
  const unseen = await unseenImages(trainer.network, data, place);
  const classified = unseen && (await classifyImages(trainer, unseen.images));
  if (reported) {
    const rows = await readLog(join(reported.out, RUN.log));
    // What was trained is saved: a page that cannot be made is no reason to fail.
    await writeRunReport({ ...reported, rows, examined: { trainer, unseen, classes, classified } }).catch((error) =>
      note(`the page of the run was not written: ${error.message}; \`cnnc report\` makes it\n`),
    );
  }
  if (!unseen || !classified) return { text: '', fields: {} };
  const figures = classFigures(classified, classes);
  return { text: classTable(figures), fields: { final: { part: unseen.part, ...figures } } };
}

/** The files of a run that are there. */
export function whereabouts(out: string): string {
  const about: readonly (readonly [string, string])[] = [
    [RUN.report, 'a page about it'],
    [RUN.best, 'the best weights'],
    [RUN.last, 'the place to go on from'],
    [RUN.log, 'the log'],
    [EVENTS, 'event files'],
  ];
  const there = about.filter(([name]) => existsSync(join(out, name))).map(([name, what]) => `${name} (${what})`);
  return `the run is in ${out}: ${there.join(', ')}`;
}
