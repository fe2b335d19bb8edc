/** @file `cnnc find-lr FILE`: a learning rate range test. It trains in memory and keeps nothing. */
import { loadModule } from '../../check/load-module.ts';
import { type RangeTest, rangeTest } from '../../check/range-test.ts';
import { emitModule } from '../../compile.ts';
import { describeData } from '../../data/dataset.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import { wrap } from '../../diagnostics/display.ts';
import type { Renaming } from '../../exchange/weights/rename.ts';
import { ratePage } from '../../pages/rate-page.ts';
import { usualBatch } from '../../plan/fit-memory.ts';
import { proposeRate, type RateProposal, type RateReport, smoothed } from '../../report/propose-rate.ts';
import { rateChart } from '../../report/rate-chart.ts';
import { loadWeights } from '../../runtime/start-weights.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { requireLoss } from '../../semantics/network.ts';
import { commandDiagnostic } from '../codes.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { weightsReader } from '../read-weights.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { type TunedBuild, tunedOptions } from '../use-tuning.ts';
import { requireWritable, writeFiles } from '../write-files.ts';
import { loadDataOf } from './train.ts';

export interface FindRateOptions extends CompileFileOptions, TunedBuild {
  readonly data?: string;
  readonly batch?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly weights?: string;
  readonly map?: readonly Renaming[];
  readonly skipBad?: boolean;
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly json?: boolean;
  readonly html?: string;
}

/** Reports CNN41xx, CNN4207, and CNN4213 where the loss does not fall. */
export function findRate(path: string, options: FindRateOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, options, terminal, async ({ elaboration }) => {
    requireLoss(elaboration);
    const { html } = options;
    if (html !== undefined && html !== '-') await requireWritable(html);
    const { test, report } = await measure(path, elaboration, options, terminal);
    if (options.json) printJson(test, report, elaboration, terminal);
    else if (html !== '-') {
      terminal.out(rateChart(report.points, report.proposal, Math.min(terminal.outputWidth ?? 80, 120)));
      const lines = report.text.flatMap((line) => wrap(line, terminal.outputWidth ?? 80));
      terminal.out(`${lines.join('\n')}\n`);
    }
    await writePage(html, report, terminal);
    if (!report.proposal) throw new DiagnosticError(noProposal(options));
    return EXIT.success;
  });
}

async function measure(path: string, elaboration: Elaboration, options: FindRateOptions, terminal: Terminal) {
  const { settings } = elaboration;
  const { seed = settings.seed, threads, skipBad, weights, from, to, steps } = options;
  const spec = options.data ?? settings.data;
  const data = await loadDataOf(elaboration, spec, { skipBad });
  const batch = Math.min(options.batch ?? settings.batch, data.train.count);
  const tuned = await tunedOptions(path, elaboration, options, terminal);
  const maxBatch = batch > usualBatch(elaboration) ? batch : undefined;
  const { code } = await emitModule(elaboration, { ...tuned, program: false, maxBatch });
  const trainer = await (await loadModule(code)).createTrainer({ seed, threads });
  try {
    await loadWeights(trainer, { weights, reader: weightsReader(elaboration, options, terminal) }, (text) =>
      terminal.err(text),
    );
    const { name } = elaboration.training;
    terminal.err(
      `${describeData(data)}up to ${steps} steps of ${batch} images, learning rates from ${from} to ${to}\n`,
    );
    const test = await rangeTest(trainer, data.train, { from, to, steps, batch, seed });
    if (test.points.length < 3) throw new DiagnosticError(noProposal(options));
    const points = smoothed(test.points);
    const proposal = proposeRate(points);
    const text = inWords(test, proposal, elaboration);
    return { test, report: { network: name, data: spec, points, text, ...(proposal && { proposal }) } };
  } finally {
    trainer.dispose();
  }
}

const ENDS = {
  range: () => 'The range was passed to its end.',
  rose: (rate: string) => `The test ended at ${rate}, where the loss had risen above its beginning.`,
  overflow: (rate: string) => `The test ended behind ${rate}: the next step would have left infinity.`,
};

function inWords({ end, points }: RangeTest, proposal: RateProposal | undefined, { settings }: Elaboration): string[] {
  const ended = ENDS[end](points.at(-1)!.rate.toPrecision(2));
  const augmented = settings.augment.steps.length > 0 || settings.augment.mix ? ' The images were not augmented.' : '';
  if (!proposal) return [`The loss did not fall at any rate.`, `${ended}${augmented}`];
  const { rate, steepest, lowest } = proposal;
  const { kind, lr } = settings.optimizer as { kind: string; lr?: number };
  return [
    `Proposal: ${kind}(lr: ${rate}), as the highest rate of a schedule.${lr === undefined ? '' : ` The \`train\` block has ${lr}.`}`,
    `The loss fell fastest at ${steepest.toPrecision(2)} and was lowest at ${lowest.toPrecision(2)}. The proposal is the larger of the first and a tenth of the second, but not above half of the second.`,
    `${ended}${augmented}`,
  ];
}

function printJson(
  { end }: RangeTest,
  { points, proposal, data }: RateReport,
  { training }: Elaboration,
  terminal: Terminal,
): void {
  const fields = { schema: 1, network: training.name, data, end, proposal: proposal ?? null, points };
  terminal.out(`${JSON.stringify(fields)}\n`);
}

async function writePage(place: string | undefined, report: RateReport, terminal: Terminal): Promise<void> {
  if (place === undefined) return;
  const page = ratePage(report);
  if (place === '-') (terminal.content ?? terminal.out)(page);
  else {
    await writeFiles(new Map([[place, page]]));
    terminal.err(`${place}: the curve\n`);
  }
}

function noProposal({ from, to, steps }: FindRateOptions) {
  const message = `the loss did not fall in ${steps} steps at learning rates from ${from} to ${to}`;
  return commandDiagnostic(
    'CNN4213',
    message,
    'look at the data with `cnnc data`, or change `--from`, `--to` and `--steps`',
  );
}
