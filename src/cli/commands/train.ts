/** @file `cnnc train FILE`: compiles in memory and trains, with what a trainer module would do itself. */

import { loadModule } from '../../check/load-module.ts';
import { type EmitOptions, emitModule } from '../../compile.ts';
import type { AnySplit, Dataset, NetworkPorts } from '../../data/dataset.ts';
import { loadDataOrPictures } from '../../data/decode/load-pictures.ts';
import type { LoadOptions } from '../../data/format.ts';
import type { Renaming } from '../../exchange/weights/rename.ts';
import { usualBatch } from '../../plan/fit-memory.ts';
import type { RunRecord } from '../../runtime/run-folder.ts';
import type { Trainer } from '../../runtime/trainer-api.ts';
import { runTraining, type TrainingSettings } from '../../runtime/training-run.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { requireLoss } from '../../semantics/network.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { type ObservingOptions, observeRun } from '../observe-run.ts';
import { weightsReader } from '../read-weights.ts';
import type { Terminal } from '../terminal.ts';
import { trainingReport } from '../training-report.ts';
import { type TunedBuild, tunedOptions } from '../use-tuning.ts';

export interface TrainOptions
  extends CompileFileOptions,
    TunedBuild,
    ObservingOptions,
    Omit<TrainingSettings, 'usual' | 'command' | 'reader'> {
  readonly map?: readonly Renaming[];
  readonly data?: string;
  /** Leave out pictures that cannot be decoded. */
  readonly skipBad?: boolean;
}

/** `words`: the command that the user gave. Reports CNN41xx and CNN4208; see `runTraining` for the exit status. */
export function train(
  path: string,
  options: TrainOptions,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  return withCompiledFile(path, options, terminal, ({ elaboration, sources }) => {
    requireLoss(elaboration);
    const { settings } = elaboration;
    const report = trainingReport(elaboration, options, terminal);
    return runTraining(
      {
        ...options,
        reader: weightsReader(elaboration, options, terminal),
        usual: { ...settings, lr: settings.optimizer.lr },
        command: words,
      },
      report,
      async () => {
        const spec = options.data ?? settings.data;
        const { skipped: onSkip, reading: onRead } = report;
        const data = await loadDataOf(elaboration, spec, { skipBad: options.skipBad, onSkip, onRead });
        const tuned = await tunedOptions(path, elaboration, options, terminal);
        const { trainer, code } = await prepareTrainer(elaboration, options, { ...tuned, classNames: data.classes });
        report.begin(data);
        const texts = sources.map(({ name, text }) => ({ file: name, text }));
        observeRun(report, { trainer, data, elaboration, options, spec, sources: texts });
        return { data, trainer, run: { spec, sources: texts, options: choicesOf(options), module: () => code } };
      },
    );
  });
}

/** What decides, beside the texts, which network is trained. */
function choicesOf({ set, network, target }: TrainOptions): RunRecord['options'] {
  return { ...(set && { set }), ...(network && { network }), ...(target && { target }) };
}

export function loadDataOf(
  elaboration: Elaboration,
  spec: string,
  options: Pick<LoadOptions, 'skipBad' | 'onSkip' | 'onRead'> = {},
): Promise<Dataset<AnySplit>> {
  return loadDataOrPictures(spec, { ...options, network: portsOf(elaboration) });
}

/** What the network takes. */
export function portsOf({ training }: Elaboration): NetworkPorts {
  return {
    inputs: Object.fromEntries(training.inputs.map(({ name, shape }) => [name, shape])),
    targets: Object.fromEntries(training.targets.map(({ name, type }) => [name, type])),
  };
}

/** The trainer, and the module that it is made of: a program, where it is to be kept. */
async function prepareTrainer(
  elaboration: Elaboration,
  { batch, out, seed, threads }: TrainOptions,
  tuned: EmitOptions,
): Promise<{ trainer: Trainer; code: string }> {
  // Left to the compiler, the largest batch that fits, up to the usual one, is planned for.
  const maxBatch = batch !== undefined && batch > usualBatch(elaboration) ? batch : undefined;
  const { code } = await emitModule(elaboration, { program: out !== undefined, ...tuned, maxBatch });
  const { createTrainer } = await loadModule(code);
  return { trainer: await createTrainer({ seed, threads }), code };
}
