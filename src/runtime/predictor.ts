/**
 * @file The predictor: what users of a module that only predicts hold in their hands. One image is computed by a program of its own, whose lanes
 * are channels; many are computed block by block, an image in each lane. A module has one of both, or takes that which is
 * faster for the images at hand.
 */
import { sizeOf } from '../data/dataset.ts';
import { TrainerError } from '../data/trainer-error.ts';
import { accept, checkCount, makeFeed } from './batch.ts';
import { takeWeights } from './checkpoint.ts';
import type {
  Compiled,
  Crew,
  InstantiateOptions,
  NetworkDescription,
  Phase,
  PredictorNetwork,
  ProgramLayout,
} from './executable.ts';
import type { Feed, Port } from './feed.ts';
import type { Images } from './network-types.ts';
import { checkOptions, flag, type OptionSpecs, whole } from './options.ts';
import type { Predictor, PredictorOptions, RankedClass } from './predictor-api.ts';
import { makeSlot, placeOf, type Slot } from './staging.ts';
import type { PackedState } from './weight-form.ts';

type Programs<Value> = { readonly predict?: Value; readonly predictOne?: Value };

type ExecutablePredictor = Programs<readonly Phase[]> & { readonly crew?: Crew };

export interface CompiledPredictor extends Pick<Compiled, 'allocate' | 'memoryLength' | 'lanes'> {
  readonly network: PredictorNetwork;
  readonly maxBatch: number;
  readonly state: readonly PackedState[];
  readonly programs: Programs<ProgramLayout>;
  /** Writes the weights inside the module where the states lie. */
  readonly unpack?: (memory: Float32Array) => Promise<void>;
  /** Makes pictures of any size and kind images of the network's. */
  readonly fit?: (images: unknown) => unknown;
  readonly instantiate: (
    memory: Float32Array,
    options: InstantiateOptions,
  ) => ExecutablePredictor | Promise<ExecutablePredictor>;
}

const OPTIONS: OptionSpecs<PredictorOptions> = { threads: whole(1), relaxedSimd: flag };

/** Numbers from which on an engine's own copy is faster than a loop. */
const MANY = 256;

/** Images of a block that are computed as one block, where one by one they would take longer. */
const BLOCK_PAYS = 7 / 8;

class ModulePredictor implements Predictor {
  readonly network: PredictorNetwork;
  readonly #feed: Feed;
  readonly #many: PredictorProgram | undefined;
  readonly #one: PredictorProgram | undefined;
  /** Of each output. */
  readonly #sizes: readonly number[];
  #weighed = false;
  #disposed = false;

  constructor(
    readonly compiled: CompiledPredictor,
    readonly memory: Float32Array,
    readonly executable: ExecutablePredictor,
  ) {
    const phases = executable;
    const { network, programs } = compiled;
    this.network = network;
    this.#sizes = Object.values(network.outputs).map(sizeOf);
    this.#feed = makeFeed({ ...network, targets: {} } as unknown as NetworkDescription);
    const make = (layout: ProgramLayout, phases: readonly Phase[], lanes: number) =>
      new PredictorProgram(Object.keys(network.inputs), layout, memory, phases, lanes);
    if (phases.predict) this.#many = make(programs.predict!, phases.predict, compiled.lanes);
    if (phases.predictOne) this.#one = make(programs.predictOne!, phases.predictOne, 1);
  }

  get threads(): number {
    return this.executable.crew?.threads ?? 1;
  }

  predict(images: Images): Float32Array {
    return this.#outputs(images, false)[0]!;
  }

  predictAll(images: Images): Map<string, Float32Array> {
    const names = Object.keys(this.network.outputs);
    return new Map(this.#outputs(images, true).map((values, k) => [names[k]!, values]));
  }

  top(images: Images, count = 5): RankedClass[][] {
    const names = this.network.classes;
    const size = sizeOf(Object.values(this.network.outputs)[0]!);
    const values = this.predict(images);
    return Array.from({ length: values.length / size }, (_, n) => {
      const ranked = [...probabilitiesOf(values.subarray(n * size, (n + 1) * size)).entries()];
      const best = ranked.sort(([, a], [, b]) => b - a).slice(0, count);
      return best.map(([k, probability]) => ({ class: names?.[k] ?? k, probability }));
    });
  }

  load(bytes: Uint8Array | ArrayBuffer): void {
    this.#requireLive();
    const values = takeWeights(this.compiled.state, bytes);
    for (const [k, { offset }] of this.compiled.state.entries()) this.memory.set(values[k]!, offset);
    this.#take();
  }

  async unpack(): Promise<void> {
    await this.compiled.unpack!(this.memory);
    this.#take();
  }

  dispose(): void {
    this.executable.crew?.dispose();
    this.#disposed = true;
  }

  #take(): void {
    this.#weighed = true;
    this.#one?.prepare();
  }

  #requireLive(): void {
    if (this.#disposed)
      throw new TrainerError('CNN4107', 'this predictor is disposed', 'make a new one with `createPredictor`');
  }

