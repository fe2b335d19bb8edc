/** @file Steps that would leave infinity or NaN behind: they are stopped before the update, by both targets. */

import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { EmitOptions } from '../../src/compile.ts';
import type { Trainer } from '../../src/runtime/trainer-api.ts';
import { encodeModule } from '../../src/targets/wasm/encoder.ts';
import { largestMagnitude } from '../../src/targets/wasm/largest.ts';
import { loadModule } from '../support/load-module.ts';

const source = readFileSync(new URL('./inputs/nan-gradient.cnn', import.meta.url), 'utf8');
const images = (count: number, pixels: number, value: number) => new Float32Array(count * pixels).fill(value);

async function refusal(action: () => unknown): Promise<{ code?: string; message: string }> {
  try {
    await action();
  } catch (error) {
    return error as Error;
  }
  return { message: 'nothing was thrown' };
}

async function firstResult(trainer: Trainer, data: object): Promise<unknown> {
  for await (const result of trainer.fit(data as never)) return result;
  return undefined;
}

/** A layer whose gradient is infinite while the loss is finite, behind one whose gradient is NaN for it. */
const BEHIND = `network Behind {
  input x: [4]
  target label: class(3)
  z = x -> a: dense(4, bias: false, init: zeros)
  logits = sqrt(z) -> b: dense(3)
  loss crossentropy(logits, label)
}`;

const STATISTICS = `network Statistics {
  input x: [1, 2, 2]
  target label: class(3)
  logits = x -> conv(2, 1x1) -> n: batchnorm -> flatten -> dense(3)
  loss crossentropy(logits, label)
}`;

/** The gradient is the input, whatever the parameter is. */
const linear = (optimizer: string) => `network Linear {
  input x: [1]
  y = x -> d: dense(1, bias: false, init: zeros)
  loss mean(y)
  output y
}
train Linear { optimizer ${optimizer} }`;

describe.each(['js', 'wasm'] as const)('%s', (target) => {
  const make = async (text: string) => (await loadModule(text, { target })).createTrainer();

  it('an infinite gradient stops `step` and `fit` and leaves everything as it was', async () => {
    const trainer = await make(source);
    const before = trainer.save();
    const batch = { images: images(64, 784, 0.5) };
    const error = await refusal(() => trainer.step(batch));
    expect(error).toMatchObject({ code: 'CNN4105' });
    expect(error.message).toMatch(/^the gradient of `d\.bias` is not a finite number in step 1;/);
    expect(trainer.save()).toEqual(before);
    expect(await refusal(() => firstResult(trainer, { train: batch }))).toMatchObject({ code: 'CNN4105' });
    expect(trainer.save({ weights: true })).toEqual((await make(source)).save({ weights: true }));
    trainer.parameters.get('d.bias')!.data.set([1, -1]);
    expect(trainer.step(batch).loss).toBeCloseTo(Math.SQRT2, 5);
  });

  it('the parameter nearest to the loss is named', async () => {
    const trainer = await make(BEHIND);
    const error = await refusal(() => trainer.step({ images: images(5, 4, 1), labels: Uint8Array.of(0, 1, 2, 0, 1) }));
    expect(error.message).toMatch(/^the gradient of `a\.weight` is not a finite number in step 1;/);
  });

  it('running statistics that would become infinite are left', async () => {
    const trainer = await make(STATISTICS);
    const before = trainer.save();
    const values = Float32Array.from({ length: 32 }, (_, i) => (i % 3) * 1e20);
    const error = await refusal(() => trainer.step({ images: values, labels: new Uint8Array(8) }));
    expect(error).toMatchObject({ code: 'CNN4105' });
    expect(error.message).toMatch(/`n\.running_var` is not a finite number in step 1;|^the (loss|gradient)/);
    expect(trainer.save()).toEqual(before);
  });

  it.each(['adam(lr: 0.001)', 'adamw(lr: 0.001)', 'rmsprop(lr: 0.001)'])('second moments of %s, too', async (rule) => {
    const trainer = await make(linear(rule));
    trainer.step({ images: images(8, 1, 1) });
    const before = trainer.save();
    const error = await refusal(() => trainer.step({ images: images(8, 1, 1e25) }));
    expect(error.message).toMatch(/^the new value of `optimizer\.\w+\.d\.weight` is not a finite number in step 2;/);
    expect(trainer.save()).toEqual(before);
  });

  it('large numbers that are finite, and a rate that is, are let through; one too large is not', async () => {
    const trainer = await make(linear('sgd(lr: 1)'));
    trainer.step({ images: images(8, 1, 1e25) });
    expect(trainer.parameters.get('d.weight')!.data[0]).toBeCloseTo(-1e25, -20);
    const before = trainer.save();
    expect(await refusal(() => trainer.step({ images: images(8, 1, 1e25) }, { lr: 1e20 }))).toMatchObject({
      code: 'CNN4105',
    });
    expect(trainer.save()).toEqual(before);
  });
});

describe('the hash of a network', () => {
  const text = (layer: string, optimizer: string) => `network Net {
    input x: [4]
    target label: class(3)
    logits = x -> dense(3) -> ${layer}
    loss crossentropy(logits, label)
  }
  train Net { optimizer ${optimizer} }`;
  const hashOf = async (layer: string, optimizer: string, options?: EmitOptions) =>
    (await loadModule(text(layer, optimizer), options)).network.hash;

  it('is that of what is computed, whatever the target, the batch and the optimiser', async () => {
    const hash = await hashOf('relu', 'sgd');
    expect(await hashOf('relu', 'sgd', { target: 'js' })).toBe(hash);
    expect(await hashOf('relu', 'sgd', { maxBatch: 8 })).toBe(hash);
    expect(await hashOf('relu', 'adam')).toBe(hash);
    expect(await hashOf('tanh', 'sgd')).not.toBe(hash);
  });

  it('and the rest of the description cannot be changed', async () => {
    const { network } = await loadModule(text('relu', 'sgd'), { target: 'js' });
    expect(() => Object.assign(network, { maxBatch: 1000 })).toThrow(TypeError);
    expect(() => Object.assign(network.parameters[0]!, { trainable: false })).toThrow(TypeError);
  });
});

it('a page that forbids WebAssembly is told what helps', async () => {
  const compile = vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new WebAssembly.CompileError('not allowed'));
  try {
    const error = await refusal(async () => (await loadModule(source)).createTrainer());
    expect(error).toMatchObject({ code: 'CNN4111' });
    expect(error.message).toContain('wasm-unsafe-eval');
  } finally {
    compile.mockRestore();
  }
});

describe('the largest magnitude', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const exports = [{ name: 'largest', index: 0 }];
  const { bytes } = encodeModule([largestMagnitude()], { exports, memoryPages: 1, shared: false });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { env: { memory } });
  const largest = instance.exports.largest as (from: number, to: number) => number;
  const floats = new Float32Array(memory.buffer);

  it.each([
    [3, 3],
    [-7, 7],
    [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    [Number.NaN, Number.NaN],
    [-1e-45, 1],
  ])('is found wherever it stands: %f', (value, expected) => {
    for (let at = 0; at < 24; at++) {
      floats.fill(0, 0, 24).fill(-1, 1, 24).fill(9, 24, 40);
      floats[0] = 1;
      floats[at] = value;
      expect(largest(0, 96)).toBe(Math.fround(expected));
    }
  });
});
