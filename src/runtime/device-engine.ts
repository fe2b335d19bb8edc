/**
 * @file Steps on a graphics card. Memory here has the states and the sums of a batch as the card has them, for those who read
 * and write them: what is measured is read back after every run, the rest when it is asked for.
 */
import { sizeOf } from '../data/dataset.ts';
import type { DeviceCode, DeviceDispatch, DeviceProgram } from '../targets/webgpu/device-types.ts';
import { accept, checkCount, checkLabels, makeFeed } from './batch.ts';
import type { Card, Range } from './card.ts';
import { copyStates, restoreStates } from './copies.ts';
import { diverged, Engine } from './engine.ts';
import type { Compiled, Executable, ProgramName } from './executable.ts';
import type { Feed } from './feed.ts';
import { firstNotFinite, SAFE } from './finite.ts';
import { Stager } from './staging.ts';
import type { Batch, StepResult } from './trainer-api.ts';

export interface CompiledForDevice extends Omit<Compiled, 'instantiate' | 'allocate'> {
  readonly device: DeviceCode;
}

/** There are no functions of the processor. */
const NOTHING: Executable = { train: [], update: [], evaluate: [], predict: [] };

const SAFE_BITS = new Uint32Array(Float32Array.of(SAFE).buffer)[0]!;

/** Inputs of a program as the card has them, filled here and taken over in one piece each. */
interface Staged {
  readonly stager: Stager;
  readonly numbers: readonly number[];
  readonly parts: readonly { readonly at: number; readonly each: number; readonly values: Float32Array }[];
}

