/** @file What `--watch` records against a plain computation of the same, and which steps it looks at. */
import { describe, expect, it } from 'vitest';
import { loadModule } from '../../src/check/load-module.ts';
import { feedersOf } from '../../src/check/watch-graph.ts';
import { Watcher } from '../../src/check/watch-layers.ts';
import { compileSource, emitModule } from '../../src/compile.ts';
import { watchWarnings } from '../../src/report/watch.ts';
import type { LogRow } from '../../src/runtime/run-log.ts';

const text = `network Net {
  input image: [3]
  target label: class(2)
  a = image -> hidden: dense(5) -> relu
  logits = a -> next: dense(4) -> layernorm -> tanh -> out: dense(2)
  loss crossentropy(logits, label)
}
train Net {
  normalize mean: 0.5, std: 0.5
  optimizer sgd(lr: 0.5)
  batch 10
  seed 5
}`;
const { elaboration } = compileSource(text, 'net.cnn');
const images = Float32Array.from({ length: 30 }, (_, k) => 0.5 + Math.sin(k * k + 1));
const labels = Int32Array.from({ length: 10 }, (_, k) => k % 2);
const train = { images, labels, count: 10 };

async function watched(size = 10) {
  const { createTrainer } = await loadModule((await emitModule(elaboration!)).code);
  const trainer = await createTrainer({ seed: 3 });
  // The first unit never gets above 0.
  trainer.parameters.get('hidden.bias')!.data[0] = -100;
  const watcher = (await Watcher.on(trainer, train, elaboration!, size))!;
  const progress = { epoch: 1, epochs: 1, images: 10, total: 10, loss: 0, trainLoss: 0, learningRate: 0.5 };
  return { trainer, look: (step: number): LogRow | undefined => watcher.observe({ ...progress, step }) };
}

const norm = (values: Iterable<number>) => Math.sqrt([...values].reduce((sum, value) => sum + value ** 2, 0));

describe('watching', () => {
  it('gives the figures of a plain computation', async () => {
    const { trainer, look } = await watched();
    const of = (name: string) => trainer.parameters.get(name)!.data;
    const before = [of('hidden.weight'), of('hidden.bias')].map((values) => values.slice());
    trainer.step(train);
    const { layers } = look(1)!;
    const units = Array.from({ length: 10 }, (_, n) =>
      Array.from({ length: 5 }, (_, k) =>
        [0, 1, 2].reduce(
          (sum, j) => sum + of('hidden.weight')[k * 3 + j]! * ((images[n * 3 + j]! - 0.5) / 0.5),
          of('hidden.bias')[k]!,
        ),
      ),
    );
    const values = units.flat();
    const mean = values.reduce((sum, value) => sum + value, 0) / 50;
    const { hidden, next } = layers!;
    const relu = layers!['a.relu']!;
    expect(hidden!.mean).toBeCloseTo(mean, 3);
    expect(hidden!.deviation).toBeCloseTo(norm(values.map((value) => value - mean)) / Math.sqrt(50), 2);
    const dead = [0, 1, 2, 3, 4].filter((k) => units.every((image) => image[k]! <= 0));
    expect(dead).toContain(0);
    expect(relu.dead).toBeCloseTo(dead.length / 5);
    expect(hidden!.weight).toBeCloseTo(norm([...of('hidden.weight'), ...of('hidden.bias')]), 3);
    const change = before.flatMap((old, k) =>
      [...[of('hidden.weight'), of('hidden.bias')][k]!].map((v, j) => v - old[j]!),
    );
    expect(hidden!.update! / (norm(change) / hidden!.weight!)).toBeCloseTo(1, 3);
    const gradients = trainer.gradients(train);
    const gradient = norm([...gradients.get('next.weight')!, ...gradients.get('next.bias')!]);
    expect(next!.gradient! / gradient).toBeCloseTo(1, 3);
    expect(Object.keys(layers!)).toHaveLength(6);
    expect(layers!['logits.tanh']!.saturated).toBeTypeOf('number');
  });

  it('looks often at first, then once for a hundred times the images it looks at', async () => {
    const looked = async (size: number, steps: number) => {
      const { look } = await watched(size);
      return Array.from({ length: steps }, (_, k) => k + 1).filter((step) => look(step));
    };
    expect(await looked(10, 210)).toEqual([1, 2, 4, 8, 16, 32, 64, 100, 200]);
    expect(await looked(100, 22)).toEqual([1, 2, 4, 8, 10, 20]);
  });

  it('names the layer with the weights, and what is wrong with it', () => {
    const feeders = feedersOf(elaboration!);
    expect(feeders).toEqual({ 'a.relu': 'hidden', 'logits.tanh': 'next' });
    const fine = { mean: 0, deviation: 1 };
    const layers = {
      'a.relu': { ...fine, dead: 0.915 },
      'logits.tanh': { ...fine, saturated: 0.6 },
      next: { ...fine, weight: 1, gradient: 0 },
      out: { ...fine, weight: 1, gradient: 1, update: 0.2 },
      hidden: { ...fine, weight: 1, gradient: 1, update: 1e-3 },
    };
    expect(watchWarnings({ layers, step: 100 }, feeders).map(({ text }) => text)).toEqual([
      'hidden: 91 % of its units are dead, 0 for every image',
      'next: 60 % of its values are saturated, where the slope is almost 0',
      'next: no gradient reaches its weights',
      'out: a step changes its weights by 20 % of their norm; the learning rate may be too high',
    ]);
    // At the beginning weights change much.
    expect(watchWarnings({ layers: { out: layers.out }, step: 4 })).toEqual([]);
  });
});
