import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PlainDataset, PlainSplit } from '../../src/data/dataset.ts';
import { loadData } from '../../src/data/load-data.ts';

const fingerprint = (bytes: ArrayLike<number>) =>
  createHash('sha256').update(Uint8Array.from(bytes)).digest('hex').slice(0, 16);

/** Test accuracy of softmax regression after some epochs of plain stochastic gradient descent. */
function linearAccuracy({ train, test }: PlainDataset, epochs: number): number {
  const weight = new Float64Array(10 * 785);
  const scores = new Float64Array(10);
  const score = (images: PlainSplit['images'], n: number): number => {
    for (let k = 0; k < 10; k++) {
      let sum = weight[k * 785 + 784]!;
      for (let i = 0; i < 784; i++) sum += (weight[k * 785 + i]! * images[n * 784 + i]!) / 255;
      scores[k] = sum;
    }
    return scores.indexOf(Math.max(...scores));
  };
  for (let step = 0; step < epochs * train.count; step++) {
    const n = step % train.count;
    score(train.images, n);
    const total = scores.reduce((sum, value) => sum + Math.exp(value), 0);
    const rate = 0.02 * (1 - step / (epochs * train.count));
    for (let k = 0; k < 10; k++) {
      const change = rate * ((k === train.labels[n] ? 1 : 0) - Math.exp(scores[k]!) / total);
      for (let i = 0; i < 784; i++) weight[k * 785 + i]! += (change * train.images[n * 784 + i]!) / 255;
      weight[k * 785 + 784]! += change;
    }
  }
  let hits = 0;
  for (let n = 0; n < test.count; n++) hits += score(test.images, n) === test.labels[n] ? 1 : 0;
  return hits / test.count;
}

describe('digits', () => {
  it('draws as many as asked for, all ten kinds, ink on a dark ground', async () => {
    const { train, test, shape, classes } = await loadData('digits:train=600,test=100', { shape: [1, 28, 28] });
    expect([train.count, test.count, shape, classes?.length]).toEqual([600, 100, [1, 28, 28], 10]);
    expect(train.images.length).toBe(600 * 784);
    for (let digit = 0; digit < 10; digit++) {
      const share = [...train.labels].filter((label) => label === digit).length / 600;
      expect(share).toBeGreaterThan(0.05);
    }
    for (let n = 0; n < 600; n++) {
      const image = train.images.subarray(n * 784, (n + 1) * 784);
      const inked = image.filter((value) => value > 100).length;
      expect(inked).toBeGreaterThan(8);
      expect(inked).toBeLessThan(784 * 0.4);
    }
  });

  it('is the same everywhere for the same seed, and other drawings for other splits and seeds', async () => {
    const one = await loadData('digits:50');
    const again = await loadData('digits:train=50');
    const other = await loadData('digits:train=50,seed=2');
    expect(fingerprint(one.train.images)).toBe('994e790450897f62');
    expect(fingerprint(again.train.images)).toBe(fingerprint(one.train.images));
    expect(fingerprint(other.train.images)).not.toBe(fingerprint(one.train.images));
    expect(fingerprint(one.test.images)).not.toBe(fingerprint(one.train.images.subarray(0, 10 * 784)));
  });

  it('gives a part of a larger set when asked for fewer', async () => {
    const few = await loadData('digits:train=20,test=5');
    const many = await loadData('digits:train=40,test=9');
    expect(many.train.images.subarray(0, 20 * 784)).toEqual(few.train.images);
    expect(many.test.labels.slice(0, 5)).toEqual(few.test.labels);
  });

  it('is learnt by a linear model in part only', async () => {
    const accuracy = linearAccuracy(await loadData('digits'), 12);
    expect(accuracy).toBeGreaterThan(0.8);
    expect(accuracy).toBeLessThan(0.92);
  });
});