export class DeviceEngine extends Engine {
  readonly #staged = new Map<ProgramName, Staged>();
  /** The states, in memory. */
  readonly #states: Range;
  /** What the trainer is asked for beside `fit` reads this. */
  readonly guest: Feed;
  #wild = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly own: CompiledForDevice,
    memory: Float32Array,
    readonly card: Card,
    seed: number,
  ) {
    super(own as unknown as Compiled, memory, NOTHING, seed);
    const length = own.state.reduce((end, { offset, shape }) => Math.max(end, offset + sizeOf(shape)), 0);
    this.guest = makeFeed(own.network);
    this.#states = { offset: 0, length };
    this.pull = () => this.#read([this.#states]);
    this.push = () => card.write(0, memory.subarray(0, length));
  }

  override swapMeans(): void {
    super.swapMeans();
    if (this.compiled.parts?.swapAverages) this.push!();
  }

  /** When what was asked before is done: states and progress are of the same step then. */
  inTurn<Value>(act: () => Promise<Value> | Value): Promise<Value> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** Points the guest at a user's batch, as `accept` does. */
  receive(batch: Batch, labelled = true): Feed {
    const { guest, compiled } = this;
    accept(guest, batch, batch?.count === undefined, labelled);
    checkCount(guest.count, labelled ? compiled.network.maxBatch : Number.POSITIVE_INFINITY);
    if (labelled) checkLabels(guest, compiled.parts);
    return guest;
  }

  override run(name: ProgramName): Promise<void> {
    return this.inTurn(() => this.#runNow(name, this.feed));
  }

  override step(lr: number, where: string, dip?: number): Promise<StepResult> {
    return this.inTurn(() => this.stepNow(this.feed, lr, where, dip));
  }

  async #runNow(name: ProgramName, feed: Feed, into?: readonly Float32Array[]): Promise<void> {
    this.requireLive();
    const swaps = this.compiled.parts?.swapAverages && name !== 'train' && this.unfinished && !this.swapped;
    if (swaps) {
      await this.pull!();
      this.swapMeans();
    }
    try {
      await this.#compute(name, this.#programOf(name).steps, feed, into);
    } finally {
      if (swaps) this.swapMeans();
    }
  }

  #programOf(name: ProgramName): DeviceProgram {
    return this.own.device.programs[name]!;
  }

  /** Stages the feed and runs; loss, metrics and outputs are here then. The bits of the largest magnitude that was watched. */
  async #compute(
    name: ProgramName,
    dispatches: readonly DeviceDispatch[],
    feed: Feed,
    into: readonly Float32Array[] = [],
  ): Promise<number> {
    const { card, compiled } = this;
    const program = this.#programOf(name);
    const layout = compiled.programs[name];
    this.#stage(name, feed);
    const measured = [
      ...(layout.loss < 0 ? [] : [{ offset: layout.loss, length: 1 }]),
      ...layout.metrics.map(({ offset, length = 1 }) => ({ offset, length })),
    ];
    const wanted = [...into.keys()].filter((k) => into[k]!.length > 0);
    const outputs = wanted.map((k) => {
      const { start, each } = program.outputs[k]!;
      return { offset: start, length: (feed.count - 1) * each + sizeOf(layout.outputs[k]!.shape) };
    });
    const { values, greatest } = await card.run({ program, dispatches, count: feed.count }, [...measured, ...outputs]);
    measured.forEach(({ offset }, k) => {
      this.memory.set(values[k]!, offset);
    });
    wanted.forEach((k, n) => {
      const { each } = program.outputs[k]!;
      const size = sizeOf(layout.outputs[k]!.shape);
      const found = values[measured.length + n]!;
      for (let image = 0; image < feed.count; image++)
        into[k]!.set(found.subarray(image * each, image * each + size), image * size);
    });
    return greatest;
  }

  async #read(ranges: readonly Range[]): Promise<void> {
    this.requireLive();
    const { values } = await this.card.run(undefined, ranges);
    ranges.forEach(({ offset }, k) => {
      this.memory.set(values[k]!, offset);
    });
  }

  #stage(name: ProgramName, feed: Feed): void {
    const { stager, numbers, parts } = this.#stagedFor(name);
    const { progress, card } = this;
    for (let image = 0; image < feed.count; image++) stager.stage(numbers, image, feed, progress);
    for (const { at, each, values } of parts) card.write(at, values.subarray(0, feed.count * each));
  }

  /** An image is a block, and a block has one lane. */
  #stagedFor(name: ProgramName): Staged {
    const known = this.#staged.get(name);
    if (known) return known;
    const { compiled } = this;
    const layout = compiled.programs[name];
    const regions = this.#programOf(name).inputs;
    let end = 0;
    const offsets = regions.map(({ each }) => {
      const offset = end;
      end += each * compiled.network.maxBatch;
      return offset;
    });
    const inputs = layout.inputs.map((input, k) => ({
      ...input,
      offset: offsets[k]!,
      blockStride: regions[k]!.each,
    }));
    const values = new Float32Array(end);
    const made = {
      stager: new Stager(compiled, { ...layout, inputs }, values, 0, compiled.parts),
      numbers: [...inputs.keys()],
      parts: regions.map(({ start, each }, k) => ({ at: start, each, values: values.subarray(offsets[k]!) })),
    };
    this.#staged.set(name, made);
    return made;
  }

  #writeScalars(lr: number, dip?: number): void {
    this.setScalars(lr, dip);
    for (const { offset } of this.compiled.scalars) this.card.write(offset, this.memory.subarray(offset, offset + 1));
  }

  /** One piece of work, but where numbers are seen that could overflow: then the update waits until they were looked at. */
  async stepNow(feed: Feed, lr: number, where: string, dip?: number): Promise<StepResult> {
    this.requireLive();
    const { steps, watch, update } = this.#programOf('train');
    const { train } = this.compiled.programs;
    this.#writeScalars(lr, dip);
    this.#wild ||= !(lr < SAFE);
    const greatest = await this.#compute('train', [...steps, ...watch, ...(this.#wild ? [] : update)], feed);
    const result = this.result(train, this.means(train), feed.count);
    if (greatest >= SAFE_BITS) this.card.forget();
    if (!Number.isFinite(result.loss)) diverged('the loss', where);
    this.#wild ||= greatest >= SAFE_BITS;
    if (this.#wild) await this.#updateWithCare(where, feed.count);
    this.progress.step++;
    return result;
  }

  async #updateWithCare(where: string, count: number): Promise<void> {
    const { state } = this.compiled;
    await this.#readGradients();
    this.card.forget();
    this.requireFiniteGradients(where);
    await this.pull!();
    const before = copyStates(this.memory, state);
    const program = this.#programOf('train');
    await this.card.run({ program, dispatches: program.update, count }, []);
    await this.pull!();
    const overflown = firstNotFinite(this.memory, state);
    if (!overflown) return;
    restoreStates(this.memory, state, before);
    this.push!();
    diverged(`the new value of \`${overflown}\``, where, true);
  }

  #readGradients(): Promise<void> {
    return this.#read(this.compiled.gradients.map(({ offset, shape }) => ({ offset, length: sizeOf(shape) })));
  }

  async gradients(feed: Feed, lr: number): Promise<Map<string, Float32Array>> {
    this.#writeScalars(lr);
    await this.#runNow('train', feed);
    await this.#readGradients();
    return this.copyGradients();
  }

  async measure(feed: Feed): Promise<StepResult> {
    const { evaluate } = this.compiled.programs;
    await this.#runNow('evaluate', feed);
    return this.result(evaluate, this.means(evaluate), feed.count);
  }

  /** The outputs of the feed, as `predict` gives them. */
  async outputs(feed: Feed, all: boolean): Promise<Float32Array[]> {
    const { compiled } = this;
    const sizes = this.outputSizes(all);
    const { count } = feed;
    const results = sizes.map((size) => new Float32Array(count * size));
    for (; feed.start < count; feed.start += feed.count) {
      feed.count = Math.min(compiled.network.maxBatch, count - feed.start);
      const end = feed.start + feed.count;
      await this.#runNow(
        'predict',
        feed,
        results.map((values, k) => values.subarray(feed.start * sizes[k]!, end * sizes[k]!)),
      );
    }
    return results;
  }
}
