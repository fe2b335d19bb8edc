/**
 * @file A trainer whose programs run elsewhere: what is asked is done one after the other, in the order of the questions, and
 * steps while others are still under way. Where the place is gone another one goes on from the states that were kept here last.
 */
import { isStreamed } from '../data/dataset.ts';
import { isGone } from './card.ts';
import type { DeviceNotice } from './device-api.ts';
import { Engine } from './engine.ts';
import { type Examples, isBatched } from './examples.ts';
import type { Compiled, Executable, ProgramName } from './executable.ts';
import type { Feed } from './feed.ts';
import { PendingSteps } from './pending-steps.ts';
import type { CompiledForDevice, Place, StepOrder } from './place.ts';
import type { Progress } from './progress.ts';
import type { StepResult } from './trainer-api.ts';

/** There are no functions of the processor. */
const NOTHING: Executable = { train: [], update: [], evaluate: [], predict: [] };

/** Steps between two copies of the states, unless told. */
const KEEP_EVERY = 50;

export class DeviceEngine extends Engine {
  place!: Place;
  /** Another place, where one is gone for so many times since states were kept. Throws where there is none. */
  reopen!: (times: number) => Promise<Place>;
  onNotice: ((notice: DeviceNotice) => void) | undefined;
  keepEvery = KEEP_EVERY;
  #last: Promise<unknown> = Promise.resolve();
  readonly #steps: PendingSteps;
  /** Floats at the beginning of memory in which the states lie. */
  readonly #length: number;
  #kept: { states: Float32Array; progress: Progress };
  /** The states of the place are those that are kept. */
  #fresh = true;
  /** The step before which the states were asked for last. */
  #asked = 0;
  #losses = 0;
  #rewinds = true;
  /** Why a step of `fit` was refused. */
  #refused: { readonly error: unknown } | undefined;
  /** Images of the epoch whose losses are known. */
  #known = 0;

