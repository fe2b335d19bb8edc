/** @file Runs of `fit`: what is held out and watched, which weights are kept, what may be called meanwhile, what goes on. */

import { describe, expect, it } from 'vitest';
import type { Split } from '../../src/data/dataset.ts';
import { holdOut } from '../../src/data/hold-out.ts';
import type { FitData } from '../../src/runtime/run-data.ts';
import { createTrainer } from '../../src/runtime/trainer.ts';
import type { EpochResult, FitOptions, Notice, Trainer } from '../../src/runtime/trainer-api.ts';
import { compileByHand, type HandOptions } from './hand-compiled.ts';
import { blobData, blobs, caught, rejected } from './oracle.ts';

async function train(trainer: Trainer, data: FitData, options?: FitOptions): Promise<EpochResult[]> {
  const results: EpochResult[] = [];
  for await (const result of trainer.fit(data, options)) results.push(result);
  return results;
}

const fresh = (options?: HandOptions) => createTrainer(compileByHand(options).compiled);
const weightOf = (trainer: Trainer) => trainer.parameters.get('fc.weight')!.data.slice();

/** The better this is learnt, the worse becomes the loss on `validation`. */
const wrong = blobs(21, 4);
const misleading = { ...wrong, labels: wrong.labels.map((label) => (label + 1) % 3) };
const stopping = { epochs: 50, lr: 0.5, patience: 3, validation: misleading };

describe('the best weights', () => {
  it('are those that training ends with, and the last result says why it is the last', async () => {
    const trainer = await fresh();
    const weights: Float32Array[] = [];
    const results: EpochResult[] = [];
    for await (const result of trainer.fit(blobData(), stopping)) {
      results.push(result);
      weights.push(weightOf(trainer));
    }
    const losses = results.map(({ validationLoss }) => validationLoss!);
    const best = losses.indexOf(Math.min(...losses));
    expect(results.length).toBe(best + 1 + 3);
    expect(results.map((result) => result.best)).toEqual(
      losses.map((loss, k) => loss < Math.min(Number.POSITIVE_INFINITY, ...losses.slice(0, k))),
    );
    expect(results.at(-1)!.stopped).toEqual({
      reason: `no lower validation loss for 3 epochs since epoch ${best + 1}`,
      bestEpoch: best + 1,
    });
    expect(results.at(-2)!.stopped).toBeUndefined();
    expect(weightOf(trainer)).toEqual(weights[best]);
    expect(trainer.run).toEqual({
      ...{ ended: 'early', epoch: results.length, epochs: 50, trainImages: 50, heldOutImages: 0 },
      ...{ watch: 'validation', bestEpoch: best + 1, bestLoss: losses[best] },
    });
  });

  it('are kept without early stopping, too, wherever something is watched', async () => {
    const trainer = await fresh();
    const weights: Float32Array[] = [];
    for await (const _ of trainer.fit(blobData(), { ...stopping, epochs: 4, patience: 0 }))
      weights.push(weightOf(trainer));
    expect(trainer.run).toMatchObject({ ended: 'epochs', bestEpoch: 1 });
    expect(weightOf(trainer)).toEqual(weights[0]);
  });

  it('are in every checkpoint, and alone in one of their own', async () => {
    const trainer = await fresh();
    let middle = new Uint8Array();
    let first = new Float32Array();
    for await (const { epoch } of trainer.fit(blobData(), { ...stopping, patience: 0, epochs: 3 })) {
      if (epoch === 1) first = weightOf(trainer);
      if (epoch === 2) middle = trainer.save();
    }
    const resumed = await fresh();
    resumed.load(middle);
    expect(weightOf(resumed)).not.toEqual(first);
    const other = await fresh();
    other.load(resumed.save({ best: true }));
    expect(weightOf(other)).toEqual(first);
    await train(resumed, blobData(), { validation: misleading });
    expect(resumed.save()).toEqual(trainer.save());
    expect(weightOf(resumed)).toEqual(first);
  });

  it('of a finished run are what is saved, and further epochs go on with the last', async () => {
    const data = blobData();
    const options = { ...stopping, patience: 0 };
    const whole = await fresh();
    await train(whole, data, { ...options, epochs: 5 });
    const part = await fresh();
    await train(part, data, { ...options, epochs: 2 });
    const longer = await fresh();
    longer.load(part.save());
    expect(weightOf(longer)).toEqual(weightOf(part));
    expect((await train(longer, data, { validation: misleading, epochs: 5 })).map(({ epoch }) => epoch)).toEqual([
      3, 4, 5,
    ]);
    expect(longer.save()).toEqual(whole.save());
  });

  it('the loss of the test images decides only where that is said', async () => {
    const data = { ...blobData(), test: misleading };
    const quiet = await fresh();
    const results = await train(quiet, data, { epochs: 3, lr: 0.5 });
    expect(results.some((result) => 'best' in result || 'stopped' in result)).toBe(false);
    const watching = await fresh();
    await train(watching, data, { epochs: 9, lr: 0.5, patience: 1, watch: 'test' });
    expect(watching.run).toMatchObject({ ended: 'early', watch: 'test', bestEpoch: 1, epoch: 2, heldOutImages: 0 });
  });
});

