/** @file `cnnc train FILE`: compiles in memory and trains, with what a trainer module would do itself. */

import { loadModule } from '../../check/load-module.ts';
import { type EmitOptions, emitModule } from '../../compile.ts';
import type { AnySplit, Dataset, NetworkPorts } from '../../data/dataset.ts';
import { loadDataOrPictures } from '../../data/decode/load-pictures.ts';
import type { LoadOptions } from '../../data/format.ts';
import { TrainerError } from '../../data/trainer-error.ts';
import { DiagnosticError } from '../../diagnostics/diagnostic.ts';
import type { Renaming } from '../../exchange/weights/rename.ts';
import { usualBatch } from '../../plan/fit-memory.ts';
import { type AnyTrainer, isOnDevice } from '../../runtime/any-trainer.ts';
import type { AutoOptions, DeviceNotice, DeviceTrainer } from '../../runtime/device-api.ts';
import type { Gpu } from '../../runtime/gpu.ts';
import { type RunRecord, readRecord } from '../../runtime/run-folder.ts';
import { runTraining, type TrainingSettings } from '../../runtime/training-run.ts';
import type { WideOptions, WideTrainer } from '../../runtime/wide-api.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { requireLoss } from '../../semantics/network.ts';
import { changesOf } from '../changed-network.ts';
import { type CompileFileOptions, withCompiledFile } from '../compile-file.ts';
import { cardError, introduceCard, openGpu } from '../graphics-card.ts';
import { type ObservingOptions, observeRun } from '../observe-run.ts';
import { weightsReader } from '../read-weights.ts';
import type { Terminal } from '../terminal.ts';
import { type TrainingReport, trainingReport } from '../training-report.ts';
import { type TunedBuild, tunedOptions } from '../use-tuning.ts';

export interface TrainOptions
  extends CompileFileOptions,
    TunedBuild,
    ObservingOptions,
    Omit<TrainingSettings, 'usual' | 'command' | 'reader'> {
  readonly map?: readonly Renaming[];
  readonly data?: string;
  /** Try kernels of 256 bits. */
  readonly wide?: boolean;
  /** Leave out pictures that cannot be decoded. */
  readonly skipBad?: boolean;
  /** What trains. */
  readonly device?: DeviceName;
}

export type DeviceName = 'cpu' | 'webgpu' | 'auto';

/** `words`: the command that the user gave. Reports CNN41xx and CNN4208; see `runTraining` for the exit status. */
export function train(
  path: string,
  options: TrainOptions,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  return withCompiledFile(path, options, terminal, async ({ elaboration, sources }) => {
    requireLoss(elaboration);
    checkDevice(options);
    const { settings } = elaboration;
    const report = trainingReport(elaboration, options, terminal);
    const status = await runTraining(
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
        const emitted = { ...tuned, classNames: data.classes };
        const { trainer, code } = await prepareTrainer(elaboration, options, emitted, report);
        const texts = sources.map(({ name, text }) => ({ file: name, text }));
        if (options.resume) await tellChanges(trainer, options, texts, report);
        report.begin(data);
        observeRun(report, { trainer, data, elaboration, options, spec, sources: texts });
        const { device = 'cpu', adapter } = isOnDevice(trainer) ? trainer : {};
        const choices = { ...choicesOf(options), device };
        const run = { spec, sources: texts, options: choices, adapter: adapter?.description, module: () => code };
        return { data, trainer, run };
      },
    );
    report.note(report.after);
    return status;
  });
}

/** Before the weights are found not to fit: what has changed in the network that the run began with. */
async function tellChanges(
  trainer: AnyTrainer,
  options: TrainOptions,
  sources: NonNullable<RunRecord['sources']>,
  { note }: TrainingReport,
): Promise<void> {
  const { name, hash } = trainer.network;
  const record = await readRecord(options.out!).catch(() => undefined);
  if (!record) return;
  const { device: before = 'cpu' } = record.options;
  const { device = 'cpu' } = isOnDevice(trainer) ? trainer : {};
  if (before !== device) note(`\`device\` was ${before}, and is ${device}\n`);
  if (record.hash === hash) return;
  for (const line of changesOf(record, { network: name, sources, options: choicesOf(options) })) note(line);
}

