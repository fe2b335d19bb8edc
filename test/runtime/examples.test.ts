/** @file Examples that are read while training: the same bits as from arrays, never more of them than is wanted. */

import { describe, expect, it } from 'vitest';
import type { StreamedSplit } from '../../src/data/dataset.ts';
import type { ImageSource } from '../../src/data/image-source.ts';
import type { FitData } from '../../src/runtime/run-data.ts';
import { createTrainer } from '../../src/runtime/trainer.ts';
import type { Trainer } from '../../src/runtime/trainer-api.ts';
import { compileByHand } from './hand-compiled.ts';
import { blobData, rejected } from './oracle.ts';

const bytes = (values: ArrayLike<number>) => Uint8Array.from(values, (value) => 128 + 20 * value);

/** The same examples twice, as arrays and as sources that read with a delay. */
function both(bad: readonly number[] = []) {
  const { train, test, shape } = blobData();
  const size = train.images.length / train.count;
  const watch = { reads: [] as number[][], open: 0, most: 0 };
  const source = (images: Uint8Array): ImageSource => ({
    async read(indices, into) {
      watch.reads.push([...indices]);
      watch.most = Math.max(watch.most, ++watch.open);
      await new Promise((resolve) => setTimeout(resolve, 1));
      watch.open--;
      expect(into).toHaveLength(indices.length * size);
      indices.forEach((index, n) => void into.set(images.subarray(index * size, (index + 1) * size), n * size));
      return [...indices.keys()].filter((n) => bad.includes(indices[n]!));
    },
  });
  const [trainBytes, testBytes] = [bytes(train.images), bytes(test.images)];
  const held = { train: { ...train, images: trainBytes }, test: { ...test, images: testBytes }, shape };
  const streamed = {
    ...held,
    train: { ...train, images: source(trainBytes) },
    test: { ...test, images: source(testBytes) },
  };
  return { held, streamed, watch };
}

async function fitted(data: FitData, options = {}): Promise<{ trainer: Trainer; results: unknown[] }> {
  const trainer = await createTrainer(compileByHand({ maxBatch: 64 }).compiled);
  const results: unknown[] = [];
  for await (const { seconds: _, imagesPerSecond: __, secondsWaiting: ___, ...result } of trainer.fit(data, options))
    results.push(result);
  return { trainer, results };
}

describe('examples that are read', () => {
  it('train to the same bits as arrays, and are tested and held out alike', async () => {
    const { held, streamed } = both();
    const options = { epochs: 3, batch: 8, validation: 0.2 };
    const [one, other] = [await fitted(held, options), await fitted(streamed, options)];
    expect(other.results).toEqual(one.results);
    const weights = ({ trainer }: { trainer: Trainer }) =>
      [...trainer.parameters.values()].map(({ data }) => [...data]);
    expect(weights(other)).toEqual(weights(one));
    expect(await other.trainer.test(streamed.test)).toEqual(await one.trainer.test(held.test));
  });

  it('are read once an epoch, two batches ahead and no more', async () => {
    const { streamed, watch } = both();
    await fitted({ train: streamed.train }, { epochs: 2, batch: 8 });
    expect(watch.reads.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8, 8, 2, 8, 8, 8, 8, 8, 8, 2]);
    const sorted = watch.reads
      .slice(0, 7)
      .flat()
      .sort((a, b) => a - b);
    expect(sorted).toEqual(Array.from({ length: 50 }, (_, k) => k));
    expect(watch.most).toBe(3);
  });

  it('that cannot be read are left out: the others train as if alone', async () => {
    const { held, streamed } = both([7]);
    const without = (values: Uint8Array, size: number) => values.filter((_, at) => Math.floor(at / size) !== 7);
    const size = held.train.images.length / 50;
    const labels = held.train.labels.filter((_, n) => n !== 7);
    const rest = { count: 49, images: without(held.train.images, size), labels };
    // One batch for all: the order within does not matter but for rounding.
    const options = { epochs: 1, batch: 64 };
    const one = await fitted({ train: rest }, options);
    const other = await fitted({ train: streamed.train }, options);
    const loss = ({ results }: { results: unknown[] }) => (results[0] as { trainLoss: number }).trainLoss;
    expect(loss(other)).toBeCloseTo(loss(one), 5);
    const all = both(Array.from({ length: 50 }, (_, k) => k)).streamed;
    expect((await fitted({ train: all.train }, options)).trainer.run!.ended).toBe('epochs');
  });

  it('a read that fails ends the training with its error, and the trainer goes on', async () => {
    const { streamed } = both();
    const images: ImageSource = { read: () => Promise.reject(new Error('disk on fire')) };
    const trainer = await createTrainer(compileByHand().compiled);
    const broken: StreamedSplit = { ...streamed.train, images };
    await expect(trainer.fit({ train: broken }).next()).rejects.toThrow('disk on fire');
    expect((await trainer.test(streamed.test)).count).toBe(21);
  });

  it('need their count, and as many labels', async () => {
    const { streamed } = both();
    const trainer = await createTrainer(compileByHand().compiled);
    const { count: _, ...uncounted } = streamed.train;
    expect((await rejected(trainer.fit({ train: uncounted }).next())).code).toBe('CNN4112');
    const short = { ...streamed.train, labels: streamed.train.labels.subarray(1) };
    expect((await rejected(trainer.fit({ train: short }).next())).code).toBe('CNN4102');
  });
});
