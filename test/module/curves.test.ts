/** @file Whole training runs from the same weights and batches as PyTorch's. */

import { describe, expect, it } from 'vitest';
import { parseSafetensors, tensorValues } from '../../src/runtime/safetensors.ts';
import type { Trainer } from '../../src/runtime/trainer-api.ts';
import { type Checksum, CURVES, type CurveFile, type CurveRun, curveFile } from '../oracle/cases.ts';
import { expectSame } from '../oracle/compare.ts';
import { imageBatch, initialParameter } from '../oracle/inputs.ts';
import { loadModule } from '../support/load-module.ts';

function runs(): [string, CurveFile, CurveRun][] {
  return CURVES.flatMap((name) => {
    const file = curveFile(name);
    return file.runs.map((run): [string, CurveFile, CurveRun] => [`${name}, ${run.name}`, file, run]);
  });
}

function savedTensors(trainer: Trainer): Map<string, Float32Array> {
  const tensors = parseSafetensors(trainer.save()).tensors;
  return new Map([...tensors].map(([name, tensor]) => [name, tensorValues(name, tensor)]));
}

function expectChecksums(
  wanted: Readonly<Record<string, Checksum>>,
  valuesOf: (name: string) => Float32Array | undefined,
): void {
  for (const [name, { first, sumOfSquares }] of Object.entries(wanted)) {
    const values = valuesOf(name)!;
    const norm = Math.sqrt(sumOfSquares);
    const found = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    expect(Math.abs(found - norm), `norm of ${name}: ${found}, PyTorch ${norm}`).toBeLessThan(1e-3 * norm + 1e-7);
    first.forEach((value, k) => {
      expect(Math.abs(values[k]! - value), `${name}[${k}]`).toBeLessThan(1e-3 * norm + 1e-7);
    });
  }
}

describe.each(['js', 'wasm'] as const)('training follows PyTorch by %s', (target) => {
  it.each(runs())('%s', async (_, file, run) => {
    const module = await loadModule(run.source, { target });
    const trainer = await module.createTrainer({ seed: 1 });
    expect(module.network.parameters.map(({ name }) => name).sort()).toEqual(
      file.parameters.map(({ name }) => name).sort(),
    );
    for (const rule of file.parameters) trainer.parameters.get(rule.name)!.data.set(initialParameter(rule));
    for (let step = 0; step < run.batches.length; step++) {
      const { loss } = await trainer.step(imageBatch(file.images, step, run.batches[step]!));
      const wanted = run.losses64[step]!;
      expect(Math.abs(loss - wanted) / wanted, `loss of step ${step + 1}: ${loss}, PyTorch ${wanted}`).toBeLessThan(
        1e-4,
      );
    }
    expectChecksums(run.final, (name) => trainer.parameters.get(name)?.data);
    const saved = savedTensors(trainer);
    for (const [name, { data }] of Object.entries(run.buffers))
      expectSame([...saved.get(name)!], [...data], 1e-3, name);
    const { evaluation } = run;
    const batch = imageBatch(file.images, evaluation.batch, evaluation.count);
    const found = await trainer.evaluate(batch);
    expect(found.correct).toBeCloseTo(evaluation.correct, 6);
    expect(found.loss).toBeCloseTo(evaluation.loss, 3);
    expectSame([...(await trainer.predict(batch.images))], [...evaluation.probabilities.data], 1e-3, 'probabilities');
    trainer.dispose();
  });

  it.each(runs())('the first gradients of %s', async (_, file, run) => {
    const trainer = await (await loadModule(run.source, { target })).createTrainer({ seed: 1 });
    for (const rule of file.parameters) trainer.parameters.get(rule.name)!.data.set(initialParameter(rule));
    const gradients = await trainer.gradients(imageBatch(file.images, 0, run.batches[0]!));
    expectChecksums(run.firstGradients, (name) => gradients.get(name));
    trainer.dispose();
  });
});
