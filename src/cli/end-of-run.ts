/** @file What a run ends with: how well its best weights tell each class, and where everything is. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { classifyImages } from '../check/classify-images.ts';
import { type AnySplit, type Dataset, soleOf } from '../data/dataset.ts';
import { holdOut } from '../data/hold-out.ts';
import { classFigures } from '../report/class-figures.ts';
import { readProgress } from '../runtime/read-progress.ts';
import { RUN } from '../runtime/run-folder.ts';
import { parseSafetensors } from '../runtime/safetensors.ts';
import { takeImages } from '../runtime/take-images.ts';
import type { Trainer } from '../runtime/trainer.ts';
import { classTable } from './class-table.ts';

/** Images that the network has not learnt from, and what they are called. */
export interface UnseenImages {
  readonly part: 'test' | 'validation';
  readonly images: AnySplit;
}

/** Those of the test, else those to validate with, else those held out; nothing where all were learnt from. */
export function unseenImages(
  trainer: Trainer,
  { train, test, validation }: Dataset<AnySplit>,
): UnseenImages | undefined {
  if (test.count > 0) return { part: 'test', images: test };
  if (validation && validation.count > 0) return { part: 'validation', images: validation };
  if (!trainer.run?.heldOutImages) return undefined;
  const progress = readProgress(parseSafetensors(trainer.save()).metadata);
  if (!progress || progress.validation <= 0) return undefined;
  const isClass = soleOf(trainer.network.targets)?.kind === 'class';
  const { held } = holdOut(train, progress.validation, progress.validationSeed, isClass);
  return { part: 'validation', images: takeImages(train, held) };
}

export interface EndedRun {
  /** With the best weights. */
  readonly trainer: Trainer;
  readonly data: Dataset<AnySplit>;
  /** The folder of the run. */
  readonly out?: string | undefined;
  /** Told beside the result. */
  readonly note: (text: string) => void;
}

/** The figures of the classes, as text and as the field `final` of the last JSON object. */
export async function endOfRun({ trainer, data, out, note }: EndedRun) {
  const unseen = unseenImages(trainer, data);
  const classified = unseen && (await classifyImages(trainer, unseen.images));
  if (out !== undefined) note(`${whereabouts(out)}\n`);
  if (!unseen || !classified) return { text: '', fields: {} };
  const figures = classFigures(classified, data.classes);
  return { text: classTable(figures), fields: { final: { part: unseen.part, ...figures } } };
}

/** The files of a run that are there. */
function whereabouts(out: string): string {
  const about: readonly (readonly [string, string])[] = [
    [RUN.best, 'the best weights'],
    [RUN.last, 'the place to go on from'],
    [RUN.log, 'the log'],
  ];
  const there = about.filter(([name]) => existsSync(join(out, name))).map(([name, what]) => `${name} (${what})`);
  return `the run is in ${out}: ${there.join(', ')}`;
}
