/** @file Several threads leave the very bits of one, in everything that a trainer does. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import { Barrier, CONTROL_INTS } from '../../src/runtime/barrier.ts';
import type { Batch } from '../../src/runtime/trainer-api.ts';
import { importModule, type LoadedModule } from '../support/load-module.ts';
import { classes, LENET, numbers, RESIDUAL, TWO_HEADED } from './networks.ts';

const texts = new Map<string, Promise<string>>();

/** The module of a network, compiled once. */
function textOf(source: string, target: 'js' | 'wasm' = 'wasm'): Promise<string> {
  const key = `${target} ${source}`;
  const text = texts.get(key) ?? compile(source, target);
  texts.set(key, text);
  return text;
}

async function compile(source: string, target: 'js' | 'wasm'): Promise<string> {
  const { elaboration, diagnostics } = compileSource(source, 'test.cnn');
  if (!elaboration) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return (await emitModule(elaboration, { target, maxBatch: 64 })).code;
}

/** The same with all numbers of arrays as one text for all their bits: comparing them one by one takes long. */
function bits(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return createHash('sha256')
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest('hex');
  }
  if (Array.isArray(value)) return value.map(bits);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, bits(part)]));
}

/** Full batches, short ones, ones with fewer blocks than groups, and a single image; as floats and as bytes. */
const COUNTS = [64, 64, 37, 64, 5, 1, 23, 8, 9, 64];

function batchOf(pixels: number, count: number, seed: number): Batch {
  const floats = numbers(count * pixels, seed);
  const images = seed % 2 ? floats : Uint8Array.from(floats, (x) => x * 256);
  return { images, labels: classes(count, 10, seed + 1) };
}

function twoHeaded(count: number, seed: number): Batch {
  const [left, right] = [numbers(count * 64, seed), numbers(count * 64, seed + 1)];
  return { images: { left, right }, labels: { label: classes(count, 4, seed), wanted: numbers(count * 3, seed + 2) } };
}

/** Everything that can be seen of ten steps and what comes after. */
async function history(module: LoadedModule, threads: number, batches: readonly Batch[]) {
  const trainer = await module.createTrainer({ seed: 3, threads });
  try {
    const steps = batches.map((batch) => trainer.step(batch, { lr: 0.01 }));
    const gradients = [...trainer.gradients(batches.at(-1)!)];
    const evaluated = batches.map((batch) => trainer.evaluate(batch));
    const predicted = batches.map(({ images }) => trainer.predict(images));
    const outputs = [...trainer.predictAll(batches[0]!.images)];
    return {
      threads: trainer.threads,
      losses: steps.map(({ loss }) => loss),
      seen: bits({ steps, gradients, evaluated, predicted, outputs, saved: trainer.save() }),
    };
  } finally {
    trainer.dispose();
  }
}

afterEach(() => vi.unstubAllGlobals());

describe.each([
  ['LeNet-5', LENET, (count: number, seed: number) => batchOf(784, count, seed)],
  ['batch norm, residual blocks and dropout', RESIDUAL, (count: number, seed: number) => batchOf(432, count, seed)],
  ['two inputs and two targets', TWO_HEADED, twoHeaded],
])('%s', (_, source, make) => {
  const batches = COUNTS.map((count, k) => make(count, k + 1));

  it('has the same losses, gradients, outputs and checkpoints on one to four threads', async () => {
    const module = await importModule(await textOf(source));
    const alone = await history(module, 1, batches);
    expect(alone.threads).toBe(1);
    expect(alone.losses.every(Number.isFinite)).toBe(true);
    for (const threads of [2, 3, 4]) expect(await history(module, threads, batches)).toEqual({ ...alone, threads });
  });

  it('agrees with JavaScript, which adds up in another order', async () => {
    const [wasm, js] = await Promise.all([
      importModule(await textOf(source)),
      importModule(await textOf(source, 'js')),
    ]);
    const [first, second] = [await history(wasm, 2, batches.slice(0, 3)), await history(js, 2, batches.slice(0, 3))];
    expect(second.threads).toBe(1);
    first.losses.forEach((loss, k) => {
      expect(Math.abs(loss / second.losses[k]! - 1)).toBeLessThan(1e-4);
    });
  });
});

describe('fit', () => {
  it('shuffles, augments, drops and tests alike', async () => {
    const module = await importModule(await textOf(RESIDUAL));
    const split = (count: number, seed: number) => ({
      count,
      images: Uint8Array.from(numbers(count * 432, seed), (x) => x * 256),
      labels: classes(count, 10, seed + 1),
    });
    const data = { shape: [3, 12, 12], train: split(100, 5), test: split(70, 7) };
    const outcomes = [];
    for (const threads of [1, 2, 3]) {
      const trainer = await module.createTrainer({ threads });
      const losses = [];
      for await (const { trainLoss, testLoss } of trainer.fit(data)) losses.push(trainLoss, testLoss);
      outcomes.push({ losses, saved: bits(trainer.save()) });
      trainer.dispose();
    }
    expect(outcomes[0]!.losses.length).toBe(4);
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[2]).toEqual(outcomes[0]);
  });
});

