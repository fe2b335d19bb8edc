/** @file Modules that only predict: what they give is what the trainer gives, whatever the target, the batch and the weights. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareRounded } from '../../src/check/compare-rounded.ts';
import { compileSource, emitModule, emitPredictor } from '../../src/compile.ts';
import type { Predictor } from '../../src/runtime/predictor-api.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { importModule } from '../support/load-module.ts';

const TEXT = `network Residual {
  input image: [3, 9, 8]
  target label: class(5)
  stem = image -> conv(6, 3x3, pad: same, bias: false) -> batchnorm -> relu
  main = stem -> conv(6, 3x3, pad: same) -> batchnorm
  next = (main + stem) -> relu -> maxpool(2)
  scores = next -> depthwise(3x3, pad: 1) -> conv(9, 1x1) -> relu -> flatten -> dense(5)
  loss crossentropy(scores, label)
  output probs = softmax(scores)
  output map = next
}
train Residual { normalize mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4]  batch 16 }`;

function elaborated(text: string): Elaboration {
  const { elaboration, diagnostics } = compileSource(text, 'test.cnn');
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return elaboration!;
}

const IMAGES = 19;
const images = Float32Array.from({ length: IMAGES * 3 * 9 * 8 }, (_, k) => Math.sin(0.37 * k) + 0.3);

async function trained(elaboration: Elaboration) {
  const { code } = await emitModule(elaboration, { program: false });
  const trainer = await (await importModule(code)).createTrainer({ seed: 5 });
  const labels = Int32Array.from({ length: 16 }, (_, k) => k % 5);
  for (let step = 0; step < 3; step++)
    await trainer.step({ images: images.subarray(0, 16 * 216), labels }, { lr: 0.05 });
  return { wanted: await trainer.predictAll(images), weights: await trainer.save() };
}

type PredictorModule = { createPredictor(options?: object): Promise<Predictor> };

async function predictor(elaboration: Elaboration, options: Parameters<typeof emitPredictor>[1]): Promise<Predictor> {
  const { code } = await emitPredictor(elaboration, options);
  return ((await importModule(code)) as unknown as PredictorModule).createPredictor();
}

/** The largest difference, as a share of the largest of its output. */
function largestMove(wanted: Map<string, Float32Array>, found: Map<string, Float32Array>): number {
  const moves = [...wanted].map(([name, values]) => {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return values.reduce((most, value, k) => Math.max(most, Math.abs(value - found.get(name)![k]!)), 0) / largest;
  });
  return Math.max(...moves);
}

function expectClose(found: Map<string, Float32Array>, wanted: Map<string, Float32Array>, tolerance: number): void {
  expect([...found.keys()]).toEqual([...wanted.keys()]);
  for (const [name, values] of wanted) expect(found.get(name)!.length, name).toBe(values.length);
  expect(largestMove(wanted, found)).toBeLessThan(tolerance);
}

