/**
 * @file `cnnc data SPEC [FILE]`: what a data set holds. With a network's file, its images are as that network takes them;
 * without one, pictures are all made one size.
 */
import { describeData } from '../../data/dataset.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { writeContactSheet } from '../data-report/contact-sheet.ts';
import { type DataReport, examine } from '../data-report/examine.ts';
import { printData } from '../data-report/print-data.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { requireWritable } from '../write-files.ts';
import { portsOf } from './train.ts';

export interface DataOptions extends CompileFileOptions {
  readonly json?: boolean;
  /** A PNG file with some images of each class. */
  readonly contactSheet?: string;
}

/** Exit status 1 where pictures are broken. Reports CNN4140 to CNN4155. */
export async function data(
  spec: string,
  path: string | undefined,
  options: DataOptions,
  terminal: Terminal,
): Promise<number> {
  if (path === undefined) return show(spec, undefined, options, terminal);
  return withCompiledFile(path, options, terminal, ({ elaboration }) => show(spec, elaboration, options, terminal));
}

async function show(
  spec: string,
  elaboration: Elaboration | undefined,
  { json, contactSheet }: DataOptions,
  terminal: Terminal,
): Promise<number> {
  if (contactSheet !== undefined) await requireWritable(contactSheet);
  const report = await examine(spec, elaboration && portsOf(elaboration));
  if (contactSheet !== undefined) await writeContactSheet(contactSheet, report, elaboration);
  if (json) terminal.out(`${JSON.stringify(toJson(report))}\n`);
  else {
    terminal.err(describeData(report.data));
    terminal.out(printData(report));
    if (contactSheet !== undefined) terminal.err(`${contactSheet}: some images of each class\n`);
  }
  return report.broken.length > 0 ? EXIT.failure : EXIT.success;
}

function toJson({ spec, data, classes, values, pictures, broken }: DataReport): object {
  const inputs = [...values].map(([name, { lowest, highest, mean, deviation }]) => {
    return [name || 'image', { min: lowest, max: highest, mean, std: deviation }];
  });
  return {
    schema: 1,
    data: spec,
    train: data.train.count,
    test: data.test.count,
    ...(data.shape && { shape: data.shape }),
    ...(classes && {
      classes: classes.names.map((name, k) => ({ name, train: classes.train[k], test: classes.test[k] })),
    }),
    inputs: Object.fromEntries(inputs),
    ...(pictures && {
      pictures: {
        ...pictures,
        sizes: Object.fromEntries(pictures.sizes),
        formats: Object.fromEntries(pictures.formats),
      },
    }),
    broken: broken.map(({ file, reason }) => ({ file, reason })),
    decisions: data.decisions ?? [],
  };
}
