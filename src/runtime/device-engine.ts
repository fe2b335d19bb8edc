/**
 * @file Steps on a graphics card, or wherever the place is: what is asked is done one after the other, in the order of the
 * questions.
 */
import { accept, checkCount, checkLabels, makeFeed } from './batch.ts';
import type { CompiledForDevice } from './card-place.ts';
import { Engine } from './engine.ts';
import type { Compiled, Executable, ProgramName } from './executable.ts';
import type { Feed } from './feed.ts';
import type { Place } from './place.ts';
import type { Batch, StepResult } from './trainer-api.ts';

/** There are no functions of the processor. */
const NOTHING: Executable = { train: [], update: [], evaluate: [], predict: [] };

export class DeviceEngine extends Engine {
  /** What the trainer is asked for beside `fit` reads this. */
  readonly guest: Feed;
  place!: Place;
  #last: Promise<unknown> = Promise.resolve();

  constructor(compiled: CompiledForDevice, memory: Float32Array, seed: number) {
    super(compiled as unknown as Compiled, memory, NOTHING, seed);
    this.guest = makeFeed(compiled.network);
    this.pull = () => {
      this.requireLive();
      return this.place.pull();
    };
    this.push = () => this.place.push();
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
      await this.place.run(name, feed, into);
    } finally {
      if (swaps) this.swapMeans();
    }
  }

  async stepNow(feed: Feed, lr: number, where: string, dip?: number): Promise<StepResult> {
    this.requireLive();
    return this.place.step(feed, lr, where, dip);
  }

  async gradients(feed: Feed, lr: number): Promise<Map<string, Float32Array>> {
    await this.place.gradients(feed, lr);
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