describe('saving', () => {
  it('weights alone leaves out what only training needs, and loads', async () => {
    const trainer = await fresh();
    trainer.step(blobs(6));
    const weights = trainer.save({ weights: true });
    expect(weights.length).toBeLessThan(trainer.save().length);
    const other = await fresh({ training: { seed: 7 } });
    expect(other.load(weights.buffer)).toEqual({
      taken: ['fc.weight', 'fc.bias', 'norm.running_mean'],
      missing: [],
      unexpected: [],
      optimizer: { taken: [], missing: ['optimizer.momentum.fc.weight', 'optimizer.momentum.fc.bias'] },
    });
    expect(weightOf(other)).toEqual(weightOf(trainer));
    expect([...other.buffers.keys()]).toEqual(['norm.running_mean']);
    expect(other.buffers.get('norm.running_mean')!.data).toEqual(trainer.buffers.get('norm.running_mean')!.data);
  });

  it.each(['fc.weight', 'fc.bias'])('refuses %s that is not finite', async (name) => {
    const trainer = await fresh();
    trainer.parameters.get(name)!.data[1] = Number.NaN;
    for (const options of [{}, { best: true }, { weights: true }]) {
      expect(caught(() => trainer.save(options)).code).toBe('CNN4125');
    }
  });
});

describe('held-out images', () => {
  /** Every image has a class of its own, so that memory tells which is where. */
  function numbered() {
    const labels = Uint8Array.from({ length: 50 }, (_, i) => i);
    return { count: 50, images: new Float32Array(50), labels };
  }

  async function seen(options: FitOptions, seed: number) {
    const { compiled, places, memory } = compileByHand({ shape: [1, 1, 1], classes: 50 });
    const trainer = await createTrainer(compiled, { seed });
    const trained = new Set<number>();
    const onProgress = ({ images }: { images: number }) => {
      const count = images % 8 || 8;
      for (const label of memory().slice(places.target, places.target + count)) trained.add(label);
    };
    await train(trainer, { train: numbered() }, { epochs: 2, batch: 8, ...options, onProgress });
    const { heldOutImages } = trainer.run!;
    const validated = memory().slice(places.target, places.target + heldOutImages);
    return { trained: [...trained], validated: [...validated] };
  }

  it('are never trained on; the seed draws them', async () => {
    const { trained, validated } = await seen({ validation: 0.2 }, 1);
    expect(validated.length).toBe(10);
    expect(new Set(validated).size).toBe(10);
    expect(trained.length).toBe(40);
    expect(trained.filter((label) => validated.includes(label))).toEqual([]);
    expect((await seen({ validation: 0.2 }, 1)).validated).toEqual(validated);
    expect((await seen({ validation: 0.2 }, 2)).validated).not.toEqual(validated);
  });

  it('are a tenth where early stopping would have nothing to watch, and that is said', async () => {
    const notices: Notice[] = [];
    const { validated } = await seen({ patience: 9, onNotice: (notice) => notices.push(notice) }, 1);
    expect(validated.length).toBe(5);
    expect(notices.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      'validation: 10 % of the training images are held out for early stopping to watch; `validation` sets how many',
      'idle: early stopping with a patience of 9 epochs has no effect in a run of 2',
    ]);
  });

  it.each([0.01, 0.1, 0.25, 0.5, 0.8])('are of every class, %f of each', (fraction) => {
    const labels = Uint8Array.from({ length: 1000 }, (_, i) => (i % 100 === 0 ? 2 : i % 3 === 0 ? 1 : 0));
    const split: Split = { count: 1000, images: new Float32Array(1000), labels };
    const { kept, held } = holdOut(split, fraction, 5, true);
    expect(held.length).toBe(1000 * fraction);
    expect(new Set([...kept, ...held]).size).toBe(1000);
    for (const wanted of [0, 1, 2]) {
      const all = labels.filter((label) => label === wanted).length;
      const some = held.filter((image) => labels[image] === wanted).length;
      expect(Math.abs(some - fraction * all)).toBeLessThan(1);
    }
    expect(holdOut(split, fraction, 6, true).held).not.toEqual(held);
  });

  it('stay held out when the run goes on, whatever the `train` block says by then', async () => {
    const data = blobData();
    const whole = await fresh();
    await train(whole, data, { epochs: 3, validation: 0.3 });
    const part = await fresh();
    let middle = new Uint8Array();
    await train(part, data, {
      epochs: 3,
      validation: 0.3,
      onProgress: ({ epoch, images }) => {
        if (epoch === 2 && images === 16) middle = part.save();
      },
    });
    const resumed = await fresh({ training: { validation: 0.1, seed: 5 } });
    resumed.load(middle);
    expect((await rejected(train(resumed, data, { validation: 0.2 }))).code).toBe('CNN4108');
    const notices: string[] = [];
    await train(resumed, data, { onNotice: ({ message }) => notices.push(message) });
    expect(notices).toEqual(['`validation` was none, and is 0.1; what was held out stays held out']);
    expect(weightOf(resumed)).toEqual(weightOf(whole));
    expect(resumed.run).toEqual(whole.run);
  });
});