  #outputs(images: Images, all: boolean): Float32Array[] {
    this.#requireLive();
    if (!this.#weighed)
      throw new TrainerError(
        'CNN4114',
        'there are no weights to predict with',
        'call `load` with those of a file first',
      );
    const feed = this.#feed;
    const [port, another] = feed.inputs;
    // One image in floats, as of a camera, needs no further look, which takes as long as a kernel or two.
    if (images instanceof Float32Array && images.length === port!.size && !another) {
      port!.values = images;
      feed.start = 0;
      feed.count = 1;
    } else accept(feed, { images: (this.compiled.fit?.(images) as Images) ?? images }, true, false);
    const { count } = feed;
    checkCount(count, Number.POSITIVE_INFINITY);
    const { crew } = this.executable;
    return crew ? crew.predict(count, () => this.#compute(count, all)) : this.#compute(count, all);
  }

  #compute(count: number, all: boolean): Float32Array[] {
    const sizes = all ? this.#sizes : this.#sizes.slice(0, 1);
    const results = sizes.map((size) => new Float32Array(count * size));
    const inBlocks = this.#inBlocks(count);
    const { inputs } = this.#feed;
    const { maxBatch } = this.compiled;
    for (let start = 0; start < inBlocks; start += maxBatch) {
      this.#many!.prepare();
      this.#many!.run(inputs, start, Math.min(maxBatch, inBlocks - start), results);
    }
    for (let n = inBlocks; n < count; n++) this.#one!.run(inputs, n, 1, results);
    return results;
  }

  /** How many of the images are computed in blocks. */
  #inBlocks(count: number): number {
    const { lanes } = this.compiled;
    if (!this.#one) return count;
    if (!this.#many) return 0;
    const whole = Math.floor(count / lanes) * lanes;
    return count - whole >= BLOCK_PAYS * lanes ? count : whole;
  }
}

/** As they are if they are a distribution, else their softmax. */
function probabilitiesOf(scores: Float32Array): Float32Array {
  const sum = scores.reduce((total, score) => total + (score < 0 ? Number.NaN : score), 0);
  if (Math.abs(sum - 1) < 1e-3) return scores;
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/**
 * A program with an image in each lane of a block; or one for a single image, which fills a block. What depends on weights
 * alone is computed by `prepare`: for a single image once for all, where its memory is its own.
 */
class PredictorProgram {
  readonly #slots: readonly Slot[];
  readonly #once: readonly Phase[];
  readonly #each: readonly Phase[];

  constructor(
    names: readonly string[],
    readonly layout: ProgramLayout,
    readonly memory: Float32Array,
    phases: readonly Phase[],
    readonly lanes: number,
  ) {
    this.#slots = layout.inputs.map((input) => makeSlot(input, names));
    this.#once = phases.filter(({ kind }) => kind === 'once');
    this.#each = phases.filter(({ kind }) => kind !== 'once');
  }

  prepare(): void {
    for (const phase of this.#once) phase.run(0);
  }

  /** `count` images from `start` on; idle lanes compute what the last of them does. */
  run(inputs: readonly Port[], start: number, count: number, into: readonly Float32Array[]): void {
    const { lanes } = this;
    const last = start + count - 1;
    for (const phase of this.#each) {
      for (let block = 0; block * lanes < count; block++) {
        const first = start + block * lanes;
        for (const input of phase.stages ?? []) {
          const slot = this.#slots[input]!;
          const { values } = inputs[slot.source]!;
          const at = placeOf(slot.layout, block, 0);
          for (let lane = 0; lane < lanes; lane++)
            stageOne(this.memory, at + lane, lanes, slot, values as Float32Array, Math.min(first + lane, last));
        }
        phase.run(block, 0, 0);
        for (const k of phase.collects ?? []) if (into[k]) this.#collect(k, block, first, last, into[k]);
      }
    }
  }

  #collect(k: number, block: number, first: number, last: number, into: Float32Array): void {
    const { lanes, memory } = this;
    const output = this.layout.outputs[k]!;
    const size = sizeOf(output.shape);
    const at = placeOf(output, block, 0);
    // Few numbers are copied faster than asked for.
    if (lanes === 1 && size >= MANY) into.set(memory.subarray(at, at + size), first * size);
    else
      for (let lane = 0; lane < lanes && first + lane <= last; lane++) {
        const to = (first + lane) * size;
        for (let i = 0; i < size; i++) into[to + i] = memory[at + i * lanes + lane]!;
      }
  }
}

/** Where channels lie side by side, as in the pictures of a page, `steps` tell it. */
function stageOne(
  memory: Float32Array,
  at: number,
  lanes: number,
  { layout, mean, deviation, table, size, shape }: Slot,
  values: Float32Array | Uint8Array,
  n: number,
): void {
  const channels = shape[0] ?? 1;
  const plane = size / channels;
  const [perChannel, perPixel] = layout.steps ?? [plane * lanes, lanes];
  const bytes = values.BYTES_PER_ELEMENT === 1;
  let read = n * size;
  for (let channel = 0; channel < channels; channel++) {
    const norm = channel % mean.length;
    const [less, by] = [mean[norm]!, 1 / deviation[norm]!];
    const end = read + plane;
    let to = at + channel * perChannel;
    if (bytes) for (; read < end; read++, to += perPixel) memory[to] = table[norm * 256 + values[read]!]!;
    else for (; read < end; read++, to += perPixel) memory[to] = (values[read]! - less) * by;
  }
}

/** With the weights of the module, where it has any. */
export async function createPredictor(compiled: CompiledPredictor, given?: PredictorOptions): Promise<Predictor> {
  checkOptions('createPredictor', given, OPTIONS);
  const options = given ?? {};
  const memory = compiled.allocate?.(options) ?? new Float32Array(compiled.memoryLength);
  const predictor = new ModulePredictor(compiled, memory, await compiled.instantiate(memory, options));
  if (compiled.unpack) await predictor.unpack();
  return predictor;
}
