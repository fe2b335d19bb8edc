/** @file Small data files and networks that were once read wrongly without a word. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadModule } from '../support/load-module.ts';

const path = (name: string) => new URL(`./inputs/${name}`, import.meta.url).pathname;
const source = (name: string) => readFileSync(path(`${name}.cnn`), 'utf8');

describe('several inputs', () => {
  const rgbd = source('normalize-two-inputs');
  const named = rgbd.replace('normalize mean', 'normalize image, mean');
  const values = { image: new Float32Array(18).fill(0.5), depth: new Float32Array(6).fill(0.5) };

  it('the means of one are refused for another', async () => {
    await expect(loadModule(rgbd)).rejects.toThrow(/`image` has 3 channels, `depth` has 1 channel/);
  });

  it.each(['js', 'wasm'] as const)('are normalised each by its own numbers: %s', async (target) => {
    const staged = async (text: string) => {
      const trainer = await (await loadModule(text, { target })).createTrainer();
      trainer.parameters.get('d.weight')!.data.fill(1);
      return [...trainer.predict(values)];
    };
    expect(await staged(named)).toEqual(Array(6).fill(0.5));
    const both = named.replace('normalize image', 'normalize depth, mean: 0.25, std: 0.5\n normalize image');
    expect(await staged(both)).toEqual(Array(6).fill(0.5));
    const other = named.replace('normalize image', 'normalize depth, mean: 1, std: 2\n normalize image');
    expect(await staged(other)).toEqual(Array(6).fill(-0.25));
  });

  it('are flipped if they are named', async () => {
    const text = `network Two {
      input left: [1, 2, 2]
      input right: [1, 2, 2]
      l = left -> conv(1, 1x1, init: ones)
      r = right -> conv(1, 1x1, init: ones)
      loss mean((l - right) ^ 2) + mean((r - right) ^ 2)
      output l
    }
    train Two { augment left, flip(horizontal) }`;
    const losses = async (program: string) => {
      const trainer = await (await loadModule(program)).createTrainer();
      const images = { left: new Float32Array(32 * 4), right: new Float32Array(32 * 4) };
      for (let i = 0; i < 128; i++) images.left[i] = images.right[i] = i % 4;
      const split = { count: 32, images, labels: {} };
      const { value } = await trainer.fit({ train: split, test: split }, { epochs: 1, batch: 32 }).next();
      return value!.trainLoss;
    };
    expect(await losses(text.replace('left, flip', 'flip'))).toBe(0);
    expect(await losses(text)).toBeGreaterThan(0.1);
  });
});

describe('targets that are maps', () => {
  const bytes = Uint8Array.from({ length: 2 * 192 }, (_, i) => (i * 37) % 256);
  const floats = Float32Array.from(bytes, (byte) => byte / 255);

  it.each([
    ['js', 1],
    ['wasm', 1],
    ['wasm', 2],
  ] as const)('are scaled as images are: %s, %d threads', async (target, threads) => {
    const { createTrainer } = await loadModule(source('image-targets'), { target });
    const trainer = await createTrainer({ threads });
    for (const images of [bytes, floats])
      for (const labels of [bytes, floats]) expect(trainer.evaluate({ images, labels }).loss).toBeLessThan(1e-12);
    trainer.dispose();
  });

  it.each(['js', 'wasm'] as const)('and augmented with them: %s', async (target) => {
    const text = source('image-targets').replace('batch 4', 'batch 2 augment flip(horizontal), crop(pad: 2)');
    const trainer = await (await loadModule(text, { target })).createTrainer();
    const split = { count: 2, images: bytes, labels: bytes };
    for await (const { trainLoss } of trainer.fit({ train: split, test: split }, { epochs: 3 }))
      expect(trainLoss).toBeLessThan(1e-12);
  });

  const segments = `network Segments {
    input x: [1, 2, 2]
    target mask: [1, 2, 2]
    y = x -> conv(1, 1x1)
    loss bce(y, mask)
    output y
  }`;
  it.each([
    [Float32Array.of(0, 1, 0.5, 1), undefined],
    [Uint8Array.of(0, 255, 7, 255), undefined],
    [Uint8Array.of(0, 0, 0, 0), undefined],
    [Uint8Array.of(0, 1, 0, 1), 'CNN4130'],
    [Float32Array.of(0, 1, 255, 0), 'CNN4130'],
    [Float32Array.of(0, -0.5, 0, 0), 'CNN4130'],
    [Float32Array.of(0, Number.NaN, 0, 0), 'CNN4130'],
    [Int32Array.of(0, 1, 0, 1), 'CNN4131'],
  ])('of probabilities are checked: %j', async (labels, code) => {
    const trainer = await (await loadModule(segments)).createTrainer();
    const step = () => trainer.evaluate({ images: new Uint8Array(4), labels });
    if (code) expect(step).toThrow(expect.objectContaining({ code }));
    else expect(step().loss).toBeGreaterThan(0);
  });
});

describe('arrays of other types', () => {
  const text =
    'network N { input x: [1, 2, 2] target t: class(300) y = x -> dense(300) loss crossentropy(y, t) output y }';
  it.each([Int32Array, Uint16Array, Int8Array, Uint8ClampedArray, BigInt64Array])('%o are refused', async (Type) => {
    const trainer = await (await loadModule(text)).createTrainer();
    expect(() => trainer.predict(new Type(4) as never)).toThrow(expect.objectContaining({ code: 'CNN4131' }));
  });

  it('labels of all whole types are right, in parts held out as well', async () => {
    const trainer = await (await loadModule(text)).createTrainer();
    const images = new Uint8Array(40);
    for (const Type of [Int16Array, Uint16Array, Uint32Array, Int32Array, Float32Array, Float64Array]) {
      const split = { count: 10, images, labels: new Type(10).fill(299) as never };
      const results = trainer.fit({ train: split, test: split }, { epochs: 1, validation: 0.5, resume: false });
      for await (const { testLoss, validationLoss } of results) expect(validationLoss).toBeCloseTo(testLoss, 5);
    }
    expect(() => trainer.evaluate({ images: new Uint8Array(4), labels: new BigInt64Array(1) as never })).toThrow(
      /`t` are a BigInt64Array/,
    );
  });
});