describe('a run that is continued', () => {
  async function interrupted(options?: HandOptions) {
    const trainer = await fresh(options);
    let bytes = new Uint8Array();
    await train(trainer, blobData(), {
      epochs: 2,
      onProgress: ({ epoch, images }) => {
        if (epoch === 1 && images === 24) bytes = trainer.save();
      },
    });
    return bytes;
  }

  it('tells what of the `train` block has changed, which takes effect; what has not is the run’s', async () => {
    const bytes = await interrupted();
    const adam = { kind: 'adam', lr: 0.002 };
    const trainer = await fresh({ training: { optimizer: adam, learningRate: 0.002, epochs: 4 } });
    trainer.load(bytes);
    const notices: string[] = [];
    const rates: number[] = [];
    await train(trainer, blobData(), {
      onNotice: ({ message }) => notices.push(message),
      onProgress: ({ learningRate }) => rates.push(learningRate),
    });
    expect(notices).toEqual([
      '`epochs` was 3, and is 4',
      '`optimizer` was sgd(lr: 0.1, momentum: 0.9), and is adam(lr: 0.002)',
    ]);
    expect(new Set(rates)).toEqual(new Set([0.002]));
    expect(trainer.run!.epochs).toBe(4);
  });

  it('whose optimiser is another counts its steps from here', async () => {
    const { compiled } = compileByHand();
    const counted: number[] = [];
    const scalars = compiled.scalars.map((scalar) => ({
      ...scalar,
      value: (lr: number, step: number) => {
        counted.push(step);
        return lr;
      },
    }));
    const state = compiled.state.map((entry) => ({ ...entry, name: entry.name.replace('momentum', 'mean') }));
    const trainer = await createTrainer({ ...compiled, scalars, state });
    trainer.load(await interrupted());
    await train(trainer, blobData());
    expect(counted.slice(0, 3)).toEqual([1, 2, 3]);
    trainer.load(trainer.save());
    trainer.step(blobs(4));
    expect(counted.at(-1)).toBe(counted.length);
  });

  it('begins the epoch anew with other data, and says so', async () => {
    const trainer = await fresh();
    trainer.load(await interrupted());
    const notices: string[] = [];
    const seen: number[] = [];
    await train(trainer, blobData(30), {
      onNotice: ({ message }) => notices.push(message),
      onProgress: ({ images }) => seen.push(images),
    });
    expect(notices.length).toBe(1);
    expect(notices[0]).toMatch(
      /^the data was 50 images \(\w+\) to learn, .* and is 30 images \(\w+\) to learn, .*anew$/,
    );
    expect(seen.slice(0, 4)).toEqual([8, 16, 24, 30]);
  });

  it.each([
    [{ epochs: 3 }, ['the warm-up of 3 epochs has no effect in a run of 3']],
    [{ epochs: 4 }, []],
    // The compiler has told of what the `train` block says.
    [{}, []],
  ])('tells of a warm-up that the options make too long: %j', async (options, expected) => {
    const { compiled } = compileByHand({ training: { epochs: 2, schedule: { kind: 'constant', warmup: 3 } } });
    const notices: string[] = [];
    const told = { ...options, onNotice: ({ message }: Notice) => notices.push(message) };
    await train(await createTrainer(compiled), blobData(), told);
    expect(notices).toEqual(expected);
  });

  it('says nothing when nothing differs', async () => {
    const trainer = await fresh();
    trainer.load(await interrupted());
    const notices: Notice[] = [];
    await train(trainer, blobData(), { onNotice: (notice) => notices.push(notice) });
    expect(notices).toEqual([]);
  });

  it('is not continued by another network, which may take the weights', async () => {
    const bytes = await interrupted();
    const { compiled } = compileByHand();
    const other = await createTrainer({ ...compiled, network: { ...compiled.network, hash: 'def456' } });
    const error = caught(() => other.load(bytes));
    expect(error.code).toBe('CNN4124');
    expect(other.load(bytes, { partial: true }).unexpected).toEqual([]);
    expect((await train(other, blobData(), { epochs: 1 })).map(({ epoch }) => epoch)).toEqual([1]);
  });
});

