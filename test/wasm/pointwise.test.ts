/** @file A network of every activation, of broadcasting and of every change of shape, trained by modules of both targets. */
import { expect, it } from 'vitest';
import type { EmitOptions } from '../../src/compile.ts';
import { imageBatch } from '../oracle/inputs.ts';
import { loadModule } from '../support/load-module.ts';

const SOURCE = `block Activations() {
  a = in -> conv(4, 1x1) -> relu6 -> conv(4, 1x1) -> prelu(shared: false) -> conv(4, 1x1) -> elu
  b = a -> conv(4, 1x1) -> selu -> conv(4, 1x1) -> celu(0.5) -> conv(4, 1x1) -> gelu -> conv(4, 1x1) -> mish
  c = b -> conv(4, 1x1) -> hardswish -> conv(4, 1x1) -> softplus -> conv(4, 1x1) -> softsign
  return in + (c -> conv(4, 1x1) -> gelu(approximate: tanh))
}
block Squeeze(narrow) {
  return in * (in -> mean(axes: spatial) -> dense(narrow) -> silu -> dense(in.channels) -> hardsigmoid)
}
block Shuffle() {
  right = in -> split(2, 1) -> conv(in.channels / 2, 3x3, pad: same, groups: in.channels / 2) -> relu
  return concat(in -> split(2, 0), right) -> channelshuffle(2)
}
network Pointwise(height = 12) {
  input  image: [1, height, 8]
  target label: class(3)
  fine   = image -> conv(4, 3x3, pad: same) -> Activations -> Squeeze(2)
  low    = fine -> maxpool(2) -> Shuffle -> repeat(2) Squeeze(3)
  up     = concat(fine, low -> upsample(2, bilinear), low -> upsample(2)) -> conv(4, 3x3, pad: same) -> relu
  tall   = concat(up, up -> slice(0, 4, axis: height, step: 2), axis: height) -> upsample(size: 9x6, mode: bilinear)
  mixed  = tall -> pixelunshuffle(3) -> pixelshuffle(3) -> permute([0, 2, 1]) -> reshape([12, 9, 2])
  places = mixed / (1 + abs(mixed -> sum(axes: channels, keepdims: true)))
  spread = ((mixed -> variance(axes: spatial)) + 0.01) ^ 0.5 + exp(0.1 * (places -> mean(axes: spatial)))
  logits = (max(spread, 0.01) ^ 1.5 - log(1 + spread) -> dense(3)) + (places -> tanh -> dense(3))
  loss   crossentropy(logits, label)
  output scores = logsoftmax(logits)
}
train Pointwise { optimizer adam(lr: 0.01) }`;

async function trained(options: EmitOptions): Promise<{ losses: number[]; scores: number[] }> {
  const { createTrainer } = await loadModule(SOURCE, options);
  const trainer = await createTrainer({ seed: 3, relaxedSimd: false });
  const losses: number[] = [];
  // 11 images: neither blocks of 4 nor of 8 are full.
  const batch = imageBatch({ shape: [1, 12, 8], classes: 3, seed: 5, signal: 3 }, 0, 11);
  for (let step = 0; step < 30; step++) losses.push((await trainer.step(batch)).loss);
  const scores = [...(await trainer.predict(batch.images))];
  trainer.dispose();
  return { losses, scores };
}

it('learns, and loses the same by JavaScript and by WebAssembly', async () => {
  const [js, wasm] = [await trained({ target: 'js', minify: true }), await trained({ target: 'wasm' })];
  js.losses.forEach((loss, step) => {
    expect(Math.abs(wasm.losses[step]! - loss) / loss, `step ${step}`).toBeLessThan(1e-3);
  });
  expect(js.losses.at(-1)!).toBeLessThan(0.7 * js.losses[0]!);
  js.scores.forEach((score, k) => {
    expect(wasm.scores[k]!).toBeCloseTo(score, 2);
  });
});
