/** @file What is drawn of a network's inside: the saliency against differences of the loss, maps against its output. */
import { describe, expect, it } from 'vitest';
import { loadModule } from '../../src/check/load-module.ts';
import { Looker } from '../../src/check/look-inside.ts';
import { compileSource, emitModule } from '../../src/compile.ts';
import { shrink, toBytes } from '../../src/report/bytes.ts';

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

  it('makes maps smaller by means', () => {
    const { values, form } = shrink([1, 3, 5, 7, 1, 3, 5, 7], { planes: 1, height: 2, width: 4 }, 2);
    expect([[...values], form]).toEqual([[2, 6], { planes: 1, height: 1, width: 2 }]);
  });
});
