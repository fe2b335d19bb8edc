/** @file The trainer of a module for graphics cards. What it is asked is done one after the other, in the order of the questions. */
import { Card, findAdapter } from './card.ts';
import { CardPlace, statesLength } from './card-place.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { DeviceChoice, DeviceOptions, DeviceTrainer } from './device-api.ts';
import { DeviceEngine } from './device-engine.ts';
import { diverged } from './engine.ts';
import type { Compiled } from './executable.ts';
import { runEpochs } from './fit.ts';
import type { Gpu, GpuAdapter } from './gpu.ts';
import { callback, checkOptions, type OptionSpecs, oneOf, whole } from './options.ts';
import type { CompiledForDevice, Place } from './place.ts';
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

export const DEVICE_OPTIONS: OptionSpecs<DeviceOptions> = {
  seed: TRAINER_OPTIONS.seed,
  device: { ...oneOf('webgpu'), wanted: "'webgpu', or build with `--target auto`" },
  gpu: {
    fits: (value) => typeof (value as Gpu)?.requestAdapter === 'function',
    wanted: '`create([])` of the package `webgpu`',
  },
  onCompile: callback,
  onNotice: callback,
  keepEvery: whole(1),
};

/** With freshly initialised parameters, and no place yet. */
export function makeEngine(compiled: CompiledForDevice, seed = compiled.training.seed): DeviceEngine {
  const memory = new Float32Array(compiled.memoryLength);
  initialiseState(compiled as unknown as Compiled, memory, seed);
  return new DeviceEngine(compiled, memory, statesLength(compiled), seed);
}

/** The one given, or that of the browser. */
export function gpuOf({ gpu }: DeviceOptions): Gpu | undefined {
  return (gpu ?? (globalThis.navigator as { gpu?: unknown } | undefined)?.gpu) as Gpu | undefined;
}

export async function openCard(
  engine: DeviceEngine,
  compiled: CompiledForDevice,
  adapter: GpuAdapter,
  { onCompile }: DeviceOptions,
): Promise<CardPlace> {
  return new CardPlace(engine, compiled, await Card.open(adapter, compiled, onCompile));
}

/** A card that is gone so often before states were kept once more is not looked for again. */
export const MOST_LOSSES = 2;

/** The states begin at this place. */
export function settleAt(
  engine: DeviceEngine,
  place: Place,
  { onNotice, keepEvery }: Pick<DeviceOptions, 'onNotice' | 'keepEvery'>,
  reopen: DeviceEngine['reopen'],
): void {
  Object.assign(engine, { place, reopen, onNotice }, keepEvery && { keepEvery });
  engine.push!();
}

export async function createTrainer(compiled: CompiledForDevice, given?: DeviceOptions): Promise<DeviceTrainer> {
  checkOptions('createTrainer', given, DEVICE_OPTIONS);
  const options = given ?? {};
  const engine = makeEngine(compiled, options.seed);
  const open = async () => openCard(engine, compiled, await findAdapter(gpuOf(options)), options);
  const place = await open();
  settleAt(engine, place, options, (times) => (times > MOST_LOSSES ? Promise.reject() : open()));
  return makeTrainer(engine, {
    device: 'webgpu',
    reason: 'the module is for graphics cards alone',
    hash: compiled.network.hash,
    adapter: place.adapter.description,
    threads: 1,
  });
}

export function makeTrainer(engine: DeviceEngine, choice: DeviceChoice): DeviceTrainer {
  const { compiled, memory } = engine;
  const alone: DeviceEngine['alone'] = (act) => engine.alone(act);
  const [parameters, buffers] = (['parameter', 'buffer'] as const).map((role) =>
    viewStates(memory, compiled.state, role),
  );
  const predict = (images: Batch['images'], all: boolean) =>
    alone(() => {
      engine.requireLive();
      return engine.outputs(engine.accept({ images }, false), all);
    });
  return {
    network: compiled.network,
    get threads() {
      return engine.place.threads;
    },
    get device() {
      return engine.place.device;
    },
    get adapter() {
      return engine.place.adapter;
    },
    choice,
    parameters: parameters!,
    buffers: buffers!,
    get run() {
      return engine.summary;
    },
    step: (batch, options) =>
      engine.stepSoon(() => {
        engine.requireIdle('step');
        checkOptions('step', options, STEP_OPTIONS);
        const feed = engine.accept(batch);
        const { learningRate } = compiled.training;
        return { feed, lr: options?.lr ?? learningRate, where: `in step ${engine.progress.step + 1}` };
      }),
    gradients: (batch) =>
      alone(() => {
        engine.requireLive();
        return engine.gradients(engine.accept(batch), compiled.training.learningRate);
      }),
    evaluate: (batch) =>
      alone(async () => {
        engine.requireLive();
        engine.accept(batch);
        const result = await engine.measure();
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
    fit(data: FitData, options: FitOptions = {}) {
      engine.requireLive();
      return trainAll(engine, data, options);
    },
    pause() {
      engine.requireLive();
      engine.pause();
    },
    resume: () => engine.resume(),
    test: (split: Split | BatchSource, signal?: AbortSignal) =>
      alone(async (): Promise<StepResult> => {
        engine.requireLive();
        const result = await engine.test(checkSplit(engine, 'test', split), 'in `test`', signal);
        return result ?? { loss: Number.NaN, count: 0 };
      }),
    save: (options?: SaveOptions) =>
      alone(async () => {
        checkOptions('save', options, SAVE_OPTIONS);
        await engine.pullNow();
        return saveCheckpoint(engine, options);
      }),
    load: (bytes, options) =>
      alone(async () => {
        engine.requireIdle('load');
        checkOptions('load', options, LOAD_OPTIONS);
        await engine.pullNow();
        const report = loadCheckpoint(engine, bytes, options?.partial ?? false);
        engine.push!();
        return report;
      }),
    download: () => alone(() => engine.pullNow()),
    upload: () =>
      alone(() => {
        engine.requireIdle('upload');
        engine.push!();
      }),
    dispose() {
      if (engine.isDisposed) return;
      engine.isDisposed = true;
      engine.resume();
      engine.place.dispose();
      parameters!.clear();
      buffers!.clear();
    },
  };
}

/** Who leaves its loop, or ends it, finds the trainer behind a step and not between some. */
async function* trainAll(engine: DeviceEngine, data: FitData, options: FitOptions): ReturnType<typeof runEpochs> {
  try {
    yield* runEpochs(engine, data, options);
  } finally {
    if (!engine.isDisposed) await engine.pull!();
  }
}
