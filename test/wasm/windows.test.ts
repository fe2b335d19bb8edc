/** @file A network of every kind of window, norm and random layer, trained by modules of both targets. */
import { expect, it } from 'vitest';
import type { EmitOptions } from '../../src/compile.ts';
import { imageBatch } from '../oracle/inputs.ts';
import { loadModule } from '../support/load-module.ts';

const SOURCE = `network Windows() {
  input  image: [1, 14, 13]
  target label: class(3)
  a = image -> conv(8, 3x3, pad: same, mode: circular) -> groupnorm(2) -> relu
  b = a -> depthwise(3x3, pad: same, mode: reflect) -> layernorm(axes: channels) -> conv(8, 1x1) -> stochasticdepth(30%)
  c = a + b -> maxpool(3, stride: 2, pad: 1, ceil: true) -> lrn(3) -> spatialdropout(10%)
  d = c -> convtranspose(4, 3x3, stride: 2, pad: 1, output_padding: 1) -> instancenorm(affine: true)
  e = d -> crop([1, 0, 2, 1]) -> pad([0, 1, 2, 0], mode: replicate) -> lppool(2, norm: 3) -> local(6, 3x3, pad: 1)
  f = e -> layernorm -> adaptiveavgpool(4x3) -> dense(3)
  g = e -> adaptivemaxpool(3x4) -> globalmaxpool -> dense(3)
  logits = f + g
  loss   crossentropy(logits, label)
  output logits
}
train Windows { optimizer sgd(lr: 0.02, momentum: 0.9) }`;

async function losses(options: EmitOptions): Promise<number[]> {
  const { createTrainer } = await loadModule(SOURCE, options);
  const trainer = await createTrainer({ seed: 3, relaxedSimd: false });
  const found: number[] = [];
  // 11 images: neither blocks of 4 nor of 8 are full.
  for (let step = 0; step < 20; step++)
    found.push((await trainer.step(imageBatch({ shape: [1, 14, 13], classes: 3, seed: 5, signal: 3 }, step, 11))).loss);
  trainer.dispose();
  return found;
}

it('loses the same by JavaScript and by WebAssembly, and learns', async () => {
  const [js, wasm] = [await losses({ target: 'js' }), await losses({ target: 'wasm' })];
  js.forEach((loss, step) => {
    expect(Math.abs(wasm[step]! - loss) / loss, `step ${step}: ${loss} and ${wasm[step]}`).toBeLessThan(1e-3);
  });
  expect(js.at(-1)!).toBeLessThan(0.7 * js[0]!);
});
