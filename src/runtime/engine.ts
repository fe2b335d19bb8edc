/**
 * @file Runs the compiled programs: clears the sums, walks the phases block by block, stages the images of a block just
 * before it runs and collects its outputs just after. Nothing is allocated per step but the small result.
 */

import { type Split, sizeOf } from '../data/dataset.ts';
import { TrainerError } from '../data/trainer-error.ts';
import { accept, type Batch, checkClasses, checkCount, type Feed, makeFeed } from './batch.ts';
import type { Compiled, Executable, Phase, ProgramLayout } from './executable.ts';
import { newProgress } from './progress.ts';
import { collect, Stager } from './staging.ts';

export interface StepResult {
  /** Mean over the batch. */
  readonly loss: number;
  /** Images classified correctly, where the network has the metric `accuracy`. */
  readonly correct?: number;
  readonly count: number;
}

/** Milliseconds of work between two visits to the event loop, so that a page or a signal handler stays responsive. */
const breathEvery = 40;

export class Engine {
  readonly feed: Feed;
  readonly progress;
  /** A run of `fit` was interrupted, or loaded from a checkpoint: the next `fit` continues it. */
  unfinished = false;
  readonly #stagers: Map<ProgramLayout, Stager>;
  #lastBreath = 0;

  constructor(
    readonly compiled: Compiled,
    readonly memory: Float32Array,
    readonly executable: Executable,
    seed: number,
  ) {
    this.feed = makeFeed(compiled.network);
    this.progress = newProgress(seed);
    const programs = [compiled.programs.train, compiled.programs.evaluate, compiled.programs.predict];
    this.#stagers = new Map(programs.map((program) => [program, new Stager(compiled, program, memory)]));
  }

  #run(phases: readonly Phase[], program: ProgramLayout, into?: Float32Array): void {
    const { feed, memory } = this;
    const { lanes } = this.compiled;
    const stager = this.#stagers.get(program)!;
    for (const { offset, length } of program.zero) memory.fill(0, offset, offset + length);
    const blocks = Math.ceil(feed.count / lanes);
    let first = true;
    for (const phase of phases) {
      const runs = phase.kind === 'once' ? 1 : blocks;
      for (let block = 0; block < runs; block++) {
        if (phase.stages) stager.stage(block, feed, this.progress, first);
        phase.run(block);
        if (phase.collects && into) collect(memory, program.outputs[0]!, lanes, block, feed.count, into);
      }
      if (phase.stages) first = false;
    }
  }

  #result(program: ProgramLayout): StepResult {
    const { count } = this.feed;
    const loss = program.loss < 0 ? 0 : this.memory[program.loss]!;
    const accuracy = program.metrics.find((metric) => metric.name === 'accuracy');
    if (!accuracy) return { loss, count };
    return { loss, correct: Math.round(this.memory[accuracy.offset]! * count), count };
  }

  /** Points the feed at a user's batch; without labels, to predict. Throws CNN4101 to CNN4104 and CNN4106. */
  accept(batch: Omit<Batch, 'labels'> & Partial<Batch>, labelled = true): void {
    accept(this.feed, batch, batch.count === undefined, labelled);
    checkCount(this.feed.count, this.compiled.network.maxBatch);
    if (labelled) checkClasses(this.feed);
  }

  /** Forward and backward of the feed; the gradients are left in memory. */
  train(lr: number): StepResult {
    const { train } = this.compiled.programs;
    const step = this.progress.step + 1;
    for (const scalar of this.compiled.scalars) this.memory[scalar.offset] = scalar.value(lr, step);
    this.#run(this.executable.train, train);
    return this.#result(train);
  }

  /** Applies the gradients that `train` left. */
  update(): void {
    const blocks = Math.ceil(this.feed.count / this.compiled.lanes);
    for (const phase of this.executable.update) {
      const runs = phase.kind === 'once' ? 1 : blocks;
      for (let block = 0; block < runs; block++) phase.run(block);
    }
    this.progress.step++;
  }

  evaluate(): StepResult {
    const { evaluate } = this.compiled.programs;
    this.#run(this.executable.evaluate, evaluate);
    return this.#result(evaluate);
  }

  predict(): Float32Array {
    const { predict } = this.compiled.programs;
    const size = predict.outputs[0] ? sizeOf(predict.outputs[0].shape) : 0;
    const into = new Float32Array(this.feed.count * size);
    this.#run(this.executable.predict, predict, into);
    return into;
  }

  copyGradients(): Map<string, Float32Array> {
    const copies = new Map<string, Float32Array>();
    for (const { parameter, shape, offset } of this.compiled.gradients) {
      copies.set(parameter, this.memory.slice(offset, offset + sizeOf(shape)));
    }
    return copies;
  }

  /** Means over a whole split, `maxBatch` images at a time; stops early when aborted. */
  async test(split: Split, signal?: AbortSignal): Promise<StepResult> {
    const { feed } = this;
    let loss = 0;
    let correct: number | undefined;
    let count = 0;
    while (count < split.count && !signal?.aborted) {
      accept(feed, split, true);
      feed.start = count;
      feed.count = Math.min(this.compiled.network.maxBatch, split.count - count);
      checkClasses(feed);
      const result = this.evaluate();
      loss += result.loss * result.count;
      if (result.correct !== undefined) correct = (correct ?? 0) + result.correct;
      count += result.count;
      await this.breathe();
    }
    return { loss: loss / count, ...(correct === undefined ? {} : { correct }), count };
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
