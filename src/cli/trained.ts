/**
 * @file A network with its weights: the folder of a run, or a `.cnn` file and `--weights`. A run's network is compiled again
 * from the texts that `run.json` holds: nothing that lies in the folder is executed.
 */

import { statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { importCode, loadModule } from '../check/load-module.ts';
import { emitModule, emitPredictor } from '../compile.ts';
import { TrainerError } from '../data/trainer-error.ts';
import type { Renaming } from '../exchange/weights/rename.ts';
import type { Predictor, PredictorOptions } from '../runtime/predictor-api.ts';
import { RUN, type RunRecord, readRecord } from '../runtime/run-folder.ts';
import { loadWeights, type WeightsReader } from '../runtime/start-weights.ts';
import type { Trainer } from '../runtime/trainer-api.ts';
import type { Elaboration } from '../semantics/model.ts';
import type { ReadImport } from '../semantics/names/modules.ts';
import { hasLoss } from '../semantics/network.ts';
import type { SourceOptions } from '../semantics/understand.ts';
import { TARGET_NAMES, type TargetName } from '../targets/target.ts';
import { type CompileFileOptions, compileText, withCompiledFile, withElaboration } from './compile-file.ts';
import { weightsReader } from './read-weights.ts';
import type { Terminal } from './terminal.ts';

export interface TrainedOptions extends CompileFileOptions {
  /** In place of the best of the run. */
  readonly weights?: string;
  readonly map?: readonly Renaming[];
  readonly threads?: number;
  readonly target?: TargetName;
  /** Leave out pictures that cannot be decoded. */
  readonly skipBad?: boolean;
}

/** A picture that is left out is named. */
export function tellSkipped({ err }: Terminal): (error: TrainerError) => void {
  return ({ problem }) => err(`left out: ${problem}\n`);
}

export interface Trained {
  readonly elaboration: Elaboration;
  readonly trainer: Trainer;
  /** What the run was of; absent for a file. */
  readonly record?: RunRecord;
}

/** What can predict, and no more: a network needs no loss for that. */
export interface Predicting extends Pick<Trained, 'elaboration' | 'record'> {
  readonly trainer: Pick<Trainer, 'predict'> & {
    readonly network: Pick<Trainer['network'], 'name' | 'inputs' | 'outputs'> &
      Partial<Pick<Trainer['network'], 'targets'>>;
  };
}

export function isRun(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The weights of a run that are best, or the last ones where no epoch has ended yet. */
export function weightsOfRun(run: string): string {
  const best = join(run, RUN.best);
  return statSync(best, { throwIfNoEntry: false }) ? best : join(run, RUN.last);
}

/** Runs `use` on the network of a file, or of the folder of a run. Reports CNN1xxx to CNN3xxx, CNN4129. */
export async function withNetwork(
  path: string,
  options: CompileFileOptions,
  terminal: Terminal,
  use: (network: { readonly elaboration: Elaboration; readonly record?: RunRecord }) => Promise<number>,
): Promise<number> {
  if (!isRun(path)) return withCompiledFile(path, options, terminal, use);
  const record = await recordOf(path);
  const [main, ...imported] = record.sources!;
  const compiled = await compileText(
    { name: main!.file, text: main!.text },
    { ...choicesOf(record), read: readFrom(imported) },
  );
  // What else there is to say of its text was said when it was trained.
  const diagnostics = compiled.diagnostics.filter(({ severity }) => severity === 'error');
  return withElaboration({ ...compiled, diagnostics }, options, terminal, ({ elaboration }) =>
    use({ elaboration, record }),
  );
}

/** Runs `use` on the network with its weights. Reports CNN1xxx to CNN3xxx, CNN4120 to CNN4122, CNN4129, CNN4141. */
export async function withTrained(
  path: string,
  options: TrainedOptions,
  terminal: Terminal,
  use: (trained: Trained) => Promise<number>,
): Promise<number> {
  return withNetwork(path, options, terminal, (network) => useTrained(network, path, options, terminal, use));
}

/** As `withTrained`, also of networks without a loss, such as imported ones. */
export async function withPredicting(
  path: string,
  options: TrainedOptions,
  terminal: Terminal,
  use: (predicting: Predicting) => Promise<number>,
): Promise<number> {
  return withNetwork(path, options, terminal, (network) =>
    hasLoss(network.elaboration)
      ? useTrained(network, path, options, terminal, use)
      : usePredictor(network.elaboration, options, terminal, use),
  );
}

async function useTrained(
  { elaboration, record }: Pick<Trained, 'elaboration' | 'record'>,
  path: string,
  options: TrainedOptions,
  terminal: Terminal,
  use: (trained: Trained) => Promise<number>,
): Promise<number> {
  const weights = options.weights ?? (record && weightsOfRun(path));
  const { target = targetOf(record), threads } = options;
  const { code } = await emitModule(elaboration, { program: false, target });
  const { createTrainer } = await loadModule(code);
  const trainer = await createTrainer({ threads });
  try {
    if (record && record.hash !== trainer.network.hash) terminal.err(otherNetwork(record));
    await takeWeights(trainer, weights, weightsReader(elaboration, options, terminal), terminal);
    return await use({ elaboration, trainer, ...(record && { record }) });
  } finally {
    trainer.dispose();
  }
}

/** By a module that only predicts; runs have a loss, so the network is that of a file. */
async function usePredictor(
  elaboration: Elaboration,
  options: TrainedOptions,
  terminal: Terminal,
  use: (predicting: Predicting) => Promise<number>,
): Promise<number> {
  const { target, threads } = options;
  const reader = weightsReader(elaboration, options, terminal);
  const file = givenWeights(options.weights);
  const weights = isRun(file) ? weightsOfRun(file) : file;
  const { code } = await emitPredictor(elaboration, { target, threads });
  const made = await importCode<{ createPredictor: (options: PredictorOptions) => Promise<Predictor> }>(code);
  const trainer = await made.createPredictor({ threads });
  try {
    trainer.load(await reader.read(weights));
    const { length } = elaboration.states.filter(({ role }) => role !== 'optimizer');
    terminal.err(`${length} weights from ${weights}${reader.rest()}\n`);
    return await use({ elaboration, trainer });
  } finally {
    trainer.dispose();
  }
}

function givenWeights(weights: string | undefined): string {
  if (weights !== undefined) return weights;
  throw new TrainerError(
    'CNN4129',
    'a `.cnn` file has no weights',
    'add `--weights FILE`, or name the folder of a run',
  );
}

async function takeWeights(
  trainer: Trainer,
  given: string | undefined,
  reader: WeightsReader,
  terminal: Terminal,
): Promise<void> {
  const weights = givenWeights(given);
  await loadWeights(trainer, { weights, reader }, (text) => terminal.err(text));
}

/** CNN4129 where the folder does not hold the texts of its network. */
async function recordOf(run: string): Promise<RunRecord> {
  const record = await readRecord(run);
  if (record?.sources?.length) return record;
  const why = record ? 'it was trained by a module, which does not know its source' : `it has no \`${RUN.record}\``;
  const hint = `name the \`.cnn\` file, with \`--weights ${weightsOfRun(run)}\``;
  throw new TrainerError('CNN4129', `\`${run}\` does not say what was trained: ${why}`, hint);
}

function targetOf(record: RunRecord | undefined): TargetName | undefined {
  return TARGET_NAMES.find((name) => name === record?.options.target);
}

function choicesOf({ options }: RunRecord): SourceOptions {
  const { set, network } = options as SourceOptions;
  return { ...(set && { set }), ...(network && { network }) };
}

/** The imports of a run's network, by the names that they had when it was trained. */
function readFrom(texts: NonNullable<RunRecord['sources']>): ReadImport {
  return (path, importer) => {
    const file = normalize(join(importer === '<stdin>' ? '.' : dirname(importer), path));
    const found = texts.find((text) => text.file === file);
    return found ?? { problem: `the run has no \`${path}\``, help: 'name the `.cnn` file, with `--weights`' };
  };
}

function otherNetwork({ versions }: RunRecord): string {
  return `this version of cnnc computes something else from the texts of the run than ${versions.cnnc}, which trained it\n`;
}
