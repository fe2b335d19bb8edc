/** @file `cnnc summary FILE`: the layers of a network with their figures. */
import type { Summary } from '../../analysis/summary.ts';
import { summaryCsv, summaryMarkdown, summaryTable } from '../../analysis/summary-text.ts';
import { summaryOf } from '../../compile.ts';
import { type CompileFileOptions, readAndCompile, reportingIn } from '../compile-file.ts';
import { inspect } from '../inspection.ts';
import { EXIT, reportDiagnostics, sourcesOf } from '../report.ts';
import type { Terminal } from '../terminal.ts';

export interface SummaryOptions extends CompileFileOptions {
  readonly csv?: boolean;
  readonly md?: boolean;
  /** Images per step, for the memory. */
  readonly batch?: number;
}

/**
 * What could be analysed comes first, and then what there is to say about it: an assertion that does not hold stands
 * under the figures that broke it. The exit status is 1 when there are errors.
 */
export async function summary(path: string, options: SummaryOptions, terminal: Terminal): Promise<number> {
  const { diagnostics, sources, elaboration, partial } = await readAndCompile(path, options, terminal);
  return reportingIn(sources, terminal, async () => {
    if (elaboration && inspect(elaboration, options, terminal)) return EXIT.success;
    const found = elaboration ?? partial?.();
    if (found && found.training.layers.length > 0) terminal.out(print(summaryOf(found, options.batch), options));
    if (found?.incomplete) terminal.err('the figures are those of the layers that could be understood\n\n');
    reportDiagnostics(diagnostics, sourcesOf(sources), terminal);
    return elaboration ? EXIT.success : EXIT.failure;
  });
}

function print(found: Summary, { json, csv, md }: SummaryOptions): string {
  if (json) return `${JSON.stringify(found, null, 2)}\n`;
  if (csv) return summaryCsv(found);
  return md ? summaryMarkdown(found) : summaryTable(found);
}
