/** @file `cnnc tune FILE`: times schedules on this machine, and writes the best ones beside the source. */
import { table } from '../../common/table.ts';
import type { ScheduleChoice } from '../../loop/schedule.ts';
import { type TunedNetwork, tuneNetwork } from '../../tuning/tune-network.ts';
import { networkHash, type PassChoice, type Tuning } from '../../tuning/tuning.ts';
import { type CompiledFile, type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { progressLine } from '../progress-line.ts';
import { EXIT } from '../report.ts';
import type { Terminal } from '../terminal.ts';
import { describeMachine, tuningPath } from '../tuning-file.ts';
import { requireWritable, writeFiles } from '../write-files.ts';

export interface TuneOptions extends CompileFileOptions {
  /** About how long to measure. */
  readonly seconds: number;
}

/** Reports CNN4207. The file is written at the very end, so whoever interrupts keeps what was there. */
export function tune(path: string, options: TuneOptions, terminal: Terminal): Promise<number> {
  return withCompiledFile(path, options, terminal, async ({ elaboration }) => {
    const started = performance.now();
    const { seconds, skip, json } = options;
    const file = path === '-' ? undefined : tuningPath(path);
    if (file) await requireWritable(file);
    terminal.err(`tuning ${elaboration.training.name}, about ${seconds} s\n`);
    const onProgress = progressLine(terminal);
    const found = await tuneNetwork({ elaboration, skip, seconds, onProgress });
    onProgress('');
    const tuning = tuningOf(elaboration, found);
    const printed = json ? `${JSON.stringify(report(tuning, found), null, 2)}\n` : describe(found);
    terminal.out(printed);
    if (!file) return EXIT.success;
    await writeFiles(new Map([[file, `${JSON.stringify(tuning, null, 2)}\n`]]));
    const count = Object.keys(tuning.kernels).length;
    const elapsed = ((performance.now() - started) / 1000).toFixed(0);
    terminal.err(`${file}: ${count} of ${found.timed.length} kernels tuned, in ${elapsed} s\n`);
    return EXIT.success;
  });
}

function tuningOf(elaboration: CompiledFile['elaboration'], { passes, kernels }: TunedNetwork): Tuning {
  const network = elaboration.training.name;
  return { ...describeMachine(), network, hash: networkHash(elaboration), passes, kernels };
}

function report(tuning: Tuning, { step, timed }: TunedNetwork) {
  const measured = timed.map(({ kernel: { name, hash, count, flops }, usual, best, candidates }) => {
    return { name, hash, count, flops, candidates, usual, best };
  });
  return { ...tuning, step, measured };
}

/** Together at most 80 wide. */
const COLUMNS = [
  { title: 'GFLOP/s of kernel', least: 29, most: 29 },
  { title: 'times', right: true },
  { title: 'usual', right: true, least: 6 },
  { title: 'best', right: true, least: 6 },
  { title: 'chosen' },
];

function describe({ timed, small, passes, kept, step }: TunedNetwork): string {
  const rows = timed.map(({ kernel, usual, best, choice }) => {
    const figures = [`${kernel.count}`, usual.toFixed(1), best.toFixed(1)];
    return [kernel.name, ...figures, choice ? describeChoice(choice) : ''];
  });
  const { images, usual, tuned } = step;
  const verdict = `${tuned.toFixed(2)} ms tuned${kept ? '' : ': all stays as it was'}`;
  return [
    ...table(COLUMNS, rows),
    ...(small > 0 ? [`${small} with less than 0.3 % of the work stay as they are`] : []),
    `tiles of convolutions: ${describePasses(passes)}`,
    `step of ${images} images: ${usual.toFixed(2)} ms, ${verdict}`,
    '',
  ].join('\n');
}

function describeChoice({ accumulators, registers, unrollBudget }: ScheduleChoice): string {
  const parts = [
    accumulators && `${accumulators} sums`,
    registers && `${registers} regs`,
    unrollBudget && `body ${unrollBudget}`,
  ];
  return parts.filter(Boolean).join(', ');
}

function describePasses({ skip, leastTiledWork, longestTiledKernel }: PassChoice): string {
  if (skip) return 'none is faster';
  if (leastTiledWork) return leastTiledWork > 1 ? 'for smaller layers too' : 'for layers of any size';
  return longestTiledKernel ? `for kernels of at most ${longestTiledKernel}` : 'as usual';
}
