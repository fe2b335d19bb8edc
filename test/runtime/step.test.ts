import { describe, expect, it } from 'vitest';
import { createTrainer } from '../../src/runtime/trainer.ts';
import { compileByHand, momentum } from './hand-compiled.ts';
import { blobs, caught, plainSoftmax } from './oracle.ts';

const copy = (values: Float32Array) => Float64Array.from(values);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i]!, 5);
}

describe('step', () => {
  it.each([1, 3, 4, 5, 8, 10])('equals the plain computation for %i images in blocks of 4', async (count) => {
    const trainer = await createTrainer(compileByHand().compiled);
    const weight = trainer.parameters.get('fc.weight')!.data;
    const bias = trainer.parameters.get('fc.bias')!.data;
    const velocity = new Float64Array(weight.length);
    for (let step = 0; step < 3; step++) {
      const { images, labels } = blobs(count, step + 7);
      const plain = plainSoftmax(images, labels, copy(weight), copy(bias));
      const before = copy(weight);
      const result = trainer.step({ images, labels }, { lr: 0.3 });
      expect(result.loss).toBeCloseTo(plain.loss, 5);
      expect(result.correct).toBe(plain.correct);
      expect(result.count).toBe(count);
      plain.weight.forEach((slope, i) => {
        velocity[i] = momentum * velocity[i]! + slope;
        before[i]! -= 0.3 * velocity[i]!;
      });
      expectClose(weight, before);
    }
  });

  it('takes bytes as 0 to 1 and normalises both kinds of pixels', async () => {
    const normalize = { mean: [0.25], deviation: [0.5] };
    const bytes = Uint8Array.from([0, 64, 128, 255, 10, 20, 30, 40]);
    const reals = Float32Array.from(bytes, (byte) => byte / 255);
    const expected = Float64Array.from(bytes, (byte) => (byte / 255 - 0.25) / 0.5);
    for (const images of [bytes, reals]) {
      const trainer = await createTrainer(compileByHand({ normalize }).compiled);
      const { data } = trainer.parameters.get('fc.weight')!;
      const plain = plainSoftmax(expected, [1, 2], copy(data), [0, 0, 0]);
      expect(trainer.step({ images, labels: Uint8Array.of(1, 2) }).loss).toBeCloseTo(plain.loss, 5);
    }
  });

  it('uses only `count` images of a larger array', async () => {
    const trainer = await createTrainer(compileByHand().compiled);
    const { images, labels } = blobs(10);
    const part = { images: images.slice(0, 12), labels: labels.slice(0, 3) };
    expect(trainer.evaluate({ images, labels, count: 3 })).toEqual(trainer.evaluate(part));
  });

  it('draws a new seed below 2^24 for every image and step', async () => {
    const { compiled, places, memory } = compileByHand();
    const trainer = await createTrainer(compiled);
    const draws = [0, 1].flatMap(() => {
      trainer.step(blobs(6));
      return [...memory().slice(places.noise, places.noise + 6)];
    });
    expect(new Set(draws).size).toBe(12);
    expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw < 2 ** 24)).toBe(true);
  });

  it('gives the lanes beyond the last image that image again, and no weight', async () => {
    const { compiled, places, memory } = compileByHand();
    const trainer = await createTrainer(compiled);
    trainer.evaluate(blobs(8));
    const batch = blobs(5);
    trainer.step(batch);
    trainer.evaluate(batch);
    const lanes = (place: number) => [...memory().slice(place + 4, place + 8)];
    expect(lanes(places.part)).toEqual([Math.fround(1 / 5), 0, 0, 0]);
    expect(lanes(places.target)).toEqual(new Array(4).fill(batch.labels[4]));
    expect(new Set(lanes(places.noise)).size).toBe(1);
    const last = [...batch.images.slice(-4)].flatMap((pixel) => new Array<number>(4).fill(pixel));
    expect([...memory().slice(places.image, places.image + 16)]).toEqual(last);
  });
});

describe('gradients, evaluate, predict', () => {
  it('gives gradients as copies and changes nothing', async () => {
    const trainer = await createTrainer(compileByHand().compiled);
    const batch = blobs(7);
    const before = trainer.save();
    const gradients = trainer.gradients(batch);
    expect(trainer.save()).toEqual(before);
    const weight = trainer.parameters.get('fc.weight')!.data;
    const plain = plainSoftmax(batch.images, batch.labels, copy(weight), [0, 0, 0]);
    expectClose(gradients.get('fc.weight')!, plain.weight);
    expectClose(gradients.get('fc.bias')!, plain.bias);
    gradients.get('fc.weight')!.fill(9);
    expectClose(trainer.gradients(batch).get('fc.weight')!, plain.weight);
  });

  it('evaluates what was written into the parameters', async () => {
    const trainer = await createTrainer(compileByHand().compiled);
    const batch = blobs(9);
    const { data, shape } = trainer.parameters.get('fc.weight')!;
    expect(shape).toEqual([3, 4]);
    data.set(Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)));
    const plain = plainSoftmax(batch.images, batch.labels, copy(data), [0, 0, 0]);
    const result = trainer.evaluate(batch);
    expect(result.loss).toBeCloseTo(plain.loss, 5);
    expect(result.correct).toBe(plain.correct);
  });

  it('predicts image after image, in blocks or alone', async () => {
    const trainer = await createTrainer(compileByHand().compiled);
    const { images } = blobs(6);
    const together = trainer.predict(images);
    expect(together.length).toBe(18);
    for (let n = 0; n < 6; n++) {
      expect([...trainer.predict(images.subarray(4 * n, 4 * n + 4))]).toEqual([...together.subarray(3 * n, 3 * n + 3)]);
    }
  });
});

describe('mistakes in a batch', () => {
  const images = new Float32Array(12);
  const labels = Uint8Array.of(0, 1, 2);
  it.each([
    ['CNN4101', 'a wrong number of pixels', { images: new Float32Array(11), labels }],
    ['CNN4101', 'fewer images than `count`', { images, labels, count: 4 }],
    ['CNN4102', 'too few labels', { images, labels: Uint8Array.of(0, 1) }],
    ['CNN4102', 'too many labels', { images, labels: new Uint8Array(4) }],
    ['CNN4103', 'a label too large', { images, labels: Uint8Array.of(0, 3, 1) }],
    ['CNN4103', 'a negative label', { images, labels: Int32Array.of(0, -1, 1) }],
    ['CNN4103', 'a fraction as label', { images, labels: Float32Array.of(0, 0.5, 1) }],
    ['CNN4103', 'NaN as label', { images, labels: Float32Array.of(0, Number.NaN, 1) }],
    ['CNN4104', 'no images', { images: new Float32Array(0), labels: new Uint8Array(0) }],
    ['CNN4104', 'too many images', { images: new Float32Array(44), labels: new Uint8Array(11) }],
    ['CNN4105', 'NaN as pixel', { images: new Float32Array(12).fill(Number.NaN), labels }],
    ['CNN4106', 'no labels', { images } as never],
    ['CNN4106', 'a plain array', { images: [0, 0, 0, 0] as never, labels }],
  ])('%s: %s', async (code, _what, batch) => {
    const trainer = await createTrainer(compileByHand().compiled);
    const before = trainer.save();
    const error = caught(() => trainer.step(batch));
    expect(error.code).toBe(code);
    expect(error.message).toContain('; ');
    expect(trainer.save()).toEqual(before);
  });

  it('CNN4107: a disposed trainer', async () => {
    const trainer = await createTrainer(compileByHand().compiled);
    trainer.dispose();
    expect(caught(() => trainer.save()).code).toBe('CNN4107');
  });
});
