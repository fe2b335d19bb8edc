import { describe, expect, it } from 'vitest';
import type { PlainDataset } from '../../src/data/dataset.ts';
import type { Executable } from '../../src/runtime/executable.ts';
import { createTrainer } from '../../src/runtime/trainer.ts';
import type { EpochResult, FitOptions, FitProgress, Trainer } from '../../src/runtime/trainer-api.ts';
import { crop } from '../../src/training/augmentations/crop.ts';
import { flip } from '../../src/training/augmentations/flip.ts';
import { constant } from '../../src/training/schedules/constant.ts';
import { cosine } from '../../src/training/schedules/cosine.ts';
import { plateau } from '../../src/training/schedules/plateau.ts';
import { step } from '../../src/training/schedules/step.ts';
import { choose } from '../../src/training/word.ts';
import { compileByHand, type HandOptions } from './hand-compiled.ts';
import { blobData, blobs, plainSoftmax, rejected } from './oracle.ts';

async function train(trainer: Trainer, data: PlainDataset, options?: FitOptions): Promise<EpochResult[]> {
  const results: EpochResult[] = [];
  for await (const result of trainer.fit(data, options)) results.push(result);
  return results;
}

const fresh = (options?: HandOptions) => createTrainer(compileByHand(options).compiled);

describe('fit', () => {
  it('learns, and tells how well over all images', async () => {
    const trainer = await fresh();
    const data = blobData();
    const results = await train(trainer, data, { epochs: 30, lr: 0.5 });
    const last = results.at(-1)!;
    expect(results.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(last.trainLoss).toBeLessThan(results[0]!.trainLoss / 2);
    const { data: weight } = trainer.parameters.get('fc.weight')!;
    const { data: bias } = trainer.parameters.get('fc.bias')!;
    const plain = plainSoftmax(data.test.images, data.test.labels, weight, bias);
    expect(last.testLoss).toBeCloseTo(plain.loss, 5);
    expect(last.testAccuracy).toBe(plain.correct / 21);
    expect(last.testAccuracy).toBeGreaterThan(0.8);
    expect(last.seconds).toBeGreaterThan(0);
    expect(last.imagesPerSecond).toBeCloseTo(50 / last.seconds, 3);
  });

  it('uses each image once per epoch, in another order each epoch, the short last batch included', async () => {
    const { compiled, places, memory } = compileByHand({ shape: [1, 1, 1], classes: 50 });
    const trainer = await createTrainer(compiled);
    const labels = Uint8Array.from({ length: 50 }, (_, i) => i);
    const split = { count: 50, images: new Float32Array(50), labels };
    const seen: number[] = [];
    const onProgress = ({ images }: FitProgress) => {
      const count = images % 8 || (images === 50 ? 2 : 8);
      seen.push(...memory().slice(places.target, places.target + count));
    };
    await train(trainer, { train: split, test: split, shape: [1, 1, 1] }, { epochs: 2, batch: 8, onProgress });
    const [first, second] = [seen.slice(0, 50), seen.slice(50)];
    for (const order of [first, second]) expect([...order].sort((a, b) => a - b)).toEqual([...labels]);
    expect(first).not.toEqual(second);
    expect(first).not.toEqual([...labels]);
  });

  it('gives the same bits for the same seed and others for another', async () => {
    const states = [1, 1, 2].map(async (seed) => {
      const trainer = await createTrainer(compileByHand().compiled, { seed });
      await train(trainer, blobData());
      return trainer.save();
    });
    const [one, again, other] = await Promise.all(states);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it.each([0, 1, 3, 6, 9, 13, 17])('continues after step %i with the bits of an uninterrupted run', async (stop) => {
    const options: HandOptions = {
      training: {
        schedule: choose(plateau, { patience: 1, warmup: 1 }),
        augment: { steps: [choose(flip, { direction: 'horizontal', and: 'vertical' }), choose(crop, { pad: 1 })] },
        patience: 2,
      },
    };
    const data = blobData();
    const whole = await fresh(options);
    let middle: Uint8Array | undefined;
    let steps = 0;
    if (stop === 0) middle = whole.save();
    const onProgress = () => {
      if (++steps === stop) middle = whole.save();
    };
    const uninterrupted = await train(whole, data, { epochs: 3, batch: 8, onProgress });
    const resumed = await createTrainer(compileByHand(options).compiled, { seed: 999 });
    resumed.load(middle!);
    const rest = await train(resumed, data, stop ? {} : { epochs: 3, batch: 8 });
    expect(steps).toBe(18);
    expect(resumed.save()).toEqual(whole.save());
    const losses = (results: EpochResult[]) =>
      results.map(({ epoch, trainLoss, testLoss }) => ({ epoch, trainLoss, testLoss }));
    expect(losses(rest)).toEqual(losses(uninterrupted).slice(-rest.length));
  });

  it('stops between two steps when told to, and continues there', async () => {
    const data = blobData();
    const straight = await fresh();
    await train(straight, data, { epochs: 2 });
    const trainer = await fresh();
    const controller = new AbortController();
    const onProgress = ({ images }: FitProgress) => {
      if (images === 24) controller.abort();
    };
    expect(await train(trainer, data, { epochs: 2, signal: controller.signal, onProgress })).toEqual([]);
    expect(trainer.save()).not.toEqual(straight.save());
    expect((await train(trainer, data)).length).toBe(2);
    expect(trainer.save()).toEqual(straight.save());
  });

  it('trains further epochs after a checkpoint of a finished run', async () => {
    const trainer = await fresh();
    await train(trainer, blobData(), { epochs: 2 });
    const longer = await fresh();
    longer.load(trainer.save());
    expect((await train(longer, blobData(), { epochs: 3 })).map(({ epoch }) => epoch)).toEqual([3]);
    expect((await train(trainer, blobData(), { epochs: 1 })).map(({ epoch }) => epoch)).toEqual([1]);
  });

  it('stops early when the validation loss stops falling', async () => {
    const trainer = await fresh();
    const data = blobData();
    const wrong = blobs(21, 4);
    const validation = { ...wrong, labels: wrong.labels.map((label) => (label + 1) % 3) };
    const results = await train(trainer, data, { epochs: 50, lr: 0.5, patience: 3, validation });
    const losses = results.map(({ validationLoss }) => validationLoss!);
    const best = losses.indexOf(Math.min(...losses));
    expect(results.length).toBeLessThan(50);
    expect(results.length).toBe(best + 1 + 3);
  });

  it('holds a fraction of the training images out for validation', async () => {
    const trainer = await fresh();
    let total = 0;
    const onProgress = (progress: FitProgress) => {
      total = progress.total;
    };
    const [result] = await train(trainer, blobData(), { epochs: 1, validation: 0.2, onProgress });
    expect(total).toBe(40);
    expect(result!.validationLoss).toBeGreaterThan(0);
    expect((result!.validationAccuracy! * 10) % 1).toBeCloseTo(0);
  });

  it.each([
    [choose(constant), [1, 1, 1, 1, 1, 1, 1, 1]],
    [choose(step, { every: 2, factor: 0.1 }), [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1]],
    // Two steps per epoch, one epoch of warm-up, then half a cosine over six steps.
    [choose(cosine, { warmup: 1 }), [0.5, 1, 1, 0.9330127, 0.75, 0.5, 0.25, 0.0669873]],
  ])('follows the schedule %j', async (schedule, expected) => {
    const trainer = await fresh({ training: { schedule } });
    const rates: number[] = [];
    const onProgress = ({ learningRate }: FitProgress) => rates.push(learningRate);
    await train(trainer, blobData(20), { epochs: 4, batch: 10, lr: 0.2, onProgress });
    expected.forEach((factor, i) => {
      expect(rates[i]).toBeCloseTo(0.2 * factor, 6);
    });
    expect(rates.length).toBe(8);
  });

  it('augments training images by flips and crops, zero outside, and leaves test images alone', async () => {
    const shape = [1, 3, 4];
    const augment = { steps: [choose(flip, { direction: 'horizontal' }), choose(crop, { pad: 1 })] };
    const { compiled, places, memory } = compileByHand({ shape, lanes: 1, maxBatch: 1, training: { augment } });
    const run = compiled.instantiate;
    const images = Float32Array.from({ length: 12 }, (_, i) => i + 1);
    const split = { count: 1, images, labels: Uint8Array.of(0) };
    const seen = { train: new Set<string>(), test: new Set<string>() };
    const watched = {
      ...compiled,
      instantiate: (m: Float32Array) => {
        const made = run(m, {}) as Executable;
        const spy = (where: Set<string>) => ({
          kind: 'blocks' as const,
          stages: [0],
          collects: [],
          run: () =>
            void where.add(
              memory()
                .slice(places.image, places.image + 12)
                .join(),
            ),
        });
        return { ...made, train: [spy(seen.train)], update: [], evaluate: [spy(seen.test)] };
      },
    };
    const trainer = await createTrainer(watched);
    await train(trainer, { train: split, test: split, shape }, { epochs: 300, batch: 1 });
    expect([...seen.test]).toEqual([[...images].join()]);
    const possible = new Set<string>();
    for (const flip of [false, true]) {
      for (const dy of [-1, 0, 1]) {
        for (const dx of [-1, 0, 1]) {
          const moved = Array.from({ length: 12 }, (_, i) => {
            const x = (flip ? 3 - (i % 4) : i % 4) + dx;
            const y = Math.floor(i / 4) + dy;
            return x >= 0 && x < 4 && y >= 0 && y < 3 ? images[y * 4 + x] : 0;
          });
          possible.add(moved.join());
        }
      }
    }
    expect(seen.train).toEqual(possible);
  });
});

describe('mistakes in fit', () => {
  const data = blobData();
  it.each([
    ['CNN4145', { ...data, shape: [1, 4, 1] }, {}],
    ['CNN4101', { ...data, train: { ...data.train, images: new Float32Array(7) } }, {}],
    ['CNN4102', { ...data, test: { ...data.test, labels: new Uint8Array(7) } }, {}],
    ['CNN4103', { ...data, train: { ...data.train, labels: new Uint8Array(50).fill(3) } }, {}],
    ['CNN4104', data, { batch: 11 }],
    ['CNN4108', data, { epochs: 0 }],
    ['CNN4108', data, { epochs: 1.5 }],
    ['CNN4108', data, { lr: Number.NaN }],
    ['CNN4108', data, { seed: 0.5 }],
    ['CNN4108', data, { validation: 1 }],
    ['CNN4108', data, { watch: 'validation' } as const],
    ['CNN4144', { ...data, train: { count: 0, images: new Float32Array(0), labels: new Uint8Array(0) } }, {}],
  ])('%s for %#', async (code, wrong, options) => {
    const trainer = await fresh();
    expect((await rejected(train(trainer, wrong, options))).code).toBe(code);
  });

  it('stops at a loss that is not finite, saying where', async () => {
    const trainer = await fresh();
    const error = await rejected(train(trainer, data, { lr: 1e38, epochs: 9 }));
    expect(error.code).toBe('CNN4105');
    expect(error.message).toMatch(/in epoch 1, step \d+; lower the learning rate/);
  });
});
