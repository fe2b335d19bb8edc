/**
 * @file The training loop. Where it stands is `Progress`, kept up to date after every step; everything random is a
 * function of the seed and of that, so a run continued from a checkpoint gives the bits of an uninterrupted one.
 */

import { type AnySplit, isStreamed } from '../data/dataset.ts';
import { Random, shuffle } from '../data/random.ts';
import { refuse } from '../data/trainer-error.ts';
import { checkLabels } from './batch.ts';
import { BREATH, type Engine } from './engine.ts';
import { type ExampleSource, Examples, isBatched } from './examples.ts';
import { FIT_OPTIONS } from './fit-options.ts';
import { checkOptions } from './options.ts';
import type { Progress } from './progress.ts';
import { checkData, checkSplit, divide, type FitData, fingerprint } from './run-data.ts';
import { settle } from './settle.ts';
import { takeImages } from './take-images.ts';
import type { EpochResult, FitOptions, Notice, RunSummary, StepResult } from './trainer-api.ts';

interface Run {
  readonly engine: Engine;
  readonly train: ExampleSource;
  readonly test: ExampleSource | undefined;
  readonly validation: ExampleSource | undefined;
  /** Training images of an epoch; NaN where batches do not say. */
  readonly total: number;
  readonly options: FitOptions;
  /** The training images of this run, in their order in the data. */
  readonly pool: Int32Array;
  /** The same in the order of the epoch. */
  readonly order: Int32Array;
  /** The training images in that order. */
  readonly examples: Examples;
  readonly notices: readonly Notice[];
}

/** Nothing is changed if anything about data or options is wrong. */
function prepare(engine: Engine, data: FitData, options: FitOptions): Run {
  const { train, test } = checkData(engine, data);
  const own = typeof options.validation === 'object' ? checkSplit(engine, 'validation', options.validation) : undefined;
  const notices = settle(engine, options, fingerprint({ ...data, train, test }), test !== undefined);
  const { progress } = engine;
  const { kept: pool, held } = divide(engine, train, progress.validation, progress.validationSeed);
  const validation = own ?? (held.length > 0 ? takeImages(train as AnySplit, held) : undefined);
  const total = isBatched(train) ? train.count : pool.length;
  const { parts, training } = engine.compiled;
  parts?.schedule?.check(training.schedule, total);
  if (progress.cursor > total)
    refuse('CNN4120', `the checkpoint has used ${progress.cursor} of ${total} images`, 'load another');
  const order = pool.slice();
  const examples = new Examples(engine.compiled.network, train, progress.batch, order);
  const run = { engine, train, test, validation, total, options, pool, order, examples, notices };
  // Training that had ended with the best weights goes on with the last.
  if (engine.last && engine.best && progress.epoch < progress.epochs) {
    if (engine.isBest) engine.setWeights(engine.last);
    engine.last = undefined;
  }
  return run;
}

function beginEpoch({ engine, pool, order, examples }: Run): void {
  examples.waited = 0;
  const { progress } = engine;
  if (progress.cursor === 0) Object.assign(progress, { epochStart: progress.step, lossSum: 0, correct: 0 });
  order.set(pool);
  shuffle(order, new Random(progress.seed, `order.${progress.epochStart}`));
}

/** The learning rate of a step, and how far the momentum is brought to its lowest. */
function ratesOf({ engine, total }: Run): [lr: number, dip: number | undefined] {
  const { compiled, progress } = engine;
  const { epoch, cursor, batch, lr } = progress;
  const perEpoch = Math.ceil(total / batch);
  const step = epoch * perEpoch + Math.floor(cursor / batch);
  const schedule = compiled.parts?.schedule;
  const moment = [compiled.training.schedule, progress, step, perEpoch] as const;
  return [lr * (schedule?.factor(...moment) ?? 1), schedule?.dip?.(...moment)];
}

/** Leaves out a batch of which no image can be read: the means of the epoch stay what they are. */
function passOver(progress: Progress, planned: number): void {
  const grown = progress.cursor > 0 ? 1 + planned / progress.cursor : 1;
  progress.cursor += planned;
  progress.lossSum *= grown;
  progress.correct *= grown;
}

