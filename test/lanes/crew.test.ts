/** @file Threads that predict together: whatever their number, and whatever they compute, the bits are those of one. */
import { describe, expect, it, vi } from 'vitest';
import { compileSource, emitPredictor, type PredictorOptions } from '../../src/compile.ts';
import { Trial } from '../../src/runtime/crew.ts';
import type { Predictor } from '../../src/runtime/predictor-api.ts';
import { writeSafetensors } from '../../src/runtime/safetensors.ts';
import { importModule } from '../support/load-module.ts';

const TEXT = `network Mixed {
  input image: [3, 22, 25]
  stem = image -> conv(12, 3x3, pad: same, bias: false) -> batchnorm -> relu
  main = stem -> conv(12, 3x3, pad: same) -> batchnorm
  next = (main + stem) -> relu -> conv(24, 3x3, pad: 1, groups: 3) -> depthwise(3x3, stride: 2, pad: 1) -> maxpool(2)
  scores = next -> conv(33, 1x1) -> relu -> flatten -> dense(70) -> relu -> dense(5)
  output probs = softmax(scores)
  output map = next
}`;

const IMAGES = 11;
const images = Float32Array.from({ length: IMAGES * 3 * 22 * 25 }, (_, k) => Math.sin(0.37 * k) + 0.3);

const numberFor = (name: string, random: number) => (name.endsWith('running_var') ? 1 + random / 2 : random / 6);

async function moduleOf(options: PredictorOptions) {
  const { elaboration } = compileSource(TEXT, 'test.cnn');
  const { code, plan } = await emitPredictor(elaboration!, options);
  const tensors = plan.state.map(({ name, shape }, n) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return { name, shape, data: Float32Array.from({ length: size }, (_, k) => numberFor(name, Math.cos(n + 1.7 * k))) };
  });
  const { createPredictor } = (await importModule(code)) as unknown as {
    createPredictor(options: object): Promise<Predictor>;
  };
  return { createPredictor, weights: writeSafetensors(tensors, {}) };
}

describe('threads', () => {
  it.each([
    ['one by one', { batch: 1 }],
    ['one by one, in tiles', { batch: 1, passes: { leastTiledWork: -1 } }],
    ['together and one by one, in tiles', { passes: { leastTiledWork: -1 } }],
  ] as const)('predict the same bits: images %s', async (_, options) => {
    const { createPredictor, weights } = await moduleOf({ ...options, threads: 3 });
    const found = [];
    for (const threads of [1, 2, 3, 5]) {
      const predictor = await createPredictor({ threads });
      expect(predictor.threads).toBe(Math.min(threads, 3));
      predictor.load(weights);
      found.push(Object.fromEntries(predictor.predictAll(images)));
      // The last ones have no block.
      const last = predictor.predict(images.subarray(-3 * 22 * 25));
      expect(last).toEqual(found[0]!.probs!.subarray(-5));
      expect(Math.max(...last)).toBeLessThan(0.9);
      predictor.dispose();
    }
    for (const outputs of found.slice(1)) expect(outputs).toEqual(found[0]);
  });

  it('predict the same bits when they have slept, and when some are late', async () => {
    const { createPredictor, weights } = await moduleOf({ batch: 1, threads: 3, passes: { leastTiledWork: -1 } });
    const [alone, together] = [await createPredictor({ threads: 1 }), await createPredictor({ threads: 3 })];
    for (const predictor of [alone, together]) predictor.load(weights);
    const image = (n: number) => images.subarray((n % IMAGES) * 3 * 22 * 25, ((n % IMAGES) + 1) * 3 * 22 * 25);
    for (let n = 0; n < 60; n++) {
      if (n % 6 === 0) await new Promise((resolve) => setTimeout(resolve, 4));
      expect(together.predictAll(image(n))).toEqual(alone.predictAll(image(n)));
    }
    for (const predictor of [alone, together]) predictor.dispose();
  });

  it.each([
    ['pay', 6, true],
    ['do not pay', 11, false],
  ] as const)('%s: that is found out while images are predicted', (_, took, pays) => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const trial = new Trial();
    const alone: number[] = [];
    const predictUntil = (time: number) => {
      while (now < time) {
        const { together, end } = trial.begin(1);
        if (!together) alone.push(now);
        now += together ? took : 10;
        end();
      }
    };
    predictUntil(2000);
    expect([trial.pays, alone.length]).toEqual([true, 0]);
    predictUntil(2500);
    expect(trial.pays).toBe(pays);
    predictUntil(6000);
    if (pays) expect(alone).toHaveLength(9);
    const before = alone.length;
    predictUntil(6500);
    // The next trial is 4 s after the first.
    expect(trial.pays).toBe(pays);
    if (pays) expect(alone.length - before).toBe(9);
    clock.mockRestore();
  });

  it('are not in the module of a small network, nor in one of JavaScript', async () => {
    for (const options of [{}, { target: 'js', threads: 2 }] as const) {
      const { createPredictor } = await moduleOf(options);
      expect((await createPredictor({ threads: 2 })).threads).toBe(1);
    }
  });
});
