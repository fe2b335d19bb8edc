/** @file `cnnc train FILE`: compiles in memory and trains, with what a trainer module would do itself. */
import { type EmitOptions, emitModule, USUAL_BATCH } from '../../compile.ts';
import type { Dataset } from '../../data/dataset.ts';
import { loadData } from '../../data/load-data.ts';
import type { Trainer } from '../../runtime/trainer.ts';
import { runTraining, type TrainingSettings } from '../../runtime/training-run.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { requireLoss } from '../../semantics/network.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { loadModule } from '../load-module.ts';
import type { Terminal } from '../terminal.ts';
import { trainingReport } from '../training-report.ts';
import { type TunedBuild, tunedOptions } from '../tuning/use-tuning.ts';

export interface TrainOptions extends CompileFileOptions, TunedBuild, Omit<TrainingSettings, 'usual' | 'command'> {
  readonly data?: string;
  readonly threads?: number;
}

/** `words`: the command that the user gave. Reports CNN41xx and CNN4208; see `runTraining` for the exit status. */
export function train(
  path: string,
  options: TrainOptions,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  return withCompiledFile(path, options, terminal, ({ elaboration }) => {
    requireLoss(elaboration);
    const { settings } = elaboration;
    const report = trainingReport(elaboration, options, terminal);
    return runTraining({ ...options, usual: settings, command: words }, report, async () => {
      const data = await loadDataOf(elaboration, options);
      const tuned = await tunedOptions(path, elaboration, options, terminal);
      const trainer = await prepareTrainer(elaboration, options, tuned);
      report.begin(data);
      return { data, trainer };
    });
  });
}

function loadDataOf({ settings, training }: Elaboration, options: TrainOptions): Promise<Dataset> {
  const inputs = Object.fromEntries(training.inputs.map(({ name, shape }) => [name, shape]));
  const targets = Object.fromEntries(training.targets.map(({ name, type }) => [name, type]));
  return loadData(options.data ?? settings.data, { network: { inputs, targets } });
}

async function prepareTrainer(elaboration: Elaboration, options: TrainOptions, tuned: EmitOptions): Promise<Trainer> {
  // Left to the compiler, the largest batch that fits, up to the usual one, is planned for.
  const maxBatch = options.batch !== undefined && options.batch > USUAL_BATCH ? options.batch : undefined;
  const { code } = await emitModule(elaboration, { program: false, ...tuned, maxBatch });
  const { createTrainer } = await loadModule(code);
  return createTrainer({ seed: options.seed, threads: options.threads });
}