describe('while `fit` runs', () => {
  it.each([
    ['load', (trainer: Trainer, bytes: Uint8Array) => trainer.load(bytes)],
    ['step', (trainer: Trainer) => trainer.step(blobs(4))],
  ])('`%s` is refused, in the loop and in `onProgress`, and the bits stay', async (_, action) => {
    const plain = await fresh();
    await train(plain, blobData(), { epochs: 1 });
    const trainer = await fresh();
    const bytes = trainer.save();
    const onProgress = () => expect(caught(() => action(trainer, bytes)).code).toBe('CNN4109');
    for await (const _ of trainer.fit(blobData(), { epochs: 1, onProgress })) onProgress();
    expect(trainer.save()).toEqual(plain.save());
    action(trainer, bytes);
  });

  it('another `fit` is refused; after `break` the first can be continued', async () => {
    const trainer = await fresh();
    for await (const _ of trainer.fit(blobData(), { epochs: 2 })) {
      expect((await rejected(train(trainer, blobData()))).code).toBe('CNN4109');
      break;
    }
    expect(trainer.run!.ended).toBe('broken');
    expect((await train(trainer, blobData())).map(({ epoch }) => epoch)).toEqual([2]);
    expect(trainer.run!.ended).toBe('epochs');
  });

  it('`dispose` ends it with CNN4107', async () => {
    const trainer = await fresh();
    const loop = async () => {
      for await (const _ of trainer.fit(blobData(), { epochs: 3 })) trainer.dispose();
    };
    expect((await rejected(loop())).code).toBe('CNN4107');
    const last = await fresh();
    const ending = async () => {
      for await (const _ of last.fit(blobData(), { epochs: 1 })) last.dispose();
    };
    expect((await rejected(ending())).code).toBe('CNN4107');
  });

  it('an abort is told apart from the end', async () => {
    const trainer = await fresh();
    const controller = new AbortController();
    await train(trainer, blobData(), { signal: controller.signal, onProgress: () => controller.abort() });
    expect(trainer.run).toMatchObject({ ended: 'aborted', epoch: 0, epochs: 3 });
  });
});