async function trainBatch(run: Run): Promise<void> {
  const { engine, options, total, examples } = run;
  const { progress } = engine;
  const { feed } = examples;
  const { augment } = engine.compiled.training;
  await examples.point(progress.cursor);
  const { planned } = examples;
  feed.augment = augment;
  checkLabels(feed, engine.compiled.parts);
  if (feed.count === 0) {
    await engine.pull?.();
    return passOver(progress, planned);
  }
  const [lr, dip] = ratesOf(run);
  const step = progress.step + 1;
  const account = ({ loss, correct, count }: StepResult) => {
    progress.cursor += planned;
    progress.lossSum += loss * planned;
    // Images that cannot be read are taken to be like the others of the batch.
    progress.correct += (correct ?? 0) * (planned / count);
    options.onProgress?.({
      epoch: progress.epoch + 1,
      epochs: progress.epochs,
      step,
      images: progress.cursor,
      total,
      loss,
      trainLoss: progress.lossSum / progress.cursor,
      ...accuracy(
        'trainAccuracy',
        correct === undefined ? correct : { correct: progress.correct, count: progress.cursor },
      ),
      learningRate: lr,
    });
  };
  return engine.stepThen(account, examples, lr, `in epoch ${progress.epoch + 1}, step ${step}`, dip);
}

function accuracy(key: string, measured: Pick<StepResult, 'correct' | 'count'> | undefined): object {
  return measured?.correct === undefined ? {} : { [key]: measured.correct / measured.count };
}

/** Whether the loss of the epoch just ended is the lowest; its weights are kept then. */
function watch({ engine }: Run, loss: number): boolean {
  const { progress, compiled } = engine;
  const fell = loss < progress.best;
  Object.assign(progress, fell ? { best: loss, bestEpoch: progress.epoch, stale: 0 } : { stale: progress.stale + 1 });
  if (fell) engine.best = engine.copyWeights(engine.best);
  compiled.parts?.schedule?.observe?.(compiled.training.schedule, progress, loss);
  return fell;
}

function isStale({ engine: { progress } }: Run): boolean {
  return progress.patience > 0 && progress.stale >= progress.patience;
}

/** What is measured and kept of an epoch are the means of the weights, where there are some. */
async function endEpoch(run: Run, seconds: number, images: number): Promise<EpochResult | undefined> {
  run.engine.swapMeans();
  try {
    return await measureEpoch(run, seconds, images);
  } finally {
    run.engine.swapMeans();
  }
}

/** Tests, moves on to the next epoch, and tells how this one went. */
async function measureEpoch(run: Run, seconds: number, images: number): Promise<EpochResult | undefined> {
  const { engine, train, test, validation, examples, options } = run;
  const { progress } = engine;
  const measure = (name: string, split: ExampleSource | undefined) =>
    split && engine.test(split, `in the ${name} of epoch ${progress.epoch + 1}`, options.signal);
  const tested = await measure('test', test);
  const validated = await measure('validation', validation);
  if (options.signal?.aborted) return undefined;
  const { lossSum, correct, cursor } = progress;
  const measured = engine.compiled.programs.train.metrics.some((metric) => metric.name === 'accuracy');
  Object.assign(progress, { cursor: 0, epoch: progress.epoch + 1 });
  const watched = progress.watch === 'test' ? tested : validated;
  const best = watched && watch(run, watched.loss);
  const stops = isStale(run) && progress.epoch < progress.epochs;
  return {
    epoch: progress.epoch,
    trainLoss: lossSum / cursor,
    ...accuracy('trainAccuracy', measured ? { correct, count: cursor } : undefined),
    testLoss: tested?.loss ?? Number.NaN,
    ...accuracy('testAccuracy', tested),
    ...(tested?.metrics && { testMetrics: tested.metrics }),
    ...(validated && { validationLoss: validated.loss }),
    ...accuracy('validationAccuracy', validated),
    ...(best !== undefined && { best }),
    ...(stops && { stopped: { reason: staleness(run), bestEpoch: progress.bestEpoch } }),
    seconds,
    imagesPerSecond: seconds > 0 ? images / seconds : 0,
    ...((isBatched(train) || isStreamed(train)) && { secondsWaiting: examples.waited / 1000 }),
  };
}

