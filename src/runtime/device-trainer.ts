/** @file The trainer of a module for graphics cards. What it is asked is done one after the other, in the order of the questions. */
import { Card } from './card.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { DeviceOptions, DeviceTrainer } from './device-api.ts';
import { type CompiledForDevice, DeviceEngine } from './device-engine.ts';
import { diverged } from './engine.ts';
import type { Compiled } from './executable.ts';
import { runEpochs } from './fit.ts';
import type { Gpu } from './gpu.ts';
import { callback, checkOptions, type OptionSpecs, oneOf } from './options.ts';
import { checkSplit, type FitData } from './run-data.ts';
import {
  initialiseState,
  LOAD_OPTIONS,
  NO_OPTIONS,
  SAVE_OPTIONS,
  STEP_OPTIONS,
  TRAINER_OPTIONS,
  viewStates,
} from './trainer.ts';
import type { Batch, BatchSource, FitOptions, SaveOptions, Split, StepResult } from './trainer-api.ts';

const DEVICE_OPTIONS: OptionSpecs<DeviceOptions> = {
  seed: TRAINER_OPTIONS.seed,
  device: oneOf('webgpu'),
  gpu: {
    fits: (value) => typeof (value as Gpu)?.requestAdapter === 'function',
    wanted: '`create([])` of the package `webgpu`',
  },
  onCompile: callback,
};

/** With freshly initialised parameters. */
export async function createTrainer(compiled: CompiledForDevice, given?: DeviceOptions): Promise<DeviceTrainer> {
  checkOptions('createTrainer', given, DEVICE_OPTIONS);
  const { seed = compiled.training.seed, gpu, onCompile } = given ?? {};
  const memory = new Float32Array(compiled.memoryLength);
  initialiseState(compiled as unknown as Compiled, memory, seed);
  const found = (gpu ?? (globalThis.navigator as { gpu?: unknown } | undefined)?.gpu) as Gpu | undefined;
  const card = await Card.open(found, compiled.device, onCompile);
  const engine = new DeviceEngine(compiled, memory, card, seed);
  engine.push!();
  return makeTrainer(engine);
}

function makeTrainer(engine: DeviceEngine): DeviceTrainer {
  const { compiled, memory, card } = engine;
  const inTurn: DeviceEngine['inTurn'] = (act) => engine.inTurn(act);
  const [parameters, buffers] = (['parameter', 'buffer'] as const).map((role) =>
    viewStates(memory, compiled.state, role),
  );
  const predict = (images: Batch['images'], all: boolean) =>
    inTurn(() => {
      engine.requireLive();
      return engine.outputs(engine.receive({ images }, false), all);
    });
  return {
    network: compiled.network,
    threads: 1,
    adapter: card.adapter,
    parameters: parameters!,
    buffers: buffers!,
    get run() {
      return engine.summary;
    },
    step: (batch, options) =>
      inTurn(() => {
        engine.requireIdle('step');
        checkOptions('step', options, STEP_OPTIONS);
        const feed = engine.receive(batch);
        const { learningRate } = compiled.training;
        return engine.stepNow(feed, options?.lr ?? learningRate, `in step ${engine.progress.step + 1}`);
      }),
    gradients: (batch) =>
      inTurn(() => {
        engine.requireLive();
        return engine.gradients(engine.receive(batch), compiled.training.learningRate);
      }),
    evaluate: (batch) =>
      inTurn(async () => {
        engine.requireLive();
        const result = await engine.measure(engine.receive(batch));
        if (!Number.isFinite(result.loss)) diverged('the loss', 'in `evaluate`');
        return result;
      }),
    async predict(images, options?: object) {
      checkOptions('predict', options, NO_OPTIONS);
      return (await predict(images, false))[0]!;
    },
    async predictAll(images, options?: object) {
      checkOptions('predictAll', options, NO_OPTIONS);
      const names = Object.keys(compiled.network.outputs);
      return new Map((await predict(images, true)).map((values, k) => [names[k]!, values]));
    },
    fit: (data: FitData, options: FitOptions = {}) => {
      engine.requireLive();
      return runEpochs(engine, data, options);
    },
    pause() {
      engine.requireLive();
      engine.pause();
    },
    resume: () => engine.resume(),
    async test(split: Split | BatchSource, signal?: AbortSignal): Promise<StepResult> {
      engine.requireLive();
      const result = await engine.test(checkSplit(engine, 'test', split), 'in `test`', signal);
      return result ?? { loss: Number.NaN, count: 0 };
    },
    save: (options?: SaveOptions) =>
      inTurn(async () => {
        checkOptions('save', options, SAVE_OPTIONS);
        await engine.pull!();
        return saveCheckpoint(engine, options);
      }),
    load: (bytes, options) =>
      inTurn(async () => {
        engine.requireIdle('load');
        checkOptions('load', options, LOAD_OPTIONS);
        await engine.pull!();
        const report = loadCheckpoint(engine, bytes, options?.partial ?? false);
        engine.push!();
        return report;
      }),
    download: () => inTurn(() => engine.pull!()),
    upload: () =>
      inTurn(() => {
        engine.requireIdle('upload');
        engine.push!();
      }),
    dispose() {
      if (engine.disposed) return;
      engine.disposed = true;
      engine.resume();
      card.destroy();
      parameters!.clear();
      buffers!.clear();
    },
  };
}