describe('data', () => {
  it('needs no test images and no counts', async () => {
    const { images, labels } = blobs(20);
    const trainer = await fresh();
    const [result] = await train(trainer, { train: { images, labels } }, { epochs: 1 });
    expect(result!.testLoss).toBeNaN();
    expect(result).not.toHaveProperty('testAccuracy');
    const empty = { count: 0, images: new Float32Array(0), labels: new Uint8Array(0) };
    const [again] = await train(trainer, { train: { images, labels }, test: empty }, { epochs: 1 });
    expect(again!.testLoss).toBeNaN();
    expect(again).not.toHaveProperty('testAccuracy');
  });

  it.each([
    [undefined, 'CNN4112'],
    [null, 'CNN4112'],
    [{}, 'CNN4112'],
    [{ train: null }, 'CNN4112'],
    [{ train: {} }, 'CNN4106'],
    [{ train: { images: blobs(4).images } }, 'CNN4106'],
    [{ train: { ...blobs(4), count: '4' } }, 'CNN4108'],
    [{ train: { ...blobs(4), count: 4n } }, 'CNN4108'],
    [{ train: { ...blobs(4), count: null } }, 'CNN4108'],
    [{ train: blobs(4), test: null }, 'CNN4112'],
    [Promise.resolve(blobData()), 'CNN4112'],
  ])('%o is refused with %s', async (data, code) => {
    const trainer = await fresh();
    const before = trainer.save();
    expect((await rejected(train(trainer, data as never))).code).toBe(code);
    expect(trainer.save()).toEqual(before);
  });

  it('of bytes that are all 0 or 1 is refused, as these are no pixels', async () => {
    const trainer = await fresh();
    const { labels, count } = blobs(6);
    const images = Uint8Array.from({ length: 24 }, (_, k) => k % 2);
    const error = await rejected(train(trainer, { train: { images, labels, count } }, { epochs: 1 }));
    expect([error.code, error.message]).toEqual([
      'CNN4131',
      'the bytes of `image` are all 0 or 1, which would stand for 0 and 1/255; pass a Float32Array, or 255 in place of 1',
    ]);
    images[7] = 2; // one image of many may be as dark
    await train(trainer, { train: { images, labels, count } }, { epochs: 1 });
    trainer.step({ images: Uint8Array.from(images, (byte) => byte & 1), labels });
  });

  it('whose test loss is NaN ends training before the epoch is told, and nothing is lost', async () => {
    const data = blobData();
    const trainer = await fresh();
    const broken = { ...data, test: { ...data.test, images: new Float32Array(84).fill(Number.NaN) } };
    const error = await rejected(train(trainer, broken, { epochs: 2 }));
    expect(error.code).toBe('CNN4105');
    expect(error.message).toMatch(/^the loss is not a finite number in the test of epoch 1, images 0 to 9;/);
    expect((await rejected(trainer.test(broken.test))).code).toBe('CNN4105');
    expect(caught(() => trainer.evaluate({ ...blobs(4), images: broken.test.images.subarray(0, 16) })).code).toBe(
      'CNN4105',
    );
    expect(trainer.save().length).toBeGreaterThan(0);
  });
});

describe('options', () => {
  const data = blobData();
  it.each([
    [{ epoch: 3 }, '`fit` has no option `epoch`; did you mean `epochs`'],
    [{ shuffle: true }, /^`fit` has no option `shuffle`; its options are epochs, batch, lr,/],
    [{ patience: -1 }, '`patience` is -1; pass a whole number from 0'],
    [{ patience: Number.NaN }, '`patience` is NaN; pass a whole number from 0'],
    [{ patience: '2' }, '`patience` is "2"; pass a whole number from 0'],
    [{ patience: 0.5 }, '`patience` is 0.5; pass a whole number from 0'],
    [{ validation: {} }, /^`validation` is an object \(Object\); pass a fraction/],
    [{ validation: null }, /^`validation` is null; pass a fraction/],
    [{ validation: '0.1' }, /^`validation` is "0.1"; pass a fraction/],
    [{ validation: 1 }, /^`validation` is 1; pass a fraction/],
    [{ patience: 2, validation: 0 }, /^early stopping has nothing to watch; hold images out/],
    [{ watch: 'train' }, "`watch` is \"train\"; pass 'validation' or 'test'"],
    [{ signal: 'x' }, '`signal` is "x"; pass the `signal` of an AbortController'],
    [{ onProgress: 5 }, '`onProgress` is 5; pass a function'],
    [{ epochs: 3n }, '`epochs` is 3n; pass a whole number from 1'],
    [{ resume: 'no' }, '`resume` is "no"; pass `true` or `false`'],
    [7, /^the options of `fit` are 7; pass an object/],
    [null, /^the options of `fit` are null; pass an object/],
  ])('of fit: %o', async (options, message) => {
    const trainer = await fresh();
    const before = trainer.save();
    const error = await rejected(train(trainer, data, options as never));
    expect(error.code).toBe('CNN4108');
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
    expect(trainer.save()).toEqual(before);
  });

  it.each([Number.NaN, {}, Number.POSITIVE_INFINITY, -1, 0, '0.1', null, 1n])('of step: { lr: %o }', async (lr) => {
    const trainer = await fresh();
    const before = trainer.save();
    expect(caught(() => trainer.step(blobs(4), { lr } as never)).code).toBe('CNN4108');
    expect(trainer.save()).toEqual(before);
  });

  it.each([{ sed: 1 }, { threads: {} }, { threads: 0 }, { threads: '2' }, { seed: 1.5 }, { relaxedSimd: 1 }, 'fast'])(
    'of createTrainer: %o',
    async (options) => {
      const { compiled } = compileByHand();
      expect((await rejected(createTrainer(compiled, options as never))).code).toBe('CNN4108');
    },
  );

  it('of the others', async () => {
    const trainer = await fresh();
    type Loose = Record<string, (...given: unknown[]) => unknown>;
    const call = (action: (trainer: Loose) => unknown) => caught(() => action(trainer as never)).code;
    const bytes = trainer.save();
    expect(call((loose) => loose.load!(bytes, { partially: true }))).toBe('CNN4108');
    expect(call((loose) => loose.save!({ bset: true }))).toBe('CNN4108');
    expect(call((loose) => loose.predict!(blobs(4).images, { batch: 2 }))).toBe('CNN4108');
    expect(call((loose) => loose.predictAll!(blobs(4).images, 2))).toBe('CNN4108');
  });
});

