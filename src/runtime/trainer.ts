/**
 * @file The `Trainer` that users of a module hold in their hands. It owns the memory, hands batches to the
 * engine, and turns the engine's numbers into results.
 */

import { sizeOf } from '../data/dataset.ts';
import { Random } from '../data/random.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { diverged, Engine } from './engine.ts';
import type { Compiled, NetworkDescription, StateLayout } from './executable.ts';
import { runEpochs } from './fit.ts';
import { initialise } from './initialise.ts';
import { checkOptions, flag, type OptionSpecs, positive, whole } from './options.ts';
import { checkSplit, type FitData } from './run-data.ts';
import type {
  Batch,
  BatchSource,
  EpochResult,
  FitOptions,
  LoadReport,
  Parameter,
  RunSummary,
  SaveOptions,
  Split,
  StepResult,
  Trainer,
  TrainerOptions,
} from './trainer-api.ts';

export const TRAINER_OPTIONS: OptionSpecs<TrainerOptions> = { seed: whole(), threads: whole(1), relaxedSimd: flag };
export const STEP_OPTIONS: OptionSpecs<{ lr?: number }> = { lr: positive };
export const SAVE_OPTIONS: OptionSpecs<SaveOptions> = { best: flag, weights: flag };
export const LOAD_OPTIONS: OptionSpecs<{ partial?: boolean }> = { partial: flag };
/** `predict` and its kin take no options; whoever passes some means something. */
export const NO_OPTIONS = {};

export function initialiseState({ state, parts }: Compiled, memory: Float32Array, seed: number): void {
  for (const { name, shape, offset, initializer } of state) {
    initialise(memory, offset, shape, initializer, new Random(seed, name), parts?.fills);
  }
}

export function viewStates(
  memory: Float32Array,
  state: readonly StateLayout[],
  wanted: StateLayout['role'],
): Map<string, Parameter> {
  const views = new Map<string, Parameter>();
  for (const { name, role, shape, offset } of state) {
    if (role !== wanted) continue;
    views.set(name, { shape: [...shape], data: memory.subarray(offset, offset + sizeOf(shape)) });
  }
  return views;
}

class ModuleTrainer implements Trainer {
  readonly parameters: Map<string, Parameter>;
  readonly buffers: Map<string, Parameter>;
  readonly network: NetworkDescription;
  readonly threads: number;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.network = engine.compiled.network;
    this.threads = engine.executable.team?.threads ?? 1;
    this.parameters = viewStates(engine.memory, engine.compiled.state, 'parameter');
    this.buffers = viewStates(engine.memory, engine.compiled.state, 'buffer');
  }

  get run(): RunSummary | undefined {
    return this.#engine.summary;
  }

  get #live(): Engine {
    this.#engine.requireLive();
    return this.#engine;
  }

  step(batch: Batch, options?: { lr?: number }): StepResult {
    const engine = this.#engine;
    engine.requireIdle('step');
    checkOptions('step', options, STEP_OPTIONS);
    engine.accept(batch);
    const { compiled, progress } = engine;
    return engine.step(options?.lr ?? compiled.training.learningRate, `in step ${progress.step + 1}`) as StepResult;
  }

  gradients(batch: Batch): Map<string, Float32Array> {
    const engine = this.#live;
    engine.accept(batch);
    engine.train(engine.compiled.training.learningRate);
    return engine.copyGradients();
  }

  evaluate(batch: Batch): StepResult {
    const engine = this.#live;
    engine.accept(batch);
    const result = engine.evaluate();
    if (!Number.isFinite(result.loss)) diverged('the loss', 'in `evaluate`');
    return result;
  }

  predict(images: Batch['images'], options?: object): Float32Array {
    const engine = this.#live;
    checkOptions('predict', options, NO_OPTIONS);
    engine.accept({ images }, false);
    return engine.predict(false)[0]!;
  }

  predictAll(images: Batch['images'], options?: object): Map<string, Float32Array> {
    const engine = this.#live;
    checkOptions('predictAll', options, NO_OPTIONS);
    engine.accept({ images }, false);
    const names = Object.keys(this.network.outputs);
    return new Map(engine.predict(true).map((values, k) => [names[k]!, values]));
  }

  fit(data: FitData, options: FitOptions = {}): AsyncGenerator<EpochResult, void, void> {
    return runEpochs(this.#live, data, options);
  }

  pause(): void {
    this.#live.pause();
  }

  resume(): void {
    this.#engine.resume();
  }

  async test(split: Split | BatchSource, signal?: AbortSignal): Promise<StepResult> {
    const engine = this.#live;
    const result = await engine.test(checkSplit(engine, 'test', split), 'in `test`', signal);
    return result ?? { loss: Number.NaN, count: 0 };
  }

  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    checkOptions('save', options, SAVE_OPTIONS);
    return saveCheckpoint(this.#live, options);
  }

  load(bytes: Uint8Array | ArrayBuffer, options?: { partial?: boolean }): LoadReport {
    const engine = this.#engine;
    engine.requireIdle('load');
    checkOptions('load', options, LOAD_OPTIONS);
    return loadCheckpoint(engine, bytes, options?.partial ?? false);
  }

  dispose(): void {
    const engine = this.#engine;
    if (engine.isDisposed) return;
    engine.isDisposed = true;
    engine.resume();
    engine.executable.team?.dispose();
    this.parameters.clear();
    this.buffers.clear();
  }
}

/** A trainer with freshly initialised parameters. */
export async function createTrainer(compiled: Compiled, given?: TrainerOptions): Promise<Trainer> {
  checkOptions('createTrainer', given, TRAINER_OPTIONS);
  const options = given ?? {};
  const seed = options.seed ?? compiled.training.seed;
  const memory = compiled.allocate?.(options) ?? new Float32Array(compiled.memoryLength);
  initialiseState(compiled, memory, seed);
  const executable = await compiled.instantiate(memory, options);
  return new ModuleTrainer(new Engine(compiled, memory, executable, seed));
}
