/** @file `cnnc export --to onnx`: the file predicts what a module predicts, with weights of its own or given ones. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadModule, type TrainerModule } from '../../src/check/load-module.ts';
import { exportNetwork } from '../../src/cli/commands/export.ts';
import { emitModule } from '../../src/compile.ts';
import { openArchive } from '../../src/data/archive.ts';
import { readElements, readHeader } from '../../src/data/npy.ts';
import type { Trainer } from '../../src/runtime/trainer-api.ts';
import { tiny } from '../cli/networks.ts';
import { recorder, run } from '../cli/recorder.ts';
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

it('writes weights beside a model that would be too large, and reads them there', async () => {
  const { terminal, written } = recorder();
  const options = { to: 'onnx', output: at('large.onnx'), largest: 4096 } as const;
  expect(await exportNetwork(at('tiny.cnn'), options, terminal)).toBe(0);
  expect(written.err).toContain(`initial weights; \`--weights\` names others, in ${at('large.onnx.data')}`);
  const beside = readFileSync(at('large.onnx.data'));
  const image = { shape: [COUNT, 1, 28, 28], data: images };
  const inside = readFileSync(at('large.onnx'));
  expect(inside.length).toBeLessThan(beside.length);
  const { probs } = await runOnnx(inside, { image }, [{ path: 'large.onnx.data', data: beside }]);
  const fresh = await createTrainer();
  expectEqual({ probs: probs!.data }, { probs: fresh.predict(images) });
  fresh.dispose();
  const imported = await run(['import', at('large.onnx'), '-o', at('back.cnn')]);
  expect([imported.status, imported.err]).toEqual([0, expect.stringContaining(`${at('back.safetensors')}: `)]);
  await run(['export', at('back.cnn'), '--weights', at('back.safetensors'), '--to', 'onnx', '-o', at('back.onnx')]);
  expectEqual(await predicted('back.onnx'), { probs: probs!.data });
  writeFileSync(at('large.onnx.data'), beside.subarray(0, 4096));
  expect((await run(['import', at('large.onnx'), '-o', at('cut.cnn')])).err).toMatch(
    /CNN4303.*has \d+ bytes, its shape needs/,
  );
  rmSync(at('large.onnx.data'));
  expect((await run(['import', at('large.onnx'), '-o', at('cut.cnn')])).err).toContain('large.onnx.data');
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
