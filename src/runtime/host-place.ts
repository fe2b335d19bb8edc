/** @file Programs that run on the processor, for a trainer that may as well have a graphics card: an engine of its own. */
import { sizeOf } from '../data/dataset.ts';
import { Engine } from './engine.ts';
import type { Compiled, ProgramName } from './executable.ts';
import type { Feed } from './feed.ts';
import type { Begun, Place, StepOrder } from './place.ts';
import type { TrainerOptions } from './trainer-api.ts';

/** Programs, places and threads of the processor; states, progress and what is measured are those of `engine`. */
export class HostPlace implements Place {
  readonly device = 'cpu';
  readonly adapter = undefined;
  readonly ahead = 1;
  readonly threads: number;
  /** Where each state lies there, and here. */
  readonly #states: readonly (readonly [there: Float32Array, here: Float32Array])[];

  private constructor(
    readonly engine: Engine,
    readonly host: Engine,
  ) {
    this.threads = host.executable.team?.threads ?? 1;
    (host as { progress: Engine['progress'] }).progress = engine.progress;
    const { state } = host.compiled;
    this.#states = engine.compiled.state.map(({ name, offset, shape }) => {
      const there = state.find((one) => one.name === name)!.offset;
      const [size, { memory }] = [sizeOf(shape), host];
      return [memory.subarray(there, there + size), engine.memory.subarray(offset, offset + size)];
    });
  }

  static async open(engine: Engine, compiled: Compiled, options: TrainerOptions): Promise<HostPlace> {
    const memory = compiled.allocate?.(options) ?? new Float32Array(compiled.memoryLength);
    const executable = await compiled.instantiate(memory, options);
    return new HostPlace(engine, new Engine(compiled, memory, executable, 0));
  }

  async pull(): Promise<void> {
    for (const [there, here] of this.#states) here.set(there);
  }

  push(): void {
    for (const [there, here] of this.#states) there.set(here);
  }

  #aim(feed: Feed): void {
    (this.host as { feed: Feed }).feed = feed;
  }

  async run(name: ProgramName, feed: Feed, into?: readonly Float32Array[]): Promise<void> {
    const { engine, host } = this;
    this.#aim(feed);
    host.run(name, into);
    const [from, to] = [host, engine].map(({ compiled }) => compiled.programs[name]);
    if (from!.loss >= 0) engine.memory[to!.loss] = host.memory[from!.loss]!;
    from!.metrics.forEach(({ offset, length = 1 }, k) => {
      engine.memory.set(host.memory.subarray(offset, offset + length), to!.metrics[k]!.offset);
    });
  }

  /** Nothing is lost here, so nothing is kept. */
  begin({ feed, lr, where, dip }: StepOrder): Begun {
    const { host } = this;
    this.#aim(feed);
    const step = async () => ({ result: await host.step(lr, where, dip), safe: true });
    const done = step();
    return { done, again: async () => (await done).result, release: () => {} };
  }

  async gradients(feed: Feed, lr: number): Promise<void> {
    const { engine, host } = this;
    this.#aim(feed);
    host.train(lr);
    const found = host.copyGradients();
    for (const { parameter, offset } of engine.compiled.gradients) engine.memory.set(found.get(parameter)!, offset);
  }

  dispose(): void {
    this.host.executable.team?.dispose();
  }
}
