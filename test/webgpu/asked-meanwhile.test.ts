/**
 * @file Whatever a trainer is asked for while `fit` runs, training comes to the same bits: on the processor, in modules for both, on a
 * card; and so do steps that are begun while others are not done.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { DeviceTrainer } from '../../src/runtime/device-api.ts';
import { missing, openCard, type Story, type TestCard } from '../support/gpu.ts';
import { importModule } from '../support/load-module.ts';

const AVERAGED = `network Averaged {
  input x: [6]
  target label: class(3)
  logits = x -> dense(3)
  loss crossentropy(logits, label)
  output logits
}
train Averaged { optimizer adam(lr: 0.05)  average ema(0.9)  batch 16  epochs 3  seed 1 }`;

interface Given {
  readonly asks: boolean;
}

interface Told {
  readonly losses: number[];
  readonly weights: number[];
  readonly tested: number[];
}

type Module = { createTrainer(options: object): Promise<DeviceTrainer> };

const story: Story<Given, Told> = async (module: Module, { asks }, options) => {
  const dataOf = (count: number, value: (k: number) => number) => ({
    images: Float32Array.from({ length: 6 * count }, (_, k) => value(k)),
    labels: Uint8Array.from({ length: count }, (_, k) => k % 3),
  });
  const train = dataOf(80, (k) => Math.sin(k));
  const held = dataOf(40, (k) => Math.cos(k));
  // Whoever learns from these is lost.
  const poison = dataOf(40, () => 1e6);
  const batch = dataOf(16, () => 1e6);
  const trainer = await module.createTrainer({ seed: 1, ...options });
  const losses: number[] = [];
  const answers: Promise<unknown>[] = [];
  const onProgress = ({ step, loss }: { step: number; loss: number }) => {
    losses.push(loss);
    if (!asks) return;
    if (step % 4 === 2) answers.push(Promise.resolve(trainer.test(poison)));
    answers.push(Promise.resolve(trainer.evaluate(batch)), Promise.resolve(trainer.predict(poison.images)));
  };
  let running = true;
  const loop = (async () => {
    while (running && asks) {
      await trainer.evaluate(batch);
      await new Promise((resolve) => setTimeout(resolve));
    }
  })();
  for await (const { trainLoss, testLoss } of trainer.fit({ train, test: held }, { validation: 0.2, onProgress }))
    losses.push(trainLoss, testLoss);
  running = false;
  await loop;
  await Promise.all(answers);
  await trainer.download?.();
  const weights = [...trainer.parameters.values()].flatMap(({ data }) => [...data]);
  // What is asked at once is answered one after the other.
  const tested = asks
    ? await Promise.all([trainer.test(held), trainer.test(train)])
    : [await trainer.test(held), await trainer.test(train)];
  trainer.dispose();
  return { losses, weights, tested: tested.flatMap(({ loss, count }) => [loss, count]) };
};

/** Losses of steps of which some are refused, all begun at once or one after the other. */
const withRefused: Story<{ readonly atOnce: boolean }, string[]> = async (module: Module, { atOnce }, options) => {
  const trainer = await module.createTrainer({ seed: 1, ...options });
  const batches = Array.from({ length: 9 }, (_, n) => ({
    images: Float32Array.from({ length: 6 * 16 }, (_, k) => (n % 4 === 1 ? Number.NaN : Math.sin(n + k))),
    labels: Uint8Array.from({ length: 16 }, (_, k) => k % 3),
  }));
  const step = async (batch: (typeof batches)[number]) => {
    try {
      return `${(await trainer.step(batch)).loss}`;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const told: string[] = [];
  if (atOnce) told.push(...(await Promise.all(batches.map(step))));
  else for (const batch of batches) told.push(await step(batch));
  trainer.dispose();
  return told;
};

async function emit(target: 'wasm' | 'auto' | 'webgpu'): Promise<string> {
  const { elaboration } = compileSource(AVERAGED, 'a.cnn');
  return (await emitModule(elaboration!, { target, maxBatch: 16, program: false })).code;
}

it.each([
  ['wasm', {}],
  ['auto', { device: 'cpu' }],
] as const)('in a module built with `--target %s`', async (target, options) => {
  const module = (await importModule(await emit(target))) as never;
  expect(await story(module, { asks: true }, options)).toEqual(await story(module, { asks: false }, options));
});

describe.skipIf(missing)(`on a graphics card${missing ? `, skipped: ${missing}` : ''}`, () => {
  let card: TestCard;

  beforeAll(async () => {
    card = await openCard();
  }, 120_000);

  afterAll(() => card?.close());

  it('steps behind one that is refused are those that they would have been without it', async () => {
    const code = await emit('webgpu');
    const found = await card.tell(code, withRefused, { atOnce: true });
    expect(found).toEqual(await card.tell(code, withRefused, { atOnce: false }));
    expect(found.filter((loss) => loss === 'CNN4105')).toHaveLength(2);
  }, 120_000);

  it('in a module for graphics cards', async () => {
    const code = await emit('webgpu');
    expect(await card.tell(code, story, { asks: true })).toEqual(await card.tell(code, story, { asks: false }));
  }, 120_000);
});
