/** @file The benchmark `webgpu` counts what the module does, and what the compiler says of a step. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { elaborated, emitModule, stepCounts } from '../../bench/device-tools.ts';
import { summaryOf } from '../../src/report/summarize-module.ts';

const text = readFileSync(new URL('../../examples/mlp.cnn', import.meta.url), 'utf8');

it('counts the dispatches, the invocations and the memory of the module that is built', async () => {
  const elaboration = elaborated(text, 'mlp.cnn', {});
  const batch = 8;
  const counts = stepCounts(elaboration, batch);
  const { code } = await emitModule(elaboration, { target: 'webgpu', maxBatch: batch, program: false });
  const programs = code.slice(code.indexOf('const run ='));
  const train = programs.slice(programs.indexOf('  train: {'), programs.indexOf('  evaluate: {'));
  const runs = [...train.matchAll(/run\((\d+), '(\w+)', (\d+)/g)];
  expect(counts.dispatches).toBe(runs.length);
  expect(counts.kernels).toBe(new Set(runs.map(([, shader]) => shader)).size);
  const sizes = runs.map(([, , over, size]) => Number(size) * (over === 'blocks' ? batch : 1)).sort((a, b) => a - b);
  expect(counts.invocations).toEqual({ least: sizes[0], median: sizes[sizes.length >> 1] });
  expect(code).toContain(`length: ${counts.memory / 4}, perImage: `);
  const { forward, backward, update } = summaryOf(elaboration, { batch }).totals.flops;
  expect(counts.flops).toBe(batch * (forward + backward) + update);
});

it('moves at least the images and the parameters, several times each, and grows with the batch', () => {
  const elaboration = elaborated(text, 'mlp.cnn', {});
  const [one, two] = [stepCounts(elaboration, 8), stepCounts(elaboration, 16)];
  const { parameters } = summaryOf(elaboration).totals;
  expect(one.bytesMoved).toBeGreaterThan(4 * (3 * parameters + 8 * 784));
  expect(two.bytesMoved).toBeGreaterThan(one.bytesMoved);
  expect(two.bytesMoved).toBeLessThan(2 * one.bytesMoved);
});

it('reads few lines: neighbours read the same values, or neighbours', () => {
  const source = readFileSync(new URL('../../examples/resnet8.cnn', import.meta.url), 'utf8');
  const { linesPerRead, readsPerOperation } = stepCounts(elaborated(source, 'resnet8.cnn', {}), 16);
  expect(linesPerRead).toBeGreaterThanOrEqual(1);
  expect(linesPerRead).toBeLessThan(2.5);
  expect(readsPerOperation).toBeLessThan(0.5);
});