  constructor(compiled: CompiledForDevice, memory: Float32Array, length: number, seed: number) {
    super(compiled as unknown as Compiled, memory, NOTHING, seed);
    this.#length = length;
    this.#kept = { states: memory.slice(0, length), progress: { ...this.progress } };
    const engine = this;
    this.#steps = new PendingSteps({
      get ahead() {
        return engine.place.ahead;
      },
      start: (order) => this.#start(order),
      takeBack: (count) => {
        this.progress.step -= count;
      },
      recover: (error) => this.#recover(error),
    });
    this.pull = async () => {
      const { cursor } = this.progress;
      await this.alone(() => {
        this.#throwRefused();
        return this.pullNow();
      });
      return this.progress.cursor < cursor;
    };
    this.push = () => {
      this.place.push();
      this.#keep(memory.slice(0, length), { ...this.progress });
      this.#fresh = true;
    };
  }

  override swapMeans(): void {
    super.swapMeans();
    if (this.compiled.parts?.swapAverages) this.push!();
  }

  /** When what was asked before is done, or begun if it is a step. */
  #inTurn<Value>(act: () => Promise<Value> | Value): Promise<Value> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => {});
    return mine;
  }

  /** States and progress are of the same step then. */
  override alone<Value>(act: () => Promise<Value> | Value): Promise<Value> {
    return this.#inTurn(async () => {
      await this.#steps.settled();
      return act();
    });
  }

  /** As `pull` does, where all is done that was asked before. */
  async pullNow(): Promise<void> {
    this.requireLive();
    const { memory } = this;
    if (this.#fresh) return memory.set(this.#kept.states);
    await this.#steadily(() => this.place.pull());
    if (!this.#fresh) this.#keep(memory.slice(0, this.#length), { ...this.progress });
    this.#fresh = true;
    memory.set(this.#kept.states);
  }

  #keep(states: Float32Array, progress: Progress): void {
    this.#kept = { states, progress };
    this.#losses = 0;
  }

  async #runNow(name: ProgramName, feed: Feed, into?: readonly Float32Array[]): Promise<void> {
    this.requireLive();
    const swaps = this.compiled.parts?.swapAverages && name !== 'train' && this.unfinished && !this.swapped;
    if (swaps) {
      await this.pullNow();
      this.swapMeans();
    }
    try {
      await this.#steadily(() => this.place.run(name, feed, into));
    } finally {
      if (swaps) this.swapMeans();
    }
  }

  #start(order: StepOrder) {
    this.requireLive();
    const { progress } = this;
    const { step, cursor } = progress;
    if (this.#fresh) {
      this.#kept.progress = { ...progress };
      this.#asked = step;
    }
    const keeps = step - this.#asked >= this.keepEvery;
    if (keeps) this.#asked = step;
    const begun = this.place.begin(order, keeps);
    this.#fresh = false;
    progress.step = step + 1;
    // Losses of the steps before are counted by then.
    const onStates = (states: Float32Array) => this.#keep(states, { ...progress, step, cursor });
    return { begun, onStates };
  }

  /** A step of a user: begun in its turn, and done later. */
  stepSoon(prepare: () => Omit<StepOrder, 'dip'>): Promise<StepResult> {
    return new Promise((resolve, reject) => {
      const onRefused = (error: unknown) => {
        this.progress.step--;
        reject(error);
      };
      this.#inTurn(async () => {
        await this.#steps.room();
        const { feed, ...order } = prepare();
        const { inputs, targets } = feed;
        const copy = {
          ...feed,
          inputs: inputs.map((port) => ({ ...port })),
          targets: targets.map((port) => ({ ...port })),
        };
        this.#rewinds = true;
        this.#steps.begin({
          order: { ...order, feed: copy, dip: undefined },
          onDone: resolve,
          onRefused,
          endsAll: false,
        });
      }).catch(reject);
    });
  }

  /**
   * A step of `fit`, which goes on when another can be begun; `account` hears of it when it is done. Nothing happens where training
   * was taken back meanwhile. Throws why a step before was refused.
   */
  override stepThen(
    account: (result: StepResult) => void,
    { planned, split, feed }: Examples,
    lr: number,
    where: string,
    dip: number | undefined,
  ): Promise<void> {
    const { progress } = this;
    const from = progress.cursor;
    const rewinds = !isBatched(split) && !isStreamed(split);
    return this.#inTurn(async () => {
      await this.#steps.room();
      this.#throwRefused();
      if (progress.cursor !== from) return;
      const { step } = progress;
      const onRefused = (error: unknown) => {
        Object.assign(progress, { step, cursor: from });
        this.#refused = { error };
      };
      this.#rewinds = rewinds;
      const onDone = (result: StepResult) => this.#account(result, account, from + planned, planned);
      this.#steps.begin({ order: { lr, where, dip, feed }, onDone, onRefused, endsAll: true });
      progress.cursor = from + planned;
    });
  }

  /** Further steps have been begun, which are behind what `account` counts. */
  #account(result: StepResult, account: (result: StepResult) => void, known: number, planned: number): void {
    const { progress } = this;
    const { cursor } = progress;
    this.#known = known;
    progress.cursor = known - planned;
    try {
      account(result);
    } catch (error) {
      this.#refused ??= { error };
    }
    progress.cursor = cursor;
  }

  #throwRefused(): void {
    const refused = this.#refused;
    this.#refused = undefined;
    if (refused) throw refused.error;
  }

  /** Does it, at another place if need be. */
  async #steadily<Value>(act: () => Promise<Value>): Promise<Value> {
    for (;;)
      try {
        return await act();
      } catch (error) {
        if (!isGone(error)) throw error;
        await this.#recover(error);
      }
  }

  /**
   * Another place, with the states that were kept, and training as it was then. Throws what it is given where there is no
   * other.
   */
  async #recover(error: unknown): Promise<void> {
    this.requireLive();
    const { progress, memory, busy } = this;
    const { states, progress: before } = this.#kept;
    const back = this.#fresh ? 0 : progress.step - before.step;
    if (!this.#fresh) this.#takeBack(before);
    this.#fresh = true;
    this.place.dispose();
    try {
      this.place = await this.reopen(++this.#losses);
    } catch {
      throw error;
    }
    this.requireLive();
    const here = memory.slice(0, states.length);
    memory.set(states);
    this.place.push();
    memory.set(here);
    const where = this.place.device === 'cpu' ? 'the processor' : 'a graphics card';
    const [count, are] = back === 1 ? ['1 step', 'is'] : [`${back} steps`, 'are'];
    const again =
      back === 0 ? 'nothing is lost' : `${count} ${busy && this.#rewinds ? `${are} done again` : 'may be lost'}`;
    const { problem } = error as { problem: string };
    this.onNotice?.({ kind: 'lost', message: `${problem}; ${where} goes on from step ${before.step}, ${again}` });
  }

  /** Images that come only once are counted as if they were like those before. */
  #takeBack(before: Progress): void {
    const { progress } = this;
    if (this.#rewinds) Object.assign(progress, before);
    else {
      const grown = this.#known > 0 ? progress.cursor / this.#known : 1;
      progress.step = before.step;
      progress.lossSum *= grown;
      progress.correct *= grown;
    }
  }

  async gradients(feed: Feed, lr: number): Promise<Map<string, Float32Array>> {
    await this.#steadily(() => this.place.gradients(feed, lr));
    return this.copyGradients();
  }

  /** As all that runs a program here, where nothing else does: see `alone`. */
  override async measured(): Promise<number[]> {
    await this.#runNow('evaluate', this.feed);
    return this.means('evaluate');
  }

  async measure(): Promise<StepResult> {
    const { count } = this.feed;
    return this.result('evaluate', count, await this.measured());
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
