/** @file `cnnc summary FILE`: the layers of a network with their figures. */
import { type Summary, withTimes } from '../../analysis/summary.ts';
import { sortLayers, summaryBars } from '../../analysis/summary-bars.ts';
import { FIGURE_COLUMNS, OPERATOR_COLUMNS } from '../../analysis/summary-columns.ts';
import { foldLayers, foldOperators } from '../../analysis/summary-depth.ts';
import { foldRepeats } from '../../analysis/summary-repeats.ts';
import { summaryCsv, summaryMarkdown, summaryTable } from '../../analysis/summary-text.ts';
import { reportPage } from '../../pages/report-page.ts';
import { networkReport, type ReportRequest } from '../../report/network-report.ts';
import { summaryOf } from '../../report/summarize-module.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { DEFAULT_TARGET, type TargetName } from '../../targets/target.ts';
import { targetNamed } from '../../targets/targets.ts';
import { allCodes } from '../all-codes.ts';
import { type CompileFileOptions, readAndCompile, reportingIn } from '../compile-file.ts';
import { inspect } from '../inspection.ts';
import { EXIT, reportDiagnostics, sourcesOf } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { writePage } from '../write-page.ts';
import { type Cell, describeCell } from './cell.ts';

export interface SummaryOptions extends CompileFileOptions {
  readonly csv?: boolean;
  readonly md?: boolean;
  /** Images per step, for the memory. */
  readonly batch?: number;
  /** Shapes in place of those in the file. */
  readonly input?: ReadonlyMap<string, readonly number[]>;
  readonly depth?: number;
  /** One line for all layers of an operator. */
  readonly byOperator?: boolean;
  readonly columns?: readonly string[];
  /** `false`: equal blocks in a row are listed one by one. Only the table folds them. */
  readonly fold?: boolean;
  /** The name of a column: layers with most of it come first. */
  readonly sort?: string;
  /** Tells what this place of a map sees, instead of the table. */
  readonly cell?: Cell;
  readonly effective?: true | string;
  /** Estimates times from a measure of this machine; or from the one in this file, which is made if it is not there. */
  readonly calibrate?: true | string;
  /** Whose kernels are planned. */
  readonly target?: TargetName;
  /** A page for people goes there. */
  readonly html?: string;
}

/**
 * What could be analysed comes first, and then what there is to say about it: an assertion that does not hold stands
 * under the figures that broke it. The exit status is 1 when there are errors.
 */
export async function summary(path: string, options: SummaryOptions, terminal: Terminal): Promise<number> {
  const { diagnostics, sources, elaboration, partial } = await readAndCompile(
    path,
    { ...options, inputs: options.input },
    terminal,
  );
  return reportingIn(sources, terminal, async () => {
    if (elaboration && (await inspect(elaboration, options, terminal))) return EXIT.success;
    const found = elaboration ?? partial?.();
    if (found && options.cell) {
      reportDiagnostics(diagnostics, sourcesOf(sources), terminal);
      return elaboration ? describeCell(elaboration, options.cell, options, terminal) : EXIT.failure;
    }
    const target = options.target && targetNamed(options.target);
    const request = { batch: options.batch, passes: { skip: options.skip }, ...(target && { target }) };
    if (found && found.training.layers.length > 0) {
      if (options.html === undefined)
        print(await timed(summaryOf(found, request), found, options, terminal), options, terminal);
      else
        await writePage(
          options.html,
          pageOf({ ...request, elaboration: found, diagnostics, texts: sourcesOf(sources) }),
          found.training.name,
          terminal,
        );
    }
    if (found?.incomplete && found.training.layers.length > 0)
      terminal.err('the figures are those of the layers that could be understood\n\n');
    reportDiagnostics(diagnostics, sourcesOf(sources), terminal);
    return elaboration ? EXIT.success : EXIT.failure;
  });
}

/** With estimated times, where they are asked for. */
async function timed(
  summary: Summary,
  elaboration: Elaboration,
  { calibrate, target = DEFAULT_TARGET, skip }: SummaryOptions,
  terminal: Terminal,
): Promise<Summary> {
  if (calibrate === undefined || elaboration.incomplete) return summary;
  const { calibrationOf } = await import('../calibration-file.ts');
  const { estimateTime } = await import('../../tuning/estimate-time.ts');
  const calibration = await calibrationOf(calibrate, target, terminal);
  return withTimes(summary, estimateTime({ elaboration, calibration, batch: summary.batch, passes: { skip } }));
}

function pageOf(request: Omit<ReportRequest, 'entryOf'>): string {
  return reportPage(networkReport({ ...request, entryOf: (code) => allCodes[code] }));
}

function print(whole: Summary, options: SummaryOptions, { out, outputWidth: width }: Terminal): void {
  const { json, csv, md, depth, byOperator, fold, sort } = options;
  const columns = options.columns ?? (byOperator ? OPERATOR_COLUMNS : undefined);
  const found = byOperator ? foldOperators(whole) : depth === undefined ? whole : foldLayers(whole, depth);
  const figure = FIGURE_COLUMNS.find(({ name }) => name === sort);
  const sorted = figure ? sortLayers(found, figure) : found;
  if (json) out(`${JSON.stringify(found, null, 2)}\n`);
  else if (csv) out(summaryCsv(sorted, { columns }));
  else if (md) out(summaryMarkdown(sorted, { columns }));
  else if (figure) out(summaryBars(found, figure, { columns, width }));
  else out(summaryTable(fold === false ? found : foldRepeats(found), { columns, width }));
}
