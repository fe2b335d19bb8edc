/**
 * @file What users of a trainer module hold in their hands: the `Trainer`. It owns the memory, hands batches to the
 * engine, and turns the engine's numbers into results.
 */

import { type Dataset, type Split, sizeOf } from '../data/dataset.ts';
import { Random } from '../data/random.ts';
import { TrainerError } from '../data/trainer-error.ts';
import type { Batch } from './batch.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { Engine, type StepResult } from './engine.ts';
import type { Compiled, NetworkDescription, StateLayout } from './executable.ts';
import { type EpochResult, type FitOptions, runEpochs } from './fit.ts';
import { initialise } from './initialise.ts';

export interface TrainerOptions {
  /** Of the initial parameters, the order of the images and dropout; the `train` block's unless given. */
  readonly seed?: number;
  /**
   * How many threads compute, this one included; 1 unless given. Results do not depend on it. Modules of JavaScript and
   * places without shared memory use one; a network with little work in a batch has use for few. End them with `dispose`.
   */
  readonly threads?: number;
  /** Accepted for WebAssembly modules. */
  readonly relaxedSimd?: boolean;
}

export interface Parameter {
  readonly shape: number[];
  /** A live view: what is written here takes effect at the next call. */
  readonly data: Float32Array;
}

export interface Trainer {
  readonly network: NetworkDescription;
  /** How many threads compute. */
  readonly threads: number;
  /** Live values under PyTorch's names and in PyTorch's shapes. */
  readonly parameters: Map<string, Parameter>;
  /** Forward, backward, update. The loss is that before the update. Throws CNN4101 to CNN4107. */
  step(batch: Batch, options?: { lr?: number }): StepResult;
  /** The gradient of the loss by every trainable parameter, as copies; nothing is updated. */
  gradients(batch: Batch): Map<string, Float32Array>;
  evaluate(batch: Batch): StepResult;
  /** The first output for each image, image after image. */
  predict(images: Batch['images']): Float32Array;
  /** Every output by name. */
  predictAll(images: Batch['images']): Map<string, Float32Array>;
  /** Trains; one result per epoch. After `load` of a checkpoint saved in the middle it continues there. */
  fit(data: Dataset, options?: FitOptions): AsyncGenerator<EpochResult, void, void>;
  /** Loss and accuracy over any number of images. */
  test(split: Split, signal?: AbortSignal): Promise<StepResult>;
  /** Everything that training depends on, as safetensors; the same state gives the same bytes. */
  save(): Uint8Array;
  /** Takes over a checkpoint or another tool's weights, all or nothing. Throws CNN4120 to CNN4122. */
  load(bytes: Uint8Array, options?: { partial?: boolean }): void;
  dispose(): void;
}

function initialiseState({ state, parts }: Compiled, memory: Float32Array, seed: number): void {
  for (const { name, shape, offset, initializer } of state) {
    initialise(memory, offset, shape, initializer, new Random(seed, name), parts?.fillOrthogonal);
  }
}

function viewParameters(memory: Float32Array, state: readonly StateLayout[]): Map<string, Parameter> {
  const views = new Map<string, Parameter>();
  for (const { name, role, shape, offset } of state) {
    if (role !== 'parameter') continue;
    views.set(name, { shape: [...shape], data: memory.subarray(offset, offset + sizeOf(shape)) });
  }
  return views;
}

class ModuleTrainer implements Trainer {
  readonly parameters: Map<string, Parameter>;
  readonly network: NetworkDescription;
  readonly threads: number;
  #engine: Engine | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.network = engine.compiled.network;
    this.threads = engine.executable.team?.threads ?? 1;
    this.parameters = viewParameters(engine.memory, engine.compiled.state);
  }

  get #live(): Engine {
    if (this.#engine) return this.#engine;
    throw new TrainerError('CNN4107', 'this trainer is disposed', 'make a new one with `createTrainer`');
  }

  step(batch: Batch, options?: { lr?: number }): StepResult {
    const engine = this.#live;
    engine.accept(batch);
    const result = engine.train(options?.lr ?? engine.compiled.training.learningRate);
    if (!Number.isFinite(result.loss)) throw engine.diverged(`in step ${engine.progress.step + 1}`);
    engine.update();
    return result;
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
    if (!Number.isFinite(result.loss)) throw engine.diverged('in `evaluate`');
    return result;
  }

  predict(images: Batch['images']): Float32Array {
    const engine = this.#live;
    engine.accept({ images }, false);
    return engine.predict(false)[0]!;
  }

  predictAll(images: Batch['images']): Map<string, Float32Array> {
    const engine = this.#live;
    engine.accept({ images }, false);
    const names = Object.keys(this.network.outputs);
    return new Map(engine.predict(true).map((values, k) => [names[k]!, values]));
  }

  fit(data: Dataset, options: FitOptions = {}): AsyncGenerator<EpochResult, void, void> {
    return runEpochs(this.#live, data, options);
  }

  test(split: Split, signal?: AbortSignal): Promise<StepResult> {
    return this.#live.test(split, signal);
  }

  save(): Uint8Array {
    const { compiled, memory, progress } = this.#live;
    return saveCheckpoint(compiled, memory, progress);
  }

  load(bytes: Uint8Array, options?: { partial?: boolean }): void {
    const engine = this.#live;
    const continues = loadCheckpoint(engine.compiled, engine.memory, engine.progress, bytes, options?.partial ?? false);
    engine.unfinished = continues || (options?.partial === true && engine.unfinished);
  }

  dispose(): void {
    this.#engine?.executable.team?.dispose();
    this.#engine = undefined;
    this.parameters.clear();
  }
}

/** A trainer with freshly initialised parameters. */
export async function createTrainer(compiled: Compiled, options: TrainerOptions = {}): Promise<Trainer> {
  const seed = options.seed ?? compiled.training.seed;
  if (!Number.isInteger(seed)) {
    throw new TrainerError('CNN4108', `seed ${seed} is not a whole number`, 'pass a whole number such as 42');
  }
  const memory = compiled.allocate?.(options) ?? new Float32Array(compiled.memoryLength);
  initialiseState(compiled, memory, seed);
  const executable = await compiled.instantiate(memory, options);
  return new ModuleTrainer(new Engine(compiled, memory, executable, seed));
}
