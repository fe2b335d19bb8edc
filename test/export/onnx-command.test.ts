/** @file `cnnc export --to onnx`: the file predicts what a module predicts, with weights of its own or given ones. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadModule, type TrainerModule } from '../../src/check/load-module.ts';
import { emitModule } from '../../src/compile.ts';
import { openArchive } from '../../src/data/archive.ts';
import { readElements, readHeader } from '../../src/data/npy.ts';
import type { Trainer } from '../../src/runtime/trainer-api.ts';
import { tiny } from '../cli/networks.ts';
import { run } from '../cli/recorder.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { runOnnx, type Tensor } from '../support/onnx-runtime.ts';
import { COUNT, expectEqual } from './onnx-oracle.ts';

const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.cache', 'cnnc-onnx-'));
const at = (name: string) => join(folder, name);
const images = Float32Array.from({ length: COUNT * 784 }, (_, k) => Math.sin(k * k));
let createTrainer: TrainerModule['createTrainer'];
let trainer: Trainer;

beforeAll(async () => {
  writeFileSync(at('tiny.cnn'), tiny);
  const { code } = await emitModule(elaborated(tiny), { program: false });
  ({ createTrainer } = await loadModule(code));
  trainer = await createTrainer();
});

afterAll(() => {
  trainer.dispose();
  rmSync(folder, { recursive: true });
});

const predicted = async (file: string) => {
  const { probs } = await runOnnx(readFileSync(at(file)), { image: { shape: [COUNT, 1, 28, 28], data: images } });
  return { probs: probs!.data };
};

it('writes the weights that training starts from', async () => {
  const { status, err } = await run(['export', at('tiny.cnn'), '--to', 'onnx', '-o', at('tiny.onnx')]);
  expect([status, err]).toEqual([
    0,
    `${at('tiny.onnx')}: Tiny for ONNX, initial weights; \`--weights\` names others\n`,
  ]);
  expectEqual(await predicted('tiny.onnx'), { probs: trainer.predict(images) });
});

it('writes the weights that are given', async () => {
  trainer.step({ images, labels: Uint8Array.of(1, 2, 3) });
  writeFileSync(at('tiny.safetensors'), trainer.save());
  const args = ['export', at('tiny.cnn'), '--to', 'onnx', '--weights', at('tiny.safetensors'), '--batch', `${COUNT}`];
  expect((await run([...args, '-o', at('given.onnx')])).err).toContain(`weights from ${at('tiny.safetensors')}`);
  expectEqual(await predicted('given.onnx'), { probs: trainer.predict(images) });
});

it('writes a step of training that trains as ours does', async () => {
  const { err } = await run(['export', at('tiny.cnn'), '--to', 'onnx', '--train', '-o', at('step.onnx')]);
  expect(err).toContain(`${at('step.npz')}: its 8 states, initial weights`);
  const archive = await openArchive(at('step.npz'));
  let states: Record<string, Tensor> = {};
  for (const [member, place] of archive.members) {
    const header = await readHeader(place, 'step.npz', member);
    const { values } = await readElements(header);
    states[member.replace(/\.npy$/, '')] = { shape: header.shape, data: values as Float32Array };
  }
  await archive.close();
  const fresh = await createTrainer();
  const label = { shape: [COUNT], data: BigInt64Array.of(1n, 2n, 3n) };
  const image = { shape: [COUNT, 1, 28, 28], data: images };
  const losses: number[] = [];
  const wanted: number[] = [];
  for (let step = 1; step <= 5; step++) {
    const inputs = { image, label, lr: { shape: [], data: [0.1] }, ...states };
    const results = await runOnnx(readFileSync(at('step.onnx')), inputs);
    losses.push(results.loss!.data[0]!);
    states = Object.fromEntries(Object.entries(states).map(([name]) => [name, results[`${name}.next`]!]));
    wanted.push((await fresh.step({ images, labels: Uint8Array.of(1, 2, 3) })).loss);
  }
  fresh.dispose();
  expectEqual({ losses }, { losses: wanted });
  expect(losses[4]).toBeLessThan(losses[0]!);
});

it('has options that other tools have not', async () => {
  const { status, err } = await run(['export', at('tiny.cnn'), '--to', 'pytorch', '--fold', '-o', at('tiny.py')]);
  expect([status, err]).toEqual([2, expect.stringContaining("option '--fold' is for '--to onnx'")]);
});
