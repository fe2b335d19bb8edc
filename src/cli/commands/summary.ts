/** @file `cnnc summary FILE`: the layers of a network with their figures. */
import type { Summary } from '../../analysis/summary.ts';
import { summaryCsv, summaryMarkdown, summaryTable } from '../../analysis/summary-text.ts';
import { summaryOf } from '../../compile.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';

export interface SummaryOptions extends CompileFileOptions {
  readonly csv?: boolean;
  readonly md?: boolean;
  /** Images per step, for the memory. */
  readonly batch?: number;
}

export function summary(path: string, options: SummaryOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, options, terminal, ({ elaboration }) => {
    terminal.out(print(summaryOf(elaboration, options.batch), options));
    return EXIT.success;
  });
}

function print(found: Summary, { json, csv, md }: SummaryOptions): string {
  if (json) return `${JSON.stringify(found, null, 2)}\n`;
  if (csv) return summaryCsv(found);
  return md ? summaryMarkdown(found) : summaryTable(found);
}
