/** @file When a run is said to be overfitted. */
import { describe, expect, it } from 'vitest';
import { overfitting } from '../../src/runtime/epoch-text.ts';
import { tiny } from '../cli/networks.ts';
import { run } from '../cli/recorder.ts';
import { folderWith } from '../cli/run-cnnc.ts';

const epochs = (train: readonly number[], unseen: readonly number[], part: 'test' | 'validation' = 'test') =>
  train.map((trainLoss, k) => ({ epoch: k + 1, trainLoss, [`${part}Loss`]: unseen[k]! }));

describe('overfitting', () => {
  it('begins behind the epoch with the lowest loss of unseen images', () => {
    expect(overfitting(epochs([1, 0.8, 0.6, 0.4, 0.2], [1, 0.9, 0.8, 0.9, 1]))).toBe(
      'overfitting from epoch 4 on: the training loss fell further, 0.6000 to 0.2000, while the test loss rose, 0.8000 to 1.0000',
    );
    expect(overfitting(epochs([1, 0.5, 0.4, 0.3], [1, 0.8, 0.9, 1], 'validation'))).toMatch(/epoch 3 on.*validation/);
  });

  it.each([
    ['no epoch', [], []],
    ['both fall', [1, 0.8, 0.6, 0.4], [1, 0.9, 0.8, 0.7]],
    ['both rise, which is a rate that is too high', [0.4, 0.6, 0.8, 1], [0.5, 0.7, 0.9, 1.1]],
    ['one epoch alone', [1, 0.8, 0.6], [1, 0.8, 0.9]],
    ['less than a hundredth', [1, 0.8, 0.6, 0.4], [1, 0.8, 0.804, 0.807]],
    ['nothing was tested', [1, 0.8, 0.6, 0.4], [Number.NaN, Number.NaN, Number.NaN, Number.NaN]],
  ])('is not told where %s', (_, train, unseen) => {
    expect(overfitting(epochs(train, unseen))).toBeUndefined();
  });

  it('is told at the end of a run that learns a few images by heart', async () => {
    const text = tiny.replace('train: 200, test: 50', 'train: 20, test: 100').replace('units = 4', 'units = 64');
    const folder = folderWith({ 'a.cnn': text.replace('epochs 2', 'epochs 60') });
    const { status, err } = await run(['train', `${folder}/a.cnn`]);
    expect(status).toBe(0);
    expect(err.replace(/\s+/g, ' ')).toMatch(/overfitting from epoch \d+ on: the training loss fell further/);
  });
});
