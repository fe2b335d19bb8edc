/**
 * @file Programs that run on a graphics card. What is measured is read back after every run, the rest when it is asked for.
 */
import { sizeOf } from '../data/dataset.ts';
import type { DeviceCode, DeviceDispatch, DeviceProgram } from '../targets/webgpu/device-types.ts';
import type { Card, Range } from './card.ts';
import { copyStates, restoreStates } from './copies.ts';
import { diverged, type Engine } from './engine.ts';
import type { Compiled, ProgramName } from './executable.ts';
import type { Feed } from './feed.ts';
import { firstNotFinite, SAFE } from './finite.ts';
import type { Place } from './place.ts';
import { Stager } from './staging.ts';
import type { StepResult } from './trainer-api.ts';

export interface CompiledForDevice extends Omit<Compiled, 'instantiate' | 'allocate'> {
  readonly device: DeviceCode;
}

const SAFE_BITS = new Uint32Array(Float32Array.of(SAFE).buffer)[0]!;

/** Inputs of a program as the card has them, filled here and taken over in one piece each. */
interface Staged {
  readonly stager: Stager;
  readonly numbers: readonly number[];
  readonly parts: readonly { readonly at: number; readonly each: number; readonly values: Float32Array }[];
}

export class CardPlace implements Place {
  readonly device = 'webgpu';
  readonly threads = 1;
  readonly #staged = new Map<ProgramName, Staged>();
  /** The states, in memory. */
  readonly #states: Range;
  /** Numbers have been seen that could overflow in an update. */
  #wild = false;

  constructor(
    readonly engine: Engine,
    readonly own: CompiledForDevice,
    readonly card: Card,
  ) {
    const length = own.state.reduce((end, { offset, shape }) => Math.max(end, offset + sizeOf(shape)), 0);
    this.#states = { offset: 0, length };
  }

  get adapter() {
    return this.card.adapter;
  }

  pull(): Promise<void> {
    return this.#read([this.#states]);
  }

  push(): void {
    const { length } = this.#states;
    this.card.write(0, this.engine.memory.subarray(0, length));
  }

  async run(name: ProgramName, feed: Feed, into?: readonly Float32Array[]): Promise<void> {
    await this.#compute(name, this.#programOf(name).steps, feed, into);
  }

  async gradients(feed: Feed, lr: number): Promise<void> {
    this.#writeScalars(lr);
    await this.run('train', feed);
    await this.#readGradients();
  }

  dispose(): void {
    this.card.destroy();
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
    const { card, own, engine } = this;
    const program = this.#programOf(name);
    const layout = own.programs[name];
    const { count } = feed;
    this.#stage(name, feed);
    const measured = [
      ...(layout.loss < 0 ? [] : [{ offset: layout.loss, length: 1 }]),
      ...layout.metrics.map(({ offset, length = 1 }) => ({ offset, length })),
    ];
    const wanted = [...into.keys()].filter((k) => into[k]!.length > 0);
    const outputs = wanted.map((k) => {
      const { start, each } = program.outputs[k]!;
      return { offset: start, length: (count - 1) * each + sizeOf(layout.outputs[k]!.shape) };
    });
    const { values, greatest } = await card.run({ program, dispatches, count }, [...measured, ...outputs]);
    measured.forEach(({ offset }, k) => {
      engine.memory.set(values[k]!, offset);
    });
    wanted.forEach((k, n) => {
      const { each } = program.outputs[k]!;
      const size = sizeOf(layout.outputs[k]!.shape);
      const found = values[measured.length + n]!;
      for (let image = 0; image < count; image++)
        into[k]!.set(found.subarray(image * each, image * each + size), image * size);
    });
    return greatest;
  }

  async #read(ranges: readonly Range[]): Promise<void> {
    const { values } = await this.card.run(undefined, ranges);
    ranges.forEach(({ offset }, k) => {
      this.engine.memory.set(values[k]!, offset);
    });
  }

  #stage(name: ProgramName, feed: Feed): void {
    const { stager, numbers, parts } = this.#stagedFor(name);
    const { engine, card } = this;
    for (let image = 0; image < feed.count; image++) stager.stage(numbers, image, feed, engine.progress);
    for (const { at, each, values } of parts) card.write(at, values.subarray(0, feed.count * each));
  }

  /** An image is a block, and a block has one lane. */
  #stagedFor(name: ProgramName): Staged {
    const known = this.#staged.get(name);
    if (known) return known;
    const { own } = this;
    const layout = own.programs[name];
    const regions = this.#programOf(name).inputs;
    let end = 0;
    const offsets = regions.map(({ each }) => {
      const offset = end;
      end += each * own.network.maxBatch;
      return offset;
    });
    const inputs = layout.inputs.map((input, k) => ({
      ...input,
      offset: offsets[k]!,
      blockStride: regions[k]!.each,
    }));
    const values = new Float32Array(end);
    const made = {
      stager: new Stager(own, { ...layout, inputs }, values, 0, own.parts),
      numbers: [...inputs.keys()],
      parts: regions.map(({ start, each }, k) => ({ at: start, each, values: values.subarray(offsets[k]!) })),
    };
    this.#staged.set(name, made);
    return made;
  }

  #writeScalars(lr: number, dip?: number): void {
    const { engine, card } = this;
    engine.setScalars(lr, dip);
    for (const { offset } of this.own.scalars) card.write(offset, engine.memory.subarray(offset, offset + 1));
  }

  /** One piece of work, but where numbers are seen that could overflow: then the update waits until they were looked at. */
  async step(feed: Feed, lr: number, where: string, dip?: number): Promise<StepResult> {
    const { engine } = this;
    const { steps, watch, update } = this.#programOf('train');
    const { train } = this.own.programs;
    this.#writeScalars(lr, dip);
    this.#wild ||= !(lr < SAFE);
    const { count } = feed;
    const greatest = await this.#compute('train', [...steps, ...watch, ...(this.#wild ? [] : update)], feed);
    const result = engine.result(train, engine.means(train), count);
    if (greatest >= SAFE_BITS) this.card.forget();
    if (!Number.isFinite(result.loss)) diverged('the loss', where);
    this.#wild ||= greatest >= SAFE_BITS;
    if (this.#wild) await this.#updateWithCare(where, count);
    engine.progress.step++;
    return result;
  }

  async #updateWithCare(where: string, count: number): Promise<void> {
    const { memory, compiled } = this.engine;
    const { state } = compiled;
    await this.#readGradients();
    this.card.forget();
    this.engine.requireFiniteGradients(where);
    await this.pull();
    const before = copyStates(memory, state);
    const program = this.#programOf('train');
    await this.card.run({ program, dispatches: program.update, count }, []);
    await this.pull();
    const overflown = firstNotFinite(memory, state);
    if (!overflown) return;
    restoreStates(memory, state, before);
    this.push();
    diverged(`the new value of \`${overflown}\``, where, true);
  }

  #readGradients(): Promise<void> {
    return this.#read(this.own.gradients.map(({ offset, shape }) => ({ offset, length: sizeOf(shape) })));
  }
}