/** What decides, beside the texts, which network is trained. */
function choicesOf({ set, network, target }: TrainOptions): RunRecord['options'] {
  return { ...(set && { set }), ...(network && { network }), ...(target && { target }) };
}

/** CNN4108 for what a graphics card has not. */
function checkDevice({ device = 'cpu', threads, watch, wide }: TrainOptions): void {
  if (device === 'cpu') return;
  const refuse = (option: string, why: string) => {
    throw new TrainerError('CNN4108', `\`${option}\` with \`--device ${device}\`: ${why}`, 'leave one of them out');
  };
  if (device === 'webgpu' && threads !== undefined) refuse('--threads', 'a graphics card has no threads to choose');
  if (wide) refuse('--wide', 'its kernels are of the processor');
  if (watch) refuse('--watch', 'weights stay on the graphics card while it trains');
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

interface Made {
  readonly trainer: AnyTrainer;
  /** A program, where it is to be kept. */
  readonly code: string;
}

/** The trainer, and the module that it is made of. Reports CNN4160, CNN4162. */
async function prepareTrainer(
  elaboration: Elaboration,
  options: TrainOptions,
  tuned: EmitOptions,
  report: TrainingReport,
): Promise<Made> {
  const { device = 'cpu' } = options;
  if (device === 'cpu') return prepareHere(elaboration, options, tuned, report);
  const gpu = await openGpu().catch((error: TrainerError) => {
    if (device === 'webgpu') throw error;
    report.note(`the processor trains: ${error.problem}; ${error.hint}\n`);
  });
  if (!gpu) return prepareHere(elaboration, options, tuned, report);
  try {
    return await prepareOnCard(elaboration, { ...options, device, gpu }, tuned, report);
  } catch (error) {
    // What no card could hold may be computed here, block after block.
    if (device === 'webgpu' || !(error instanceof DiagnosticError) || error.diagnostic.code !== 'CNN4007') throw error;
    report.note(`the processor trains: ${error.diagnostic.message}\n`);
    return prepareHere(elaboration, options, tuned, report);
  }
}

async function prepareHere(
  elaboration: Elaboration,
  { batch, out, seed, threads, wide }: TrainOptions,
  tuned: EmitOptions,
  { note }: TrainingReport,
): Promise<Made> {
  // Left to the compiler, the largest batch that fits, up to the usual one, is planned for.
  const maxBatch = batch !== undefined && batch > usualBatch(elaboration) ? batch : undefined;
  const { code } = await emitModule(elaboration, { program: out !== undefined, batch, ...tuned, maxBatch, wide });
  const { createTrainer } = await loadModule<WideTrainer, WideOptions>(code);
  const trainer = await createTrainer({ seed, threads, ...(wide && { wide }) });
  if (trainer.wide) note(`${trainer.wide.message}\n`);
  return { trainer, code };
}

/** The memory of a graphics card holds all images of a batch at once: the module takes no more of them. */
async function prepareOnCard(
  elaboration: Elaboration,
  {
    batch = elaboration.settings.batch,
    seed,
    threads,
    device,
    gpu,
  }: TrainOptions & { device: 'webgpu' | 'auto'; gpu: Gpu },
  tuned: EmitOptions,
  { compiling: onCompile, note }: TrainingReport,
): Promise<Made> {
  const { code } = await emitModule(elaboration, { ...tuned, target: device, maxBatch: batch });
  const { createTrainer } = await loadModule<DeviceTrainer, AutoOptions>(code);
  const onNotice = ({ message }: DeviceNotice) => note(`${message}\n`);
  const trainer = await createTrainer({
    ...{ device, seed, gpu, onCompile, onNotice },
    ...(device === 'auto' && { threads }),
  }).catch((error) => {
    throw cardError(error);
  });
  if (trainer.adapter) note(introduceCard(trainer.adapter));
  return { trainer, code };
}
