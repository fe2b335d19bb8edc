/** @file A module that starts itself in a worker: the bits of a trainer without one, through the same calls. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import { drawDigits } from '../../src/data/digits.ts';
import type { FitData } from '../../src/runtime/run-data.ts';
import type { EpochResult, FitOptions, FitProgress } from '../../src/runtime/trainer-api.ts';
import type { Kept, TrainerWorker, WorkerOptions } from '../../src/runtime/worker-api.ts';
import { rejected } from '../runtime/oracle.ts';
import { importModule, type LoadedModule } from '../support/load-module.ts';

const SOURCE = `network Small {
  input  image: [1, 28, 28]
  target label: class(10)
  logits = image -> dense(12) -> relu -> dense(10)
  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
  output logits
}
train Small { batch 20 }`;

type WorkerModule = LoadedModule & { createTrainerWorker(options?: WorkerOptions): Promise<TrainerWorker> };

const data = drawDigits(100, 40, 1);
const batch = { images: data.train.images.subarray(784, 21 * 784), labels: data.train.labels.subarray(1, 21) };
let module: WorkerModule;
let worker: TrainerWorker;

beforeAll(async () => {
  const { elaboration } = compileSource(SOURCE, 'test.cnn');
  const { code } = await emitModule(elaboration!, { worker: true, target: 'js' });
  module = (await importModule(code)) as WorkerModule;
  worker = await module.createTrainerWorker();
}, 60_000);

afterAll(() => {
  worker?.dispose();
});

type Fits = { fit(data: FitData | Kept, options?: FitOptions): AsyncIterable<EpochResult> };

async function trained(trainer: Fits, given: FitData | Kept, options?: FitOptions) {
  const results: object[] = [];
  for await (const { seconds: _, imagesPerSecond: __, secondsWaiting: ___, ...figures } of trainer.fit(given, options))
    results.push(figures);
  return results;
}

const fresh = { epochs: 2, resume: false } as const;

describe('a trainer in a worker', () => {
  it('has the results and the bits of one without', async () => {
    const [trainer, other] = [await module.createTrainer(), await module.createTrainerWorker()];
    expect(other.network).toBe(module.network);
    for (let step = 0; step < 3; step++)
      expect(await other.step(batch, { lr: 0.1 })).toEqual(trainer.step(batch, { lr: 0.1 }));
    expect(await other.gradients(batch)).toEqual(trainer.gradients(batch));
    expect(await other.evaluate(batch)).toEqual(trainer.evaluate(batch));
    const told: FitProgress[][] = [[], []];
    const notices: string[] = [];
    const options = (k: number): FitOptions => ({
      ...{ epochs: 2, validation: 0.2, onProgress: (progress) => void told[k]!.push(progress) },
      onNotice: ({ message }) => notices.push(message),
    });
    expect(await trained(other, data, options(1))).toEqual(await trained(trainer, data, options(0)));
    expect(told[1]).toEqual(told[0]);
    expect(other.run).toEqual(trainer.run);
    expect(await other.test(data.test)).toEqual(await trainer.test(data.test));
    const images = data.test.images as Uint8Array;
    expect(await other.predict(images)).toEqual(trainer.predict(images));
    expect(await other.predictAll(images)).toEqual(trainer.predictAll(images));
    expect(await other.parameters).toEqual(trainer.parameters);
    const saved = await other.save();
    expect(saved).toEqual(trainer.save());
    expect(await worker.load(saved)).toEqual({
      taken: expect.any(Array),
      missing: [],
      unexpected: [],
      optimizer: { taken: expect.any(Array), missing: [] },
    });
    expect(saved.length).toBeGreaterThan(0);
    expect(await worker.save()).toEqual(saved);
    other.dispose();
    trainer.dispose();
  });

  it('takes over a data set once, or shares its memory', async () => {
    const whole = { images: data.train.images.slice(), labels: data.train.labels.slice() };
    await worker.load(await saveOfFresh());
    const again = await trained(worker, { train: data.train }, { ...fresh, seed: 3 });
    await worker.load(await saveOfFresh());
    const kept = await worker.keep(whole);
    expect([whole.images.length, whole.labels.length]).toEqual([0, 0]);
    expect(await trained(worker, { train: kept as never }, { ...fresh, seed: 3 })).toEqual(again);
    await worker.drop(kept);
    expect(await rejected(trained(worker, { train: kept as never }, fresh))).toMatchObject({ code: 'CNN4112' });

    const shared = new Uint8Array(new SharedArrayBuffer(784));
    const image = await worker.keep(shared);
    const before = await worker.predict(image);
    shared.fill(255);
    expect(await worker.predict(image)).not.toEqual(before);
  });

  it('is given batches and images as they are made here', async () => {
    let ended = 0;
    async function* batches() {
      try {
        for (let k = 0; k < 3; k++) yield batch;
      } finally {
        ended++;
      }
    }
    const bytes = data.train.images as Uint8Array;
    const read = async (indices: Int32Array, into: Uint8Array) => {
      indices.forEach((index, n) => void into.set(bytes.subarray(index * 784, (index + 1) * 784), n * 784));
      return undefined;
    };
    const trainer = await module.createTrainer();
    await worker.load(trainer.save());
    for (const train of [
      { batches, count: 60 },
      { images: { read }, labels: data.train.labels, count: 100 },
    ])
      expect(await trained(worker, { train }, fresh)).toEqual(await trained(trainer, { train }, fresh));
    expect(ended).toBe(4);
    expect(await worker.save()).toEqual(trainer.save());
  });

  it('waits while it is paused, and ends when its signal comes', async () => {
    const stop = new AbortController();
    const steps: number[] = [];
    const onProgress = ({ images }: FitProgress) => {
      steps.push(images);
      if (steps.length === 1) void worker.pause();
    };
    const running = trained(
      worker,
      { train: data.train },
      { epochs: 100_000, resume: false, signal: stop.signal, onProgress, yieldEvery: 0 },
    );
    await worker.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { length } = steps;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(steps).toHaveLength(length);
    expect(await worker.evaluate(batch)).toHaveProperty('loss');
    await worker.resume();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(steps.length).toBeGreaterThan(length);
    stop.abort();
    await running;
    expect(worker.run!.ended).toBe('aborted');
  });

  it('tells mistakes as they are told without a worker', async () => {
    expect(await rejected(worker.step({ ...batch, labels: Uint8Array.of(99) }))).toMatchObject({ code: 'CNN4102' });
    expect(await rejected(worker.step(batch, { rate: 1 } as never))).toBeInstanceOf(module.TrainerError);
    expect(await rejected(module.createTrainerWorker({ threads: 0 }))).toMatchObject({ code: 'CNN4108' });
    const onProgress = () => {
      throw new Error('of the caller');
    };
    expect(await rejected(trained(worker, { train: data.train }, { ...fresh, onProgress }))).toMatchObject({
      message: 'of the caller',
    });
    const broken = (async function* () {
      yield await Promise.reject(new Error('no camera'));
    })();
    expect(await rejected(trained(worker, { train: { batches: broken } }, fresh))).toMatchObject({
      message: 'no camera',
    });
    for await (const _ of worker.fit({ train: data.train }, fresh)) break;
    expect(worker.run!.ended).toBe('broken');
    expect((await worker.step(batch)).count).toBe(20);
  });

  it('ends in the middle of its work when it is disposed', async () => {
    const other = await module.createTrainerWorker();
    const running = rejected(trained(other, { train: data.train }, { epochs: 100_000 }));
    await other.evaluate(batch);
    other.dispose();
    expect(await running).toMatchObject({ code: 'CNN4107' });
    expect(await rejected(other.save())).toMatchObject({ code: 'CNN4107' });
  });
});

async function saveOfFresh(): Promise<Uint8Array> {
  const trainer = await module.createTrainer();
  return trainer.save();
}
