/** @file How many bytes a module that predicts with LeNet has, without weights and with them. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { compileSource, emitPredictor } from '../../src/compile.ts';
import { writeSafetensors } from '../../src/runtime/safetensors.ts';

it('LeNet has at most 11 kB gzipped without weights, 13 kB for many images too, and 144 kB with those of 61,706 parameters as f16', async () => {
  const source = readFileSync(new URL('../../examples/lenet.cnn', import.meta.url), 'utf8');
  const { elaboration } = compileSource(source, 'lenet.cnn');
  const { code, plan } = await emitPredictor(elaboration!, { minify: true, batch: 1 });
  expect(gzipSync(code).length).toBeLessThanOrEqual(11_000);
  const both = await emitPredictor(elaboration!, { minify: true });
  expect(gzipSync(both.code).length).toBeLessThanOrEqual(13_000);
  // As random as the weights of a layer are, their signs and fractions at least.
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  const tensors = plan.state.map(({ name, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const fan = size / (shape[0] ?? 1);
    return { name, shape, data: Float32Array.from({ length: size }, () => (random() + random()) / Math.sqrt(fan)) };
  });
  const weights = writeSafetensors(tensors, {});
  const full = await emitPredictor(elaboration!, { minify: true, weights, weightsAs: 'f16' });
  expect(Buffer.byteLength(full.code)).toBeLessThanOrEqual(144_000);
});
