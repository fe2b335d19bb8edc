/**
 * @file One step at a time: sets the scalars, runs a program, and reads the results. Nothing is allocated per step but
 * the small result.
 */

import { type Split, sizeOf } from '../data/dataset.ts';
import { TrainerError } from '../data/trainer-error.ts';
import { accept, type Batch, checkCount, checkLabels, makeFeed } from './batch.ts';
import type { Compiled, Executable, MetricValue, ProgramLayout, ProgramName } from './executable.ts';
import type { Feed } from './feed.ts';
import { newProgress } from './progress.ts';
import { makeShares, type Share } from './share.ts';

export interface StepResult {
  /** Mean over the batch. */
  readonly loss: number;
  /** Images classified correctly, where the network has the metric `accuracy`; of pixels, the fraction times `count`. */
  readonly correct?: number;
  readonly count: number;
  /** All other metrics by name, where the network has any. */
  readonly metrics?: Readonly<Record<string, MetricValue>>;
}

/** Milliseconds of work between two visits to the event loop, so that a page or a signal handler stays responsive. */
const breathEvery = 40;

export class Engine {
  readonly feed: Feed;
  readonly progress;
  /** A run of `fit` was interrupted, or loaded from a checkpoint: the next `fit` continues it. */
  unfinished = false;
  readonly #shares: Record<ProgramName, Share>;
  #lastBreath = 0;

  constructor(
    readonly compiled: Compiled,
    readonly memory: Float32Array,
    readonly executable: Executable,
    seed: number,
  ) {
    this.feed = makeFeed(compiled.network);
    this.progress = newProgress(seed);
    this.#shares = makeShares(compiled, memory, executable, compiled.parts?.stageAugmented);
  }

  #run(name: ProgramName, into?: readonly Float32Array[]): void {
    const { feed, progress } = this;
    const { team } = this.executable;
    if (team) team.run(name, feed, progress, into);
    else {
      const share = this.#shares[name];
      share.begin();
      for (const phase of share.phases) share.runPhase(phase, feed, progress, into);
    }
  }

  /** The loss and the metrics, one after the other: means over the batch. */
  #means({ loss, metrics }: ProgramLayout): number[] {
    const { memory } = this;
    return [
      loss < 0 ? 0 : memory[loss]!,
      ...metrics.flatMap(({ offset, length = 1 }) => [...memory.subarray(offset, offset + length)]),
    ];
  }

  /** What the user gets of the means over `count` images. */
  #result(program: ProgramLayout, means: number[], count: number): StepResult {
    const { compiled, feed } = this;
    const metrics: Record<string, MetricValue> = {};
    let correct: number | undefined;
    let at = 1;
    for (const { name, length = 1 } of program.metrics) {
      const values = means.slice(at, (at += length));
      // Images are whole; of an image with a class at every pixel, a part may be right.
      const round = feed.targets.some(({ classes, size }) => classes && size > 1) ? Number : Math.round;
      if (name === 'accuracy') correct = round(values[0]! * count);
      else metrics[name] = compiled.parts?.finish?.[name]?.(values, count) ?? values[0]!;
    }
    return {
      loss: means[0]!,
      ...(correct === undefined ? {} : { correct }),
      count,
      ...(Object.keys(metrics).length ? { metrics } : {}),
    };
  }

  /** Points the feed at a user's batch; without labels, to predict. Throws CNN4101 to CNN4104 and CNN4106. */
  accept(batch: Batch, labelled = true): void {
    accept(this.feed, batch, batch.count === undefined, labelled);
    checkCount(this.feed.count, this.compiled.network.maxBatch);
    if (labelled) checkLabels(this.feed);
  }

  /** Forward and backward of the feed; the gradients are left in memory. */
  train(lr: number): StepResult {
    const { train } = this.compiled.programs;
    const step = this.progress.step + 1;
    for (const scalar of this.compiled.scalars) this.memory[scalar.offset] = scalar.value(lr, step);
    this.#run('train');
    return this.#result(train, this.#means(train), this.feed.count);
  }

  /** Applies the gradients that `train` left. */
  update(): void {
    for (const phase of this.executable.update) phase.run(0);
    this.progress.step++;
  }

  evaluate(): StepResult {
    const { evaluate } = this.compiled.programs;
    this.#run('evaluate');
    return this.#result(evaluate, this.#means(evaluate), this.feed.count);
  }

  /** The outputs of the feed in their order; but for the first they are empty unless all are wanted. */
  predict(all: boolean): Float32Array[] {
    const into = this.compiled.programs.predict.outputs.map(
      ({ shape }, k) => new Float32Array(all || !k ? this.feed.count * sizeOf(shape) : 0),
    );
    this.#run('predict', into);
    return into;
  }

  copyGradients(): Map<string, Float32Array> {
    const copies = new Map<string, Float32Array>();
    for (const { parameter, shape, offset } of this.compiled.gradients) {
      copies.set(parameter, this.memory.slice(offset, offset + sizeOf(shape)));
    }
    return copies;
  }

  /** Over a whole split, `maxBatch` images at a time; stops early when aborted. */
  async test(split: Split, signal?: AbortSignal): Promise<StepResult> {
    const { feed } = this;
    const { programs, network } = this.compiled;
    const sums: number[] = [];
    let count = 0;
    while (count < split.count && !signal?.aborted) {
      accept(feed, split, true);
      feed.start = count;
      feed.count = Math.min(network.maxBatch, split.count - count);
      checkLabels(feed);
      this.#run('evaluate');
      for (const [i, mean] of this.#means(programs.evaluate).entries()) sums[i] = (sums[i] ?? 0) + mean * feed.count;
      count += feed.count;
      await this.breathe();
    }
    return this.#result(
      programs.evaluate,
      sums.map((sum) => sum / count),
      count,
    );
  }

  /** Lets the event loop turn when it has waited long enough. */
  async breathe(): Promise<void> {
    const now = performance.now();
    if (now - this.#lastBreath < breathEvery) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.#lastBreath = performance.now();
  }

  diverged(where: string): TrainerError {
    const problem = `the loss is not a finite number ${where}`;
    return new TrainerError(
      'CNN4105',
      problem,
      'lower the learning rate, or look for values that are not finite in the data',
    );
  }
}
