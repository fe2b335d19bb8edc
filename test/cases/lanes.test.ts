/**
 * @file Idle lanes: a batch that is no multiple of the lanes gives what the same images give without idle lanes, whatever
 * functions the network has.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawDigits } from '../../src/data/digits.ts';
import { expectClose } from '../fuzz/closeness.ts';
import { loadModule } from '../support/load-module.ts';

const input = (name: string) => readFileSync(new URL(`inputs/${name}`, import.meta.url), 'utf8');

/** Each has no value, or no derivative, where all pixels are 0. */
const NETWORKS: Readonly<Record<string, string>> = {
  'a logarithm': input('idle-lanes.cnn'),
  'a root of what is learned': network('a = x -> c: dense(3, bias: false)', 'y = a / sqrt(sum(a ^ 2)) -> fc: dense(1)'),
  'a reciprocal behind a norm': network('y = 1 / x -> batchnorm -> fc: dense(1)'),
  'a power with an exponent below 0': network('y = x ^ -2 -> fc: dense(1)'),
  'a divisor that is learned': network('y = x / sum(x -> c: dense(2, bias: false) -> abs) -> fc: dense(1)'),
  'a loss': network('y = x -> fc: dense(1)').replace('mse(y, t)', 'mean(log(sum(x)) * sum((y - t) ^ 2))'),
};

function network(...lines: string[]): string {
  return `network Net {\n  input x: [2]\n  target t: [1]\n  ${lines.join('\n  ')}\n  loss mse(y, t)\n  output y\n}`;
}

/** The first images of one set, between 0.5 and 3. */
function batchOf(count: number) {
  const value = (k: number) => 0.5 + 2.5 * ((k * 0.618) % 1);
  return {
    images: Float32Array.from({ length: 2 * count }, (_, k) => value(k + 1)),
    labels: Float32Array.from({ length: count }, (_, k) => value(3 * k + 2)),
  };
}

function eightTimes({ images, labels }: ReturnType<typeof batchOf>) {
  const repeat = (values: Float32Array) =>
    Float32Array.from({ length: 8 * values.length }, (_, k) => values[k % values.length]!);
  return { images: repeat(images), labels: repeat(labels) };
}

describe.each(Object.entries(NETWORKS))('%s', (_, text) => {
  it.each(['js', 'wasm'] as const)(
    'is finite in batches of any size, and as each image alone in %s',
    async (target) => {
      const { createTrainer } = await loadModule(text, { target, maxBatch: 40 });
      const trainer = await createTrainer({ seed: 3, relaxedSimd: false });
      const whole = trainer.predict(batchOf(16).images);
      for (const count of [1, 2, 3, 5, 7, 9, 11, 19]) {
        const batch = batchOf(count);
        expect(trainer.evaluate(batch).loss).toBeLessThan(Number.POSITIVE_INFINITY);
        for (const gradient of trainer.gradients(batch).values()) expect(gradient.every(Number.isFinite)).toBe(true);
        expect(trainer.predict(batch.images).slice(0, 16)).toEqual(whole.slice(0, count));
      }
      // The same five images eight times have the same means, and fill all lanes.
      const [five, full] = [batchOf(5), eightTimes(batchOf(5))];
      expect(trainer.evaluate(five).loss).toBeCloseTo(trainer.evaluate(full).loss, 4);
      const wanted = trainer.gradients(full);
      for (const [name, gradient] of trainer.gradients(five))
        expectClose(gradient, wanted.get(name)!, { floor: 1e-3, tolerance: 1e-4, label: name });
      trainer.step(five, { lr: 0.001 });
      trainer.dispose();
    },
  );
});

it('trains and tests numbers of images that are no multiple of the lanes', async () => {
  const text = input('idle-lanes-unit.cnn').replace('train: 1001, test: 201', 'train: 101, test: 21');
  const trainer = await (await loadModule(text)).createTrainer({ seed: 1 });
  const data = drawDigits(101, 21, 1);
  for await (const { trainLoss, testLoss } of trainer.fit(data, { epochs: 1 }))
    for (const loss of [trainLoss, testLoss]) expect(loss).toBeLessThan(3);
});
