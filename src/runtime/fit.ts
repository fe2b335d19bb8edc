/**
 * @file The training loop. Where it stands is `Progress`, kept up to date after every step; everything random is a
 * function of the seed and of that, so a run continued from a checkpoint gives the bits of an uninterrupted one.
 */

import { checkShape, type Dataset, type Labels, type Pixels, type Split } from '../data/dataset.ts';
import { soleOf } from '../data/npz.ts';
import { Random, shuffle } from '../data/random.ts';
import { TrainerError } from '../data/trainer-error.ts';
import { accept, checkCount, checkLabels } from './batch.ts';
import type { Engine, StepResult } from './engine.ts';
import { newProgress, type Progress } from './progress.ts';
import { scheduleFactor } from './schedule.ts';

export interface FitProgress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Images of the epoch used so far, and all of them. */
  readonly images: number;
  readonly total: number;
  /** Of the last step. */
  readonly loss: number;
  /** Mean over the epoch so far. */
  readonly trainLoss: number;
  readonly learningRate: number;
}

/** What is not given comes from the run being continued, or else from the `train` block. */
export interface FitOptions {
  /** Of the whole run, the epochs before a resumed checkpoint included. */
  readonly epochs?: number;
  readonly batch?: number;
  /** The highest learning rate; the schedule scales it. */
  readonly lr?: number;
  readonly seed?: number;
  /** Stops between two steps; `save()` then holds the place, and the next `fit` continues there. */
  readonly signal?: AbortSignal;
  /** Called after every step; `save()` is allowed in it. */
  readonly onProgress?: (progress: FitProgress) => void;
  /** What early stopping watches: images of their own, or this fraction of the training images; else the test images. */
  readonly validation?: Split | number;
  /** Stop after this many epochs without a lower validation loss; 0: never. */
  readonly patience?: number;
  /** False: start a new run even where an unfinished one could be continued. */
  readonly resume?: boolean;
}

export interface EpochResult {
  /** From 1. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly trainAccuracy?: number;
  /** NaN without test images. */
  readonly testLoss: number;
  readonly testAccuracy?: number;
  /** All other metrics by name. */
  readonly testMetrics?: StepResult['metrics'];
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
  /** Of training, without the tests. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

interface Run {
  readonly engine: Engine;
  readonly data: Dataset;
  readonly options: FitOptions;
  readonly patience: number;
  /** The training images of this run, in their order in the data. */
  readonly pool: Int32Array;
  /** The same in the order of the epoch. */
  readonly order: Int32Array;
  readonly validation: Split | undefined;
}

function requirePositive(name: string, value: number, whole: boolean): number {
  if (value > 0 && value < Number.POSITIVE_INFINITY && (!whole || Number.isInteger(value))) return value;
  const wanted = whole ? 'a whole number from 1' : 'a positive number';
  throw new TrainerError('CNN4108', `\`${name}\` is ${value}`, `pass ${wanted}`);
}

/** Settles the settings of the run: the caller's, the interrupted run's, or the defaults. */
function settle(engine: Engine, options: FitOptions): void {
  const { progress } = engine;
  const { training, network } = engine.compiled;
  const resumes = engine.unfinished && options.resume !== false;
  const kept: Partial<Progress> = resumes ? progress : {};
  const epochs = requirePositive('epochs', options.epochs ?? (kept.epochs || training.epochs), true);
  const batch = requirePositive('batch', options.batch ?? (kept.batch || training.batch), true);
  const lr = requirePositive('lr', options.lr ?? (kept.lr || training.learningRate), false);
  const seed = options.seed ?? progress.seed;
  if (!Number.isInteger(seed)) throw new TrainerError('CNN4108', `\`seed\` is ${seed}`, 'pass a whole number');
  checkCount(batch, network.maxBatch);
  if (!resumes) Object.assign(progress, newProgress(seed), { step: progress.step });
  Object.assign(progress, { epochs, batch, lr, seed });
  engine.unfinished = true;
}

/** Copies some images, or labels, `size` values each. */
function copyImages(from: Pixels | Labels, size: number, indices: Int32Array): typeof from {
  const copy = from.slice(0, indices.length * size);
  for (const [n, index] of indices.entries()) copy.set(from.subarray(index * size, (index + 1) * size), n * size);
  return copy;
}

/** The images of these numbers with their labels, be they one array or one for each name. */
export function takeImages({ images, labels, count }: Split, indices: Int32Array): Split {
  const take = (from: Split['images'] | Split['labels'] = {}) =>
    ArrayBuffer.isView(from)
      ? copyImages(from, from.length / count, indices)
      : Object.fromEntries(
          Object.entries(from).map(([name, values]) => [name, copyImages(values, values.length / count, indices)]),
        );
  return { count: indices.length, images: take(images) as Split['images'], labels: take(labels) };
}

/** Holds images out for validation when it is a fraction. */
function divide(
  data: Dataset,
  validation: FitOptions['validation'],
  seed: number,
): { pool: Int32Array; validation: Split | undefined } {
  const all = Int32Array.from({ length: data.train.count }, (_, i) => i);
  if (typeof validation !== 'number') return { pool: all, validation };
  if (!(validation > 0 && validation < 1)) {
    throw new TrainerError(
      'CNN4108',
      `\`validation\` is ${validation}`,
      'pass a fraction between 0 and 1, such as 0.1',
    );
  }
  shuffle(all, new Random(seed, 'validation'));
  const held = Math.min(Math.max(Math.round(validation * all.length), 1), all.length - 1);
  return { pool: all.slice(held).sort(), validation: takeImages(data.train, all.slice(0, held)) };
}