function staleness({ engine: { progress } }: Run): string {
  const { watch, stale, bestEpoch } = progress;
  return `no lower ${watch} loss for ${stale} ${stale === 1 ? 'epoch' : 'epochs'} since epoch ${bestEpoch}`;
}

/** Training ends with the best weights, where something was watched; the last ones are kept for further epochs. */
function restoreBest({ engine }: Run): void {
  const { progress, compiled, best } = engine;
  const watched = best && progress.bestEpoch > 0;
  const averaged = compiled.parts?.swapAverages;
  if (engine.last || !(watched ? averaged || progress.bestEpoch !== progress.epoch : averaged)) return;
  engine.last = engine.copyWeights();
  if (!watched) {
    engine.swapMeans();
    engine.best = engine.copyWeights();
    engine.swapMeans();
  }
  engine.setWeights(engine.best!);
}

function summarize({ engine, total, pool, validation, train }: Run, ended: RunSummary['ended']): RunSummary {
  const { epoch, epochs, watch, best, bestEpoch } = engine.progress;
  const watches = watch === 'test' || validation !== undefined;
  return {
    ended,
    epoch,
    epochs,
    trainImages: total,
    heldOutImages: isBatched(train) ? 0 : train.count - pool.length,
    ...(watches && { watch: watch as RunSummary['watch'] }),
    ...(bestEpoch > 0 && { bestEpoch, bestLoss: best }),
  };
}

/** The next epoch begins anew with its batches. CNN4144 where there were none, CNN4112 where there were not as many as said. */
async function endBatches({ engine: { progress }, train, total, examples }: Run): Promise<void> {
  if (!isBatched(train)) return;
  await examples.end();
  const { epoch, cursor } = progress;
  if (cursor === 0)
    refuse(
      'CNN4144',
      `epoch ${epoch + 1} has no batches`,
      epoch > 0 ? 'pass a function that returns a new iterator' : 'pass at least one batch',
    );
  if (!Number.isNaN(total) && cursor !== total)
    refuse(
      'CNN4112',
      `epoch ${epoch + 1} had ${cursor} images, but \`count\` says ${total}`,
      'pass how many images an epoch has',
    );
}

/** Trains to the last epoch, yielding a result after each; what is left to do when it ends is `ended`. */
async function* trainEpochs(run: Run): AsyncGenerator<EpochResult, RunSummary['ended'], void> {
  const { engine, options } = run;
  const { progress } = engine;
  while (progress.epoch < progress.epochs && !isStale(run)) {
    beginEpoch(run);
    let started = performance.now();
    const before = progress.cursor;
    while (progress.cursor < run.examples.total || (await engine.pull?.())) {
      if (options.signal?.aborted) return 'aborted';
      await trainBatch(run);
      await engine.breathe();
      started += await engine.rest(options.signal);
    }
    const seconds = (performance.now() - started) / 1000;
    await endBatches(run);
    const result = await engine.alone(() => endEpoch(run, seconds, progress.cursor - before));
    if (!result) return 'aborted';
    engine.summary = summarize(run, 'running');
    yield result;
  }
  await engine.alone(() => {
    engine.requireLive();
    engine.unfinished = false;
    restoreBest(run);
    engine.push?.();
  });
  return progress.epoch < progress.epochs ? 'early' : 'epochs';
}

/** Throws CNN4101 to CNN4109, CNN4112, CNN4144, CNN4145. */
export async function* runEpochs(
  engine: Engine,
  data: FitData,
  options: FitOptions,
): AsyncGenerator<EpochResult, void, void> {
  engine.requireIdle('fit');
  checkOptions('fit', options, FIT_OPTIONS as never);
  await engine.pull?.();
  const run = prepare(engine, data, options);
  engine.push?.();
  engine.busy = true;
  engine.breathEvery = options.yieldEvery ?? BREATH;
  engine.summary = summarize(run, 'running');
  let ended: RunSummary['ended'] = 'broken';
  try {
    for (const notice of run.notices) options.onNotice?.(notice);
    ended = yield* trainEpochs(run);
  } finally {
    engine.busy = false;
    engine.summary = summarize(run, ended);
    await run.examples.end();
  }
}
