/**
 * @file Programs that run on a graphics card. What is measured is read back after every run, the rest when it is asked for.
 */
import { sizeOf } from '../data/dataset.ts';
import type { DeviceDispatch, DeviceProgram } from '../targets/webgpu/device-types.ts';
import type { Card, Done, Range } from './card.ts';
import { copyStates, restoreStates } from './copies.ts';
import { DeviceInputs } from './device-inputs.ts';
import { diverged, type Engine } from './engine.ts';
import type { ProgramName } from './executable.ts';
import type { Feed } from './feed.ts';
import { firstNotFinite, SAFE } from './finite.ts';
import type { Begun, CompiledForDevice, Place, StepOrder } from './place.ts';

/** Floats at the beginning of memory in which the states lie. */
export function statesLength({ state }: CompiledForDevice): number {
  return state.reduce((end, { offset, shape }) => Math.max(end, offset + sizeOf(shape)), 0);
}

const SAFE_BITS = new Uint32Array(Float32Array.of(SAFE).buffer)[0]!;

/** Steps that are begun before the first is done: the card never waits for those who look at losses. */
const AHEAD = 4;

export class CardPlace implements Place {
  readonly device = 'webgpu';
  readonly threads = 1;
  readonly ahead = AHEAD;
  /** Those that no step needs. */
  readonly #inputs: Record<ProgramName, DeviceInputs[]> = { train: [], evaluate: [], predict: [] };
  /** The states, in memory. */
  readonly #states: Range;
  /** Numbers have been seen that could overflow in an update. */
  #wild = false;

  constructor(
    readonly engine: Engine,
    readonly own: CompiledForDevice,
    readonly card: Card,
  ) {
    this.#states = { offset: 0, length: statesLength(own) };
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

  async run(name: ProgramName, feed: Feed, into: readonly Float32Array[] = []): Promise<void> {
    const { card, own } = this;
    const program = this.#programOf(name);
    const layout = own.programs[name];
    const { count } = feed;
    const wanted = [...into.keys()].filter((k) => into[k]!.length > 0);
    const outputs = wanted.map((k) => {
      const { start, each } = program.outputs[k]!;
      return { offset: start, length: (count - 1) * each + sizeOf(layout.outputs[k]!.shape) };
    });
    const inputs = this.#fill(name, feed);
    inputs.upload(card);
    this.#inputs[name].push(inputs);
    const measured = this.#measured(name);
    const { values } = await card.run({ program, dispatches: program.steps, count }, [...measured, ...outputs]);
    this.#take(measured, values);
    wanted.forEach((k, n) => {
      const { each } = program.outputs[k]!;
      const size = sizeOf(layout.outputs[k]!.shape);
      const found = values[measured.length + n]!;
      for (let image = 0; image < count; image++)
        into[k]!.set(found.subarray(image * each, image * each + size), image * size);
    });
  }

  async gradients(feed: Feed, lr: number): Promise<void> {
    this.engine.setScalars(lr);
    this.#writeScalars();
    await this.run('train', feed);
    await this.#readGradients();
  }

  dispose(): void {
    this.card.destroy();
  }

  #programOf(name: ProgramName): DeviceProgram {
    return this.card.programs[name]!;
  }

  /** Where loss and metrics lie. */
  #measured(name: ProgramName): Range[] {
    const { loss, metrics } = this.own.programs[name];
    return [
      ...(loss < 0 ? [] : [{ offset: loss, length: 1 }]),
      ...metrics.map(({ offset, length = 1 }) => ({ offset, length })),
    ];
  }

  #take(ranges: readonly Range[], values: readonly Float32Array[]): void {
    ranges.forEach(({ offset }, k) => {
      this.engine.memory.set(values[k]!, offset);
    });
  }

  async #read(ranges: readonly Range[]): Promise<void> {
    this.#take(ranges, (await this.card.run(undefined, ranges)).values);
  }

  #fill(name: ProgramName, feed: Feed): DeviceInputs {
    const inputs = this.#inputs[name].pop() ?? new DeviceInputs(this.own, name, this.#programOf(name));
    inputs.fill(feed, this.engine.progress);
    return inputs;
  }

  #writeScalars(values = this.#scalars()): void {
    this.own.scalars.forEach(({ offset }, k) => {
      this.card.write(offset, values.subarray(k, k + 1));
    });
  }

  #scalars(): Float32Array {
    return Float32Array.from(this.own.scalars, ({ offset }) => this.engine.memory[offset]!);
  }

  /** One piece of work, but where numbers are seen that could overflow: then the update waits until they were looked at. */
  begin({ feed, lr, dip, where }: StepOrder, keeps: boolean): Begun {
    const { card, engine } = this;
    const program = this.#programOf('train');
    const { count } = feed;
    engine.setScalars(lr, dip);
    const scalars = this.#scalars();
    const inputs = this.#fill('train', feed);
    const start = (dispatches: readonly DeviceDispatch[], states: boolean): Promise<Done> => {
      this.#writeScalars(scalars);
      inputs.upload(card);
      const reads = this.#measured('train');
      return card.run({ program, dispatches, count }, reads, states ? this.#states : undefined);
    };
    const look = [...program.steps, ...program.watch];
    this.#wild ||= !(lr < SAFE);
    const done = this.#wild ? undefined : start([...look, ...program.update], keeps);
    return {
      done: done ? done.then((found) => this.#resultOf(found, count)) : Promise.resolve(UNSAFE),
      again: async () => {
        card.forget();
        const { result, safe } = this.#resultOf(await start(look, false), count);
        card.forget();
        if (!Number.isFinite(result.loss)) diverged('the loss', where);
        this.#wild ||= !safe;
        await this.#updateWithCare(where, count);
        return result;
      },
      release: () => this.#inputs.train.push(inputs),
    };
  }

  #resultOf({ values, greatest, before }: Done, count: number) {
    this.#take(this.#measured('train'), values);
    const result = this.engine.result('train', count);
    return { result, safe: greatest < SAFE_BITS, states: before };
  }

  async #updateWithCare(where: string, count: number): Promise<void> {
    const { memory, compiled } = this.engine;
    const { state } = compiled;
    await this.#readGradients();
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

/** Nothing has been done yet. */
const UNSAFE = { result: { loss: 0, count: 0 }, safe: false };
