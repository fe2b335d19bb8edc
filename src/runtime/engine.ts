/**
 * @file One step at a time: sets the scalars, runs a program, and reads the results. Nothing is allocated per step but
 * the small result.
 */

import { sizeOf } from '../data/dataset.ts';
import { refuse } from '../data/trainer-error.ts';
import { accept, checkCount, checkLabels, makeFeed } from './batch.ts';
import { copyStates, restoreStates, weightsOf } from './copies.ts';
import { type ExampleSource, Examples } from './examples.ts';
import type { Compiled, Executable, MetricValue, ProgramName, StateLayout } from './executable.ts';
import type { Feed } from './feed.ts';
import { firstNotFinite, isSafe, type Range, rangesOf } from './finite.ts';
import { newProgress } from './progress.ts';
import { makeShares, type Share } from './share.ts';
import type { Batch, RunSummary, StepResult } from './trainer-api.ts';

function noOutput(name: string): never {
  refuse('CNN4113', `\`${name}\` has no output to predict`, 'declare one: `output probs = softmax(logits)`');
}

/** Milliseconds between two breaths. */
export const BREATH = 40;

/** Pages make timers wait for 4 ms, and for a second where they are hidden; messages they do not. */
export function turn(): Promise<void> {
  const isPage = 'document' in globalThis || 'WorkerGlobalScope' in globalThis;
  if (!isPage) return new Promise((resolve) => setTimeout(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

export class Engine {
  /** What is read next. `fit` and each `test` have feeds of their own; that of what else is asked is `own`. */
  feed: Feed;
  readonly own: Feed;
  readonly progress;
  readonly weights: readonly StateLayout[];
  /** A run of `fit` was interrupted, or loaded from a checkpoint: the next `fit` continues it. */
  unfinished = false;
  /** How the run of `fit` went so far. */
  summary: RunSummary | undefined;
  /** Parameters and buffers of the best epoch; and, where training has ended with these, those of the last one. */
  best: Float32Array | undefined;
  last: Float32Array | undefined;
  /** `fit` is at work: what would change the state under its hands is refused. */
  busy = false;
  isDisposed = false;
  /**
   * Where the states are elsewhere: brings them here when all steps are done, and takes there what has been changed here. Whether
   * steps of `fit` were taken back, and are to be done once more.
   */
  pull?: () => Promise<boolean>;
  push?: () => void;
  /** The means of the weights lie where the weights do, and these in their place. */
  swapped = false;
  /** Milliseconds of work between two visits to the event loop, so that a page or a signal handler stays responsive. */
  breathEvery = BREATH;
  #paused = false;
  /** Where `fit` waits: makes it look again. */
  #goOn: (() => void) | undefined;
  readonly #shares: Record<ProgramName, Share>;
  /** Where gradients and statistics of the batch lie. */
  readonly #sums: readonly Range[];
  /** Numbers have been seen that could overflow in an update. */
  #wild = false;
  /** The states before such an update. */
  #before: Float32Array | undefined;
  #lastBreath = 0;

  constructor(
    readonly compiled: Compiled,
    readonly memory: Float32Array,
    readonly executable: Executable,
    seed: number,
  ) {
    this.feed = this.own = makeFeed(compiled.network);
    this.progress = newProgress(seed);
    this.weights = weightsOf(compiled);
    this.#shares = makeShares(compiled, memory, executable, compiled.parts);
    this.#sums = rangesOf(compiled);
  }

  /** CNN4107 when disposed. */
  requireLive(): void {
    if (this.isDisposed) refuse('CNN4107', 'this trainer is disposed', 'make a new one with `createTrainer`');
  }

  /** CNN4109 for what would change the state under the hands of `fit`. */
  requireIdle(action: string): void {
    this.requireLive();
    if (!this.busy) return;
    const hint = 'end its loop first, with `break` or `signal`';
    refuse('CNN4109', `\`${action}\` was called while \`fit\` is running`, hint);
  }

  /** Where programs run elsewhere: when all that was asked before is done. */
  alone<Value>(act: () => Promise<Value> | Value): Promise<Value> | Value {
    return act();
  }

  /** What comes of it is in memory. */
  run(name: ProgramName, into?: readonly Float32Array[]): void {
    this.requireLive();
    const { feed, progress } = this;
    const { team } = this.executable;
    // While a run is under way, what is measured is what is kept of it.
    const swaps = name !== 'train' && this.unfinished && !this.swapped;
    if (swaps) this.swapMeans();
    try {
      if (team) team.run(name, feed, progress, into);
      else {
        const share = this.#shares[name];
        share.begin();
        for (const phase of share.phases) share.runPhase(phase, feed, progress, into);
      }
    } finally {
      if (swaps) this.swapMeans();
    }
  }

  /** The loss and the metrics, one after the other: means over the batch. */
  means(name: ProgramName): number[] {
    const { memory } = this;
    const { loss, metrics } = this.compiled.programs[name];
    return [
      loss < 0 ? 0 : memory[loss]!,
      ...metrics.flatMap(({ offset, length = 1 }) => [...memory.subarray(offset, offset + length)]),
    ];
  }

  /** What the user gets of the means over `count` images. */
  result(program: ProgramName, count: number, means = this.means(program)): StepResult {
    const { compiled, feed } = this;
    const metrics: Record<string, MetricValue> = {};
    let correct: number | undefined;
    let at = 1;
    for (const { name, length = 1 } of compiled.programs[program].metrics) {
      const values = means.slice(at, (at += length));
      // Images are whole; of an image with a class at every pixel, a part may be right.
      const round = feed.targets.some(({ classes, size }) => classes && size > 1) ? Number : Math.round;
      if (name === 'accuracy') correct = round(values[0]! * count);
      else metrics[name] = finishOf(compiled, name)?.(values, count) ?? values[0]!;
    }
    return {
      loss: means[0]!,
      ...(correct !== undefined && { correct }),
      count,
      ...(Object.keys(metrics).length > 0 && { metrics }),
    };
  }

  /** Points the feed at a user's batch; to predict, any number of images without labels. Throws CNN4101 to CNN4104, CNN4106. */
  accept(batch: Batch, labelled = true): Feed {
    const { own, compiled } = this;
    const feed = (this.feed = own);
    accept(feed, batch, batch?.count === undefined, labelled);
    checkCount(feed.count, labelled ? compiled.network.maxBatch : Number.POSITIVE_INFINITY);
    if (labelled) checkLabels(feed, compiled.parts);
    return feed;
  }

  setScalars(lr: number, dip?: number): void {
    const { step, optimizerStart } = this.progress;
    for (const scalar of this.compiled.scalars) {
      this.memory[scalar.offset] = scalar.value(lr, step + 1 - optimizerStart, dip);
    }
  }

  /** Forward and backward of the feed; the gradients are left in memory. */
  train(lr: number, dip?: number): StepResult {
    this.setScalars(lr, dip);
    this.run('train');
    return this.result('train', this.feed.count);
  }

  /** Forward, backward, update, of which nothing is kept if anything becomes infinite or NaN: CNN4105. */
  step(lr: number, where: string, dip?: number): StepResult {
    const result = this.train(lr, dip);
    if (!Number.isFinite(result.loss)) diverged('the loss', where);
    this.#wild ||= !isSafe(this.memory, this.#sums, lr, this.executable.largest);
    if (this.#wild) this.#updateWithCare(where);
    else this.#update();
    this.progress.step++;
    return result;
  }

  /** A step of `fit`, of the images that the examples point at. */
  async stepThen(
    account: (result: StepResult) => void,
    { feed }: Examples,
    ...step: Parameters<Engine['step']>
  ): Promise<void> {
    this.feed = feed;
    account(this.step(...step));
  }

  /** Applies the gradients that `train` left. */
  #update(): void {
    for (const phase of this.executable.update) phase.run(0);
  }

  #updateWithCare(where: string): void {
    const { state } = this.compiled;
    this.requireFiniteGradients(where);
    this.#before = copyStates(this.memory, state, this.#before);
    this.#update();
    const overflown = firstNotFinite(this.memory, state);
    if (!overflown) return;
    restoreStates(this.memory, state, this.#before);
    diverged(`the new value of \`${overflown}\``, where, true);
  }

  requireFiniteGradients(where: string): void {
    const named = this.compiled.gradients.map((gradient) => ({ ...gradient, name: gradient.parameter }));
    // From the loss backwards: what is behind a gradient that is not finite has mostly caught it from there.
    const broken = firstNotFinite(this.memory, named.reverse());
    if (broken) diverged(`the gradient of \`${broken}\``, where, true);
  }

  evaluate(): StepResult {
    return this.result('evaluate', this.feed.count, this.measured() as number[]);
  }

  /** The loss and the metrics of the feed, as `means` gives them. */
  measured(): number[] | Promise<number[]> {
    this.run('evaluate');
    return this.means('evaluate');
  }

  /**
   * The outputs of the feed in their order, `maxBatch` images at a time; but for the first they are empty unless all are
   * wanted. Throws CNN4113.
   */
  predict(all: boolean): Float32Array[] {
    const { feed, compiled } = this;
    const { count } = feed;
    const sizes = this.outputSizes(all);
    const results = sizes.map((size) => new Float32Array(count * size));
    for (; feed.start < count; feed.start += feed.count) {
      feed.count = Math.min(compiled.network.maxBatch, count - feed.start);
      const end = feed.start + feed.count;
      this.run(
        'predict',
        results.map((values, k) => values.subarray(feed.start * sizes[k]!, end * sizes[k]!)),
      );
    }
    return results;
  }

  /** What an epoch has learnt; into an earlier copy, if there is one. */
  copyWeights(into?: Float32Array): Float32Array {
    return copyStates(this.memory, this.weights, into);
  }

  setWeights(copy: Float32Array): void {
    restoreStates(this.memory, this.weights, copy);
  }

  /** Whether the best weights are those in memory. */
  get isBest(): boolean {
    const { best } = this;
    return best !== undefined && this.copyWeights().every((value, k) => value === best[k]);
  }

  /** Values of each output for an image; none of those that are not wanted. Throws CNN4113. */
  outputSizes(all: boolean): number[] {
    const { network, programs } = this.compiled;
    const { outputs } = programs.predict;
    if (outputs.length === 0) noOutput(network.name);
    return outputs.map(({ shape }, k) => (all || !k ? sizeOf(shape) : 0));
  }

  copyGradients(): Map<string, Float32Array> {
    const copies = new Map<string, Float32Array>();
    for (const { parameter, shape, offset } of this.compiled.gradients) {
      copies.set(parameter, this.memory.slice(offset, offset + sizeOf(shape)));
    }
    return copies;
  }

  /** Over a whole split, `maxBatch` images at a time; nothing when aborted. CNN4105 for a loss that is not finite. */
  async test(split: ExampleSource, where: string, signal?: AbortSignal): Promise<StepResult | undefined> {
    const { network } = this.compiled;
    const examples = new Examples(network, split, network.maxBatch);
    const sums: number[] = [];
    try {
      const seen = await this.#addUp(examples, sums, where, signal);
      return seen
        ? this.result(
            'evaluate',
            seen,
            sums.map((sum) => sum / seen),
          )
        : undefined;
    } finally {
      await examples.end();
    }
  }

  /** Sums of loss and metrics over the images, and their number. */
  async #addUp(examples: Examples, sums: number[], where: string, signal?: AbortSignal): Promise<number | undefined> {
    const { feed } = examples;
    let seen = 0;
    for (let start = 0; start < examples.total; start += examples.planned) {
      if (signal?.aborted) return undefined;
      await examples.point(start);
      if (feed.count === 0) continue;
      checkLabels(feed, this.compiled.parts);
      this.feed = feed;
      for (const [i, mean] of (await this.measured()).entries()) sums[i] = (sums[i] ?? 0) + mean * feed.count;
      seen += feed.count;
      if (!Number.isFinite(sums[0])) diverged('the loss', `${where}, images ${start} to ${start + feed.count - 1}`);
      await this.breathe();
    }
    return seen;
  }

  /** The means of the weights take their place in memory, or give it back; nothing happens where there are none. */
  swapMeans(): void {
    const { compiled, progress, memory } = this;
    if (!compiled.parts?.swapAverages || progress.step === progress.optimizerStart) return;
    compiled.parts.swapAverages(compiled.state, memory);
    this.swapped = !this.swapped;
  }

  /** Lets the event loop turn when it has waited long enough. */
  async breathe(): Promise<void> {
    const now = performance.now();
    if (now - this.#lastBreath < this.breathEvery) return;
    await turn();
    this.#lastBreath = performance.now();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#goOn?.();
  }

  /** While it is paused, unless the signal comes; the milliseconds that it took. */
  async rest(signal: AbortSignal | undefined): Promise<number> {
    if (!this.#paused) return 0;
    const began = performance.now();
    while (this.#paused && !signal?.aborted)
      await new Promise<void>((resolve) => {
        this.#goOn = resolve;
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    return performance.now() - began;
  }
}

/** `keeps`: the loss is finite, so the weights before the step are good. */
export function diverged(what: string, where: string, keeps = false): never {
  const hint = 'lower the learning rate, or look for such values in the data';
  refuse('CNN4105', `${what} is not a finite number ${where}`, hint, keeps);
}

/** Only of metrics that have one: a metric may be called `toString`. */
function finishOf({ parts }: Compiled, name: string) {
  return parts?.finish && Object.hasOwn(parts.finish, name) ? parts.finish[name] : undefined;
}