function prepare(engine: Engine, data: Dataset, options: FitOptions): Run {
  const { compiled, feed, progress } = engine;
  const input = soleOf(compiled.network.inputs);
  if (input && data.shape) checkShape(data.shape, input, 'the data');
  for (const split of [data.train, data.test]) accept(feed, split, true);
  const { pool, validation } = divide(data, options.validation, options.seed ?? progress.seed);
  if (!pool.length) throw new TrainerError('CNN4144', 'the data has no training images', 'pass at least one image');
  settle(engine, options);
  const patience = options.patience ?? compiled.training.patience;
  return { engine, data, options, patience, pool, order: pool.slice(), validation };
}

function beginEpoch({ engine, pool, order }: Run): void {
  const { progress } = engine;
  if (progress.cursor === 0) Object.assign(progress, { epochStart: progress.step, lossSum: 0, correct: 0 });
  order.set(pool);
  shuffle(order, new Random(progress.seed, `order.${progress.epochStart}`));
}

function pointAtBatch({ engine, data, order }: Run): void {
  const { feed, progress } = engine;
  const { augment } = engine.compiled.training;
  accept(feed, data.train, true);
  feed.order = order;
  feed.start = progress.cursor;
  feed.count = Math.min(progress.batch, order.length - progress.cursor);
  if (augment.flipHorizontal || augment.flipVertical || augment.cropPad) feed.augment = augment;
}

function learningRate({ engine, order }: Run): number {
  const { epoch, epochs, cursor, batch, lr } = engine.progress;
  const perEpoch = Math.ceil(order.length / batch);
  return (
    lr *
    scheduleFactor(engine.compiled.training.schedule, epoch * perEpoch + Math.floor(cursor / batch), perEpoch, epochs)
  );
}

function trainBatch(run: Run): void {
  const { engine, options, order } = run;
  const { progress } = engine;
  pointAtBatch(run);
  checkLabels(engine.feed);
  const lr = learningRate(run);
  const { loss, correct, count } = engine.train(lr);
  if (!Number.isFinite(loss)) throw engine.diverged(`in epoch ${progress.epoch + 1}, step ${progress.step + 1}`);
  engine.update();
  progress.cursor += count;
  progress.lossSum += loss * count;
  progress.correct += correct ?? 0;
  options.onProgress?.({
    epoch: progress.epoch + 1,
    epochs: progress.epochs,
    images: progress.cursor,
    total: order.length,
    loss,
    trainLoss: progress.lossSum / progress.cursor,
    learningRate: lr,
  });
}

function accuracy(key: string, { correct, count }: { correct?: number; count: number }): object {
  return correct === undefined ? {} : { [key]: correct / count };
}

/** Tests, moves on to the next epoch, and tells how this one went. */
async function endEpoch(run: Run, seconds: number, images: number): Promise<EpochResult | undefined> {
  const { engine, data, options, validation } = run;
  const { progress } = engine;
  const test = await engine.test(data.test, options.signal);
  const watched: StepResult = validation ? await engine.test(validation, options.signal) : test;
  if (options.signal?.aborted) return undefined;
  const { lossSum, correct, cursor } = progress;
  const measured = engine.compiled.programs.train.metrics.some((metric) => metric.name === 'accuracy');
  const fell = watched.loss < progress.best;
  Object.assign(progress, { cursor: 0, epoch: progress.epoch + 1, stale: fell ? 0 : progress.stale + 1 });
  if (fell) progress.best = watched.loss;
  return {
    epoch: progress.epoch,
    trainLoss: lossSum / cursor,
    ...accuracy('trainAccuracy', measured ? { correct, count: cursor } : { count: cursor }),
    testLoss: test.loss,
    ...accuracy('testAccuracy', test),
    ...(test.metrics ? { testMetrics: test.metrics } : {}),
    ...(validation ? { validationLoss: watched.loss, ...accuracy('validationAccuracy', watched) } : {}),
    seconds,
    imagesPerSecond: seconds > 0 ? images / seconds : 0,
  };
}

/** Trains to the last epoch, yielding a result after each. Throws CNN4101 to CNN4108, CNN4144, CNN4145. */
export async function* runEpochs(
  engine: Engine,
  data: Dataset,
  options: FitOptions,
): AsyncGenerator<EpochResult, void, void> {
  const run = prepare(engine, data, options);
  const { progress } = engine;
  while (progress.epoch < progress.epochs && !(run.patience && progress.stale >= run.patience)) {
    beginEpoch(run);
    const started = performance.now();
    const before = progress.cursor;
    while (progress.cursor < run.order.length) {
      if (options.signal?.aborted) return;
      trainBatch(run);
      await engine.breathe();
    }
    const seconds = (performance.now() - started) / 1000;
    const result = await endEpoch(run, seconds, progress.cursor - before);
    if (!result) return;
    yield result;
  }
  engine.unfinished = false;
}
