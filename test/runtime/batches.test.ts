/** @file `fit` on batches that are made one by one: the bits of the same batches as arrays, epochs, and what is told of mistakes. */

import { describe, expect, it } from 'vitest';
import type { FitData } from '../../src/runtime/run-data.ts';
import { createTrainer } from '../../src/runtime/trainer.ts';
import type { Batch, EpochResult, FitOptions, Trainer } from '../../src/runtime/trainer-api.ts';
import { cosine } from '../../src/training/schedules/cosine.ts';
import { choose } from '../../src/training/word.ts';
import { compileByHand } from './hand-compiled.ts';
import { blobs, rejected } from './oracle.ts';

const COUNT = 20;
const split = blobs(COUNT);
const size = split.images.length / COUNT;
const lr = 0.1;

/** Into the same arrays again and again, as a camera does it. */
function* batches(count = COUNT): Generator<Batch> {
  const images = new Float32Array(8 * size);
  const labels = new Int32Array(8);
  for (let at = 0; at < count; at += 8) {
    const end = Math.min(at + 8, count);
    images.set(split.images.subarray(at * size, end * size));
    labels.set(split.labels.subarray(at, end));
    yield { images, labels, count: end - at };
  }
}

async function* later(): AsyncGenerator<Batch> {
  for (const batch of batches()) {
    await Promise.resolve();
    yield batch;
  }
}

const schedule = { ...choose(cosine), warmup: 0 } as never;
const fresh = (training = {}) => createTrainer(compileByHand({ training }).compiled);

async function train(trainer: Trainer, data: FitData, options?: FitOptions): Promise<EpochResult[]> {
  const results: EpochResult[] = [];
  for await (const result of trainer.fit(data, options)) results.push(result);
  return results;
}

/** The weights after two epochs of the batches, step by step. */
async function stepped(): Promise<Float32Array> {
  const trainer = await fresh();
  for (let epoch = 0; epoch < 2; epoch++) for (const batch of batches()) trainer.step(batch, { lr });
  return trainer.parameters.get('fc.weight')!.data;
}

describe('batches that are made one by one', () => {
  it.each<[string, FitData['train']]>([
    ['an iterable', { batches: { [Symbol.iterator]: batches } }],
    ['an async iterable', { batches: { [Symbol.asyncIterator]: later } }],
    ['a function', { batches: later }],
    ['an array', { batches: Array.from(batches(), (batch) => ({ ...batch, ...copyOf(batch) })), count: COUNT }],
  ])('come from %s, an epoch for each iteration', async (kind, source) => {
    const trainer = await fresh();
    const totals: number[] = [];
    const onProgress = ({ total }: { total: number }) => void totals.push(total);
    const results = await train(trainer, { train: source, test: source }, { epochs: 2, lr, onProgress });
    expect(results.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(totals).toEqual(Array(6).fill(kind === 'an array' ? COUNT : Number.NaN));
    expect(trainer.run!.ended).toBe('epochs');
    if (kind !== 'an array') expect(trainer.parameters.get('fc.weight')!.data).toEqual(await stepped());
    const tested = await trainer.test(split);
    expect(results[1]!.testLoss).toBeCloseTo(tested.loss, 6);
  });

  it('go on in the middle of an epoch with the same bits, and are told that they have come to an end', async () => {
    const whole = await fresh({ schedule });
    await train(whole, { train: { batches: later, count: COUNT } }, { epochs: 2, lr });
    const half = await fresh({ schedule });
    const stop = new AbortController();
    let ended = 0;
    async function* watched() {
      try {
        yield* later();
      } finally {
        ended++;
      }
    }
    const onProgress = ({ step }: { step: number }) => void (step === 5 && stop.abort());
    await train(
      half,
      { train: { batches: watched, count: COUNT } },
      { epochs: 2, lr, signal: stop.signal, onProgress },
    );
    expect([half.run!.ended, ended]).toEqual(['aborted', 2]);
    const other = await fresh({ schedule });
    other.load(half.save());
    await train(other, { train: { batches: later, count: COUNT } });
    expect(other.save()).toEqual(whole.save());
  });

  it.each<[string, FitData['train'], FitOptions, object, string]>([
    ['cannot be iterated', { batches: 5 as never }, {}, {}, 'CNN4106'],
    ['no second iteration', { batches: later() }, { epochs: 2 }, {}, 'CNN4144'],
    ['no batches', { batches: [] }, {}, {}, 'CNN4144'],
    ['another count', { batches: later, count: 30 }, {}, {}, 'CNN4112'],
    ['a schedule without a count', { batches: later }, {}, { schedule }, 'CNN4112'],
    ['nothing to hold out', { batches: later }, { validation: 0.1 }, {}, 'CNN4108'],
    ['a batch that is none', { batches: [5 as never] }, {}, {}, 'CNN4106'],
    ['too many images', { batches: [{ ...split }] }, {}, {}, 'CNN4104'],
  ])('%s: told with its code', async (_, source, options, training, code) => {
    const trainer = await createTrainer(compileByHand({ training, maxBatch: 16 }).compiled);
    expect(await rejected(train(trainer, { train: source }, options))).toMatchObject({ code });
  });
});

function copyOf({ images, labels }: Batch): Batch {
  return { images: (images as Float32Array).slice(), labels: (labels as Int32Array).slice() };
}
