/**
 * @file Whole training runs on a graphics card from the same weights and batches as PyTorch's, as `test/module/curves.test.ts`
 * has them for the processor. Compiling takes long on a card of software: only where `GPU=all` is set.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { DeviceTrainer } from '../../src/runtime/device-api.ts';
import { type Checksum, CURVES, curveFile } from '../oracle/cases.ts';
import { imageBatch, initialParameter } from '../oracle/inputs.ts';
import { missing, openCard, type Story, type TestCard } from '../support/gpu.ts';

interface Given {
  readonly parameters: readonly (readonly [name: string, values: readonly number[]])[];
  readonly batches: readonly { readonly images: readonly number[]; readonly labels: readonly number[] }[];
}

interface Told {
  readonly losses: readonly number[];
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly buffers: Readonly<Record<string, readonly number[]>>;
  readonly evaluated: number;
  readonly predicted: readonly number[];
}

type Module = { createTrainer(options: object): Promise<DeviceTrainer> };

/** All batches but the last one are steps. */
const run: Story<Given, Told> = async (module: Module, { parameters, batches }, options) => {
  const trainer = await module.createTrainer({ seed: 1, ...options });
  const taken = batches.map(({ images, labels }) => ({
    images: Float32Array.from(images),
    labels: Int32Array.from(labels),
  }));
  const last = taken.pop()!;
  for (const [name, values] of parameters) trainer.parameters.get(name)!.data.set(values);
  await trainer.upload();
  const losses: number[] = [];
  for (const batch of taken) losses.push((await trainer.step(batch)).loss);
  const evaluated = (await trainer.evaluate(last)).loss;
  const predicted = [...(await trainer.predict(last.images))];
  await trainer.download();
  const valuesOf = (states: DeviceTrainer['parameters']) =>
    Object.fromEntries([...states].map(([name, { data }]) => [name, [...data]]));
  const told = {
    losses,
    parameters: valuesOf(trainer.parameters),
    buffers: valuesOf(trainer.buffers),
    evaluated,
    predicted,
  };
  trainer.dispose();
  return told;
};

function expectChecksum(name: string, values: readonly number[], { first, sumOfSquares }: Checksum): void {
  const norm = Math.sqrt(sumOfSquares);
  const found = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  expect(Math.abs(found - norm), `norm of ${name}: ${found}, PyTorch ${norm}`).toBeLessThan(1e-3 * norm + 1e-7);
  first.forEach((value, k) => {
    expect(Math.abs(values[k]! - value), `${name}[${k}]`).toBeLessThan(1e-3 * norm + 1e-7);
  });
}

function expectNear(found: readonly number[], wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  for (const [k, value] of wanted.entries()) expect(found[k]).toBeCloseTo(value, 3);
}

const all = process.env.GPU === 'all';
const skipped = missing ?? (all ? undefined : '`GPU=all` is not set');

describe.skipIf(skipped)(`training follows PyTorch on a graphics card${skipped ? `, skipped: ${skipped}` : ''}`, () => {
  let card: TestCard;

  beforeAll(async () => {
    card = await openCard();
  }, 120_000);

  afterAll(() => card?.close());

  const runs = CURVES.flatMap((name) => {
    const file = curveFile(name);
    return file.runs.map((one) => [`${name}, ${one.name}`, file, one] as const);
  });

  it.each(runs)(
    '%s',
    async (_, file, { source, batches, losses64, final, buffers, evaluation }) => {
      const { elaboration } = compileSource(source, 'curve.cnn');
      const { code } = await emitModule(elaboration!, {
        target: 'webgpu',
        maxBatch: Math.max(...batches, evaluation.count),
      });
      const counted = [
        ...batches.map((count, step) => [step, count] as const),
        [evaluation.batch, evaluation.count] as const,
      ];
      const told = await card.tell(code, run, {
        parameters: file.parameters.map((rule) => [rule.name, [...initialParameter(rule)]] as const),
        batches: counted.map(([step, count]) => {
          const { images, labels } = imageBatch(file.images, step, count);
          return { images: [...(images as Float32Array)], labels: [...labels] };
        }),
      });
      losses64.forEach((wanted, step) => {
        expect(Math.abs(told.losses[step]! - wanted) / wanted, `loss of step ${step + 1}`).toBeLessThan(1e-4);
      });
      for (const [name, wanted] of Object.entries(final)) expectChecksum(name, told.parameters[name]!, wanted);
      for (const [name, { data }] of Object.entries(buffers)) expectNear(told.buffers[name]!, data);
      expect(told.evaluated).toBeCloseTo(evaluation.loss, 3);
      expectNear(told.predicted, evaluation.probabilities.data);
    },
    900_000,
  );
});