describe('a predictor module', () => {
  const elaboration = elaborated(TEXT);

  it.each([
    ['wasm', 1],
    ['wasm', 'auto'],
    ['wasm', 16],
    ['js', 1],
    ['js', 'auto'],
  ] as const)('of %s for a batch of %s predicts what the trainer predicts', async (target, batch) => {
    const { wanted, weights } = await trained(elaboration);
    const found = await predictor(elaboration, { target, batch });
    expect(() => found.predict(images)).toThrow(expect.objectContaining({ code: 'CNN4114' }));
    found.load(weights);
    expectClose(found.predictAll(images), wanted, 1e-5);
    expect(found.predict(images)).toEqual(found.predictAll(images).get('probs'));
    found.dispose();
    expect(() => found.predict(images)).toThrow(expect.objectContaining({ code: 'CNN4107' }));
  });

  it.each([
    ['f32', 1e-5],
    ['f16', 3e-3],
    ['int8', 5e-2],
  ] as const)('holds its weights as %s', async (weightsAs, tolerance) => {
    const { wanted, weights } = await trained(elaboration);
    const inside = await predictor(elaboration, { weights, weightsAs, minify: true });
    expectClose(inside.predictAll(images), wanted, tolerance);
  });

  it('keeps classes whose names look like places of packed bytes', async () => {
    const { wanted, weights } = await trained(elaboration);
    const classNames = ['cnnc:dense', 'dense:', 'dense:AAAA', 'd', 'e'];
    const inside = await predictor(elaboration, { weights, minify: true, classNames });
    expect(inside.network.classes).toEqual(classNames);
    expectClose(inside.predictAll(images), wanted, 1e-5);
  });

  it('tells what is lost by the form of its weights', async () => {
    const { weights } = await trained(elaboration);
    const lost = async (weightsAs: 'f32' | 'f16' | 'int8') => {
      const { code } = await emitPredictor(elaboration, { weights, weightsAs });
      const inside = await predictor(elaboration, { weights, weightsAs });
      const labels = Int32Array.from({ length: IMAGES }, (_, n) => n % 5);
      const split = { images, labels, count: IMAGES } as never;
      const targets = { label: { kind: 'class', classes: 5 } } as const;
      const found = await compareRounded({ code, weights, targets }, split);
      return { ...found, values: inside.predictAll(images) };
    };
    const [exact, half, byte] = [await lost('f32'), await lost('f16'), await lost('int8')];
    expect(exact.moved).toBe(0);
    expect(half.moved).toBeGreaterThan(0);
    expect(byte.moved).toBeGreaterThan(4 * half.moved);
    expect(byte.moved).toBeCloseTo(largestMove(exact.values, byte.values), 6);
    expect(exact.accuracy).toEqual({ before: exact.accuracy!.after, after: half.accuracy!.before });
    expect(byte).toMatchObject({ images: IMAGES, accuracy: { before: exact.accuracy!.before } });
  });

  it('refuses weights of another network', async () => {
    const { weights } = await trained(elaborated(TEXT.replace('conv(9, 1x1)', 'conv(8, 1x1)')));
    await expect(emitPredictor(elaboration, { weights })).rejects.toThrow(expect.objectContaining({ code: 'CNN4121' }));
    const found = await predictor(elaboration, {});
    expect(() => found.load(weights)).toThrow(expect.objectContaining({ code: 'CNN4121' }));
    expect(() => found.predict(images)).toThrow(expect.objectContaining({ code: 'CNN4114' }));
  });

  it('takes bytes and pictures', async () => {
    const { weights } = await trained(elaboration);
    const found = await predictor(elaboration, { weights, batch: 1 });
    const data = Uint8ClampedArray.from({ length: 4 * 72 }, (_, k) => (k * 37) % 256);
    const planes = Uint8Array.from({ length: 3 * 72 }, (_, k) => data[4 * (k % 72) + Math.floor(k / 72)]!);
    expect(found.predict({ width: 8, height: 9, data })).toEqual(found.predict(planes));
  });
});

describe('an example', () => {
  it.each(['lenet', 'mlp', 'resnet8', 'autoencoder'])('%s', async (name) => {
    const elaboration = elaborated(readFileSync(new URL(`../../examples/${name}.cnn`, import.meta.url), 'utf8'));
    const { code } = await emitModule(elaboration, { program: false, maxBatch: 8 });
    const trainer = await (await importModule(code)).createTrainer({ seed: 5 });
    const size = Object.values(elaboration.inference.inputs)[0]!.shape.reduce((a, b) => a * b, 1);
    const pictures = Float32Array.from({ length: 3 * size }, (_, k) => Math.abs(Math.sin(k)));
    const found = await predictor(elaboration, { batch: 1, weights: await trainer.save() });
    expectClose(found.predictAll(pictures), await trainer.predictAll(pictures), 1e-5);
  });
});
