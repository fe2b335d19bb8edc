/** @file A module that takes few images at a time computes as many at once, and learns what one of eight lanes does. */
import { expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import { importModule } from '../support/load-module.ts';

const TEXT = `network Small {
  input image: [2, 9, 9]
  target label: class(3)
  scores = image -> conv(5, 3x3) -> batchnorm -> relu -> maxpool(2) -> dense(3)
  loss crossentropy(scores, label)
}`;

it('a module for at most four images has four lanes, and the losses of one with eight', async () => {
  const { elaboration } = compileSource(TEXT, 'small.cnn');
  const images = Float32Array.from({ length: 3 * 162 }, (_, k) => Math.sin(k) + 0.5);
  const losses = [];
  for (const [maxBatch, lanes] of [
    [4, 4],
    [5, 8],
  ] as const) {
    const { code, plan } = await emitModule(elaboration!, { program: false, maxBatch });
    expect(plan.traits.lanes).toBe(lanes);
    const trainer = await (await importModule(code)).createTrainer({ seed: 2 });
    const found = [];
    for (const count of [3, 1, 2]) {
      const batch = {
        images: images.subarray(0, count * 162),
        labels: Int32Array.from({ length: count }, (_, k) => k),
      };
      found.push((await trainer.step(batch, { lr: 0.1 })).loss);
    }
    losses.push(found);
  }
  for (const [k, loss] of losses[0]!.entries()) expect(loss).toBeCloseTo(losses[1]![k]!, 5);
});