describe('threads', () => {
  it('are no more than the network has groups of blocks', async () => {
    const module = await importModule(await textOf(LENET));
    const trainer = await module.createTrainer({ threads: 100 });
    expect(trainer.threads).toBe(4);
    trainer.dispose();
  });

  it.each([
    ['SharedArrayBuffer', undefined],
    ['crossOriginIsolated', false],
  ])('are one where %s is %s, with the same bits', async (name, value) => {
    const module = await importModule(await textOf(LENET));
    const batches = [batchOf(784, 64, 1), batchOf(784, 30, 2)];
    const { seen } = await history(module, 2, batches);
    vi.stubGlobal(name, value);
    expect(await history(module, 2, batches)).toMatchObject({ threads: 1, seen });
  });

  it('are one where no worker starts, with the same bits', async () => {
    const code = await textOf(LENET);
    const broken = code.replace('begin(workerData', 'missing(workerData');
    expect(broken).not.toBe(code);
    const batches = [batchOf(784, 64, 1)];
    const { seen } = await history(await importModule(code), 2, batches);
    expect(await history(await importModule(broken), 2, batches)).toMatchObject({ threads: 1, seen });
  });

  it('tell what went wrong in one of them, and go on with the next batch', async () => {
    const code = await textOf(LENET);
    // 13 images are two blocks of eight, half a block for each of four groups: then the workers' arithmetic fails.
    const work = 'var cnncWorker=';
    const sabotage = `const { ceil } = Math; Math.ceil = (x) => { if (x * 4 === 2) throw new Error('no blocks today'); return ceil(x); }; ${work}`;
    const trainer = await (await importModule(code.replace(work, sabotage))).createTrainer({ threads: 3 });
    const fresh = await (await importModule(code)).createTrainer({ threads: 1 });
    const good = batchOf(784, 64, 1);
    expect(() => trainer.step(batchOf(784, 13, 3))).toThrow(/^thread [23] failed: no blocks today$/);
    expect(trainer.evaluate(good)).toEqual(fresh.evaluate(good));
    trainer.dispose();
    fresh.dispose();
  });

  it('that have ended are told of, by every later call', async () => {
    const code = await textOf(LENET);
    const dying = code.replace(
      'parentPort.postMessage(message)',
      '{ parentPort.postMessage(message); process.exit(1); }',
    );
    expect(dying).not.toBe(code);
    const { createTrainer, TrainerError } = await importModule(dying);
    const trainer = await createTrainer({ threads: 2 });
    expect(trainer.threads).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const batch = batchOf(784, 64, 1);
    expect(() => trainer.step(batch)).toThrow(TrainerError);
    for (const _ of [1, 2])
      expect(() => trainer.step(batch)).toThrow(
        expect.objectContaining({ code: 'CNN4110', problem: 'thread 1 has ended' }),
      );
    expect(trainer.save().length).toBeGreaterThan(1000);
    trainer.dispose();
  });

  it('that do not come are given up', () => {
    const barrier = new Barrier(new Int32Array(new SharedArrayBuffer(CONTROL_INTS * 4)), 2, 50);
    barrier.begin();
    const started = performance.now();
    expect(barrier.wait()).toBe(false);
    expect(performance.now() - started).toBeGreaterThan(49);
  });

  it('end with dispose, also while `fit` runs', async () => {
    const module = await importModule(await textOf(LENET));
    const trainer = await module.createTrainer({ threads: 2 });
    const split = { ...batchOf(784, 64, 1), count: 64 };
    const loop = async () => {
      for await (const _ of trainer.fit({ train: split, test: split } as never, { epochs: 3 })) trainer.dispose();
    };
    await expect(loop()).rejects.toMatchObject({ code: 'CNN4107' });
  });

  it('end with dispose', async () => {
    const module = await importModule(await textOf(LENET));
    const trainer = await module.createTrainer({ threads: 2 });
    trainer.dispose();
    expect(() => trainer.evaluate(batchOf(784, 8, 1))).toThrow(/disposed/);
    trainer.dispose();
  });

  it('do not keep a program alive that has done its work', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cnnc-threads-'));
    try {
      writeFileSync(join(folder, 'lenet.mjs'), await textOf(LENET));
      const program = `import { createTrainer } from './lenet.mjs';
        const trainer = await createTrainer({ threads: 2 });
        const { loss } = trainer.step({ images: new Float32Array(64 * 784), labels: new Uint8Array(64) });
        console.log(trainer.threads, Number.isFinite(loss));`;
      const options = ['--input-type=module', '--eval', program];
      const { stdout, status, stderr } = spawnSync(process.execPath, options, {
        cwd: folder,
        encoding: 'utf8',
        timeout: 20_000,
      });
      expect({ stdout, status, stderr }).toEqual({ stdout: '2 true\n', status: 0, stderr: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