describe('batches', () => {
  const { images, labels } = blobs(4);
  it.each([
    [undefined, 'CNN4106'],
    [null, 'CNN4106'],
    [{}, 'CNN4106'],
    [{ images: [...images], labels }, 'CNN4106'],
    [{ images, labels: [...labels] }, 'CNN4106'],
    [{ images: Promise.resolve(images), labels }, 'CNN4106'],
    [{ images: new BigInt64Array(16), labels }, 'CNN4131'],
    [{ images, labels: new BigInt64Array(4) }, 'CNN4131'],
    [{ images, labels, count: null }, 'CNN4108'],
    [{ images, labels, count: 4n }, 'CNN4108'],
    [{ images, labels, count: '4' }, 'CNN4108'],
  ])('%o is refused with %s', async (batch, code) => {
    const trainer = await fresh();
    for (const call of ['step', 'evaluate', 'gradients'] as const) {
      expect(caught(() => trainer[call](batch as never)).code).toBe(code);
    }
  });

  it('to predict may be of any size', async () => {
    const trainer = await fresh();
    const many = blobs(47).images;
    const together = trainer.predict(many);
    expect(together.length).toBe(47 * 3);
    for (const n of [0, 9, 10, 46]) {
      expect([...trainer.predict(many.subarray(4 * n, 4 * n + 4))]).toEqual([...together.subarray(3 * n, 3 * n + 3)]);
    }
    expect(trainer.predictAll(many).get('scores')).toEqual(together);
  });

  it('may be pictures: grey is mixed, opacity left out', async () => {
    const data = Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 9, 0, 0, 255, 255, 90, 90, 90, 0);
    const grey = Uint8Array.of(76, 150, 29, 90);
    const trainer = await fresh();
    const expected = trainer.predict(grey);
    const picture = { width: 2, height: 2, data };
    expect(trainer.predict(picture)).toEqual(expected);
    const canvas = { width: 2, height: 2, getContext: () => ({ getImageData: () => picture }) };
    expect(trainer.predict([canvas, picture])).toEqual(Float32Array.of(...expected, ...expected));
    expect(trainer.evaluate({ images: [picture], labels: Uint8Array.of(1) })).toEqual(
      trainer.evaluate({ images: grey, labels: Uint8Array.of(1) }),
    );
    expect(caught(() => trainer.predict({ ...picture, width: 4, height: 1 })).code).toBe('CNN4101');
    expect(caught(() => trainer.predict(data as never)).message).toContain('pass the ImageData itself');
    const floats = { ...picture, data: Float32Array.from(data, (value) => value / 255) };
    expect(caught(() => trainer.predict(floats as never)).message).toContain(
      '16 bytes, found 16 values, a Float32Array',
    );
    expect(caught(() => trainer.predict([picture, grey] as never)).message).toContain('a list of pictures alone');
    expect(caught(() => trainer.predict(new Uint8Array(0))).message).toContain('pass one image at least');
    const coloured = await fresh({ shape: [3, 2, 2] });
    const planes = Uint8Array.of(255, 0, 0, 90, 0, 255, 0, 90, 0, 0, 255, 90);
    expect(coloured.predict(picture)).toEqual(coloured.predict(planes));
  });
});
