/** @file `cnnc report RUN`: makes the page of a run again, whether it has ended, was interrupted, or is still going on. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { bytes } from '../../analysis/figure-texts.ts';
import { readBytes } from '../../data/files.ts';
import { TrainerError } from '../../data/trainer-error.ts';
import { readProgress } from '../../runtime/read-progress.ts';
import { RUN } from '../../runtime/run-folder.ts';
import { readLog } from '../../runtime/run-log.ts';
import { parseSafetensors } from '../../runtime/safetensors.ts';
import { unseenImages } from '../end-of-run.ts';
import { EXIT } from '../report.ts';
import { writeRunReport } from '../run-report.ts';
import type { Terminal } from '../terminal.ts';
import { type TrainedOptions, tellSkipped, withTrained } from '../trained.ts';
import { loadDataOf } from './train.ts';

export interface ReportOptions extends TrainedOptions {
  /** That of the run unless given. */
  readonly data?: string;
}

/** Reports what `withTrained` does, CNN4140 to CNN4151, CNN4207. */
export function report(run: string, options: ReportOptions, terminal: Terminal): Promise<number> {
  return withTrained(run, options, terminal, async ({ elaboration, trainer, record }) => {
    if (!record) throw new TrainerError('CNN4129', `\`${run}\` is no folder of a run`, 'name one that `--out` made');
    const spec = options.data ?? record.data.spec;
    const data = await loadDataOf(elaboration, spec, { skipBad: options.skipBad, onSkip: tellSkipped(terminal) });
    const unseen = await unseenImages(trainer.network, data, () => progressOf(run));
    const classes = data.classes ?? record.data.classes;
    const rows = await readLog(join(run, RUN.log));
    const { sources = [] } = record;
    const place = await writeRunReport({
      ...{ out: run, elaboration, spec, sources, rows },
      examined: { trainer, unseen, classes },
    });
    terminal.err(`${place}: ${bytes(statSync(place).size)} for ${record.network}\n`);
    return EXIT.success;
  });
}

async function progressOf(run: string) {
  return readProgress(parseSafetensors(await readBytes(join(run, RUN.last))).metadata);
}
