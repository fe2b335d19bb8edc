/** @file What is drawn of a network's inside: the saliency against differences of the loss, maps against its output. */
import { describe, expect, it } from 'vitest';
import { examineRun } from '../../src/check/examine-run.ts';
import { loadModule } from '../../src/check/load-module.ts';
import { Looker } from '../../src/check/look-inside.ts';
import { compileSource, emitModule } from '../../src/compile.ts';
import { shrink, toBytes } from '../../src/report/bytes.ts';
import type { PictureInside } from '../../src/report/run-report.ts';

const text = `network Net {
  input image: [2, 5, 4]
  target label: class(3)
  maps = image -> conv1: conv(3, 3x3, pad: same) -> tanh
  logits = maps -> flatten -> dense(3)
  loss crossentropy(logits, label)
  output first = maps
}
train Net { normalize mean: [0.5, 0.25], std: [0.5, 2] }`;

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

describe('looking inside', () => {
  it('gives the gradient of the loss by each pixel, and the maps of the layers', async () => {
    const { elaboration } = compileSource(text, 'net.cnn');
    const { createTrainer } = await loadModule((await emitModule(elaboration!)).code);
    const trainer = await createTrainer({ seed: 3 });
    const images = Float32Array.from({ length: 40 }, (_, k) => Math.sin(k * k) / 2 + 0.5);
    const batch = { images, labels: Int32Array.of(1), count: 1, kept: Int32Array.of(0) };
    const { saliency, layers } = new Looker(elaboration!, 10_000).look(trainer, batch);

    const loss = (at: number, by: number) => {
      const moved = images.slice();
      moved[at]! += by;
      return trainer.evaluate({ ...batch, images: moved }).loss;
    };
    const slopes = Array.from({ length: 40 }, (_, at) => Math.abs(loss(at, 0.05) - loss(at, -0.05)));
    const expected = toBytes(Array.from({ length: 20 }, (_, at) => Math.max(slopes[at]!, slopes[at + 20]!)));
    const found = bytesOf(saliency!.bytes);
    expect([saliency!.height, saliency!.width]).toEqual([5, 4]);
    for (const [at, byte] of found.entries()) expect(Math.abs(byte - expected[at]!), `pixel ${at}`).toBeLessThan(8);

    const maps = layers.find(({ operator }) => operator === 'tanh')!;
    expect([maps.planes, maps.height, maps.width]).toEqual([3, 5, 4]);
    const own = toBytes(trainer.predictAll(images).get('first')!);
    for (const [at, byte] of bytesOf(maps.bytes).entries()) expect(Math.abs(byte - own[at]!)).toBeLessThanOrEqual(1);
  });

  it('draws signals as lines: the examples, what the loss depends on in them, and each channel of a layer', async () => {
    const { elaboration } = compileSource(
      `network Net {
  input wave: [2, 200]
  target label: class(3)
  logits = wave -> conv(5, 3, pad: same) -> relu -> globalavgpool -> dense(3)
  loss crossentropy(logits, label)
  output logits
}`,
      'net.cnn',
    );
    const { createTrainer } = await loadModule((await emitModule(elaboration!)).code);
    const trainer = await createTrainer({ seed: 3 });
    const count = 6;
    const images = Float32Array.from({ length: count * 400 }, (_, k) => Math.sin(k / 9));
    const split = { count, images, labels: Int32Array.from({ length: count }, (_, k) => k % 3) };
    const found = await examineRun({ elaboration: elaboration!, trainer, images: split, part: 'test' });
    expect([found.kind, found.images]).toEqual(['signal', '6 test signals']);
    expect(found.mistakes.about).toContain('of 6 signals are taken for another class');
    // Means of 200 places, of which 128 are drawn, and of both channels alike.
    expect(found.pictures[0]!.drawn).toMatchObject({ lines: true, planes: 2, height: 1, width: 128 });
    const [{ layers, saliency }] = found.insides as [PictureInside];
    expect(saliency).toMatchObject({ lines: true, planes: 1, height: 1, width: 128 });
    expect(layers[0]).toMatchObject({ lines: true, channels: 5, planes: 5, height: 1, width: 128 });
    expect(bytesOf(layers[0]!.bytes).length).toBe(5 * 128);
    expect(found.filters).toMatchObject({ lines: true, filters: 5, each: 1, height: 1, width: 3 });
    expect(layers.at(-1)).toMatchObject({ channels: 1, height: 1, width: 3 });
    expect(layers.at(-1)!.lines).toBeUndefined();
  });

  it('makes maps smaller by means', () => {
    const { values, form } = shrink([1, 3, 5, 7, 1, 3, 5, 7], { planes: 1, height: 2, width: 4 }, 2);
    expect([[...values], form]).toEqual([[2, 6], { planes: 1, height: 1, width: 2 }]);
  });
});
