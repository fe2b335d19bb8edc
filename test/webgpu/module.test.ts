/**
 * @file Trainer modules on a graphics card against WebAssembly in this process: the same story is told to both. `GPU=all`
 * takes the networks of the benchmark, too, which take long on a card of software.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileSource, emitModule } from '../../src/compile.ts';
import type { DeviceTrainer } from '../../src/runtime/device-api.ts';
import { missing, openCard, type Story, type TestCard } from '../support/gpu.ts';
import { importModule } from '../support/load-module.ts';

/** Batch norm, dropout, a shared block, Adam and means of the weights; evaluated and watched. */
const SMALL = `network Small {
  input  image: [1, 12, 12]
  target label: class(4)
  a      = image -> conv(6, 3x3, pad: same, bias: false) -> batchnorm -> relu -> maxpool(2)
  b      = a -> conv(6, 3x3, pad: same) -> gelu
  code   = (a + b) -> flatten -> dense(12) -> tanh -> dropout(0.2)
  logits = code -> dense(4)
  loss   crossentropy(logits, label)
  metric accuracy(logits, label)
  output probs = softmax(logits)
}
train Small { optimizer adam(lr: 0.01)  clip norm(1)  average ema(0.9)  schedule cosine()  batch 8  seed 3 }`;

/** Little to compile. */
const TINY = `network Tiny {
  input  image: [1, 12, 12]
  target label: class(4)
  logits = image -> flatten -> dense(4)
  loss   crossentropy(logits, label)
  output logits
}
train Tiny { batch 8  seed 3 }`;

interface Given {
  readonly size: number;
  readonly classes: number;
  readonly count: number;
  readonly steps: number;
  /** Images are floats then: what the bytes stand for, so many times. */
  readonly scale?: number;
}

type Module = { createTrainer(options: object): Promise<DeviceTrainer> };

/** Losses of some steps on random images. */
const steps: Story<Given, number[]> = async (module: Module, { size, classes, count, steps, scale }, options) => {
  let state = 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const trainer = await module.createTrainer({ seed: 4, ...options });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const bytes = Uint8Array.from({ length: count * size }, () => 256 * random());
    const images = scale === undefined ? bytes : Float32Array.from(bytes, (byte) => (scale * byte) / 255);
    const labels = Uint8Array.from({ length: count }, () => classes * random());
    losses.push((await trainer.step({ images, labels })).loss);
  }
  trainer.dispose();
  return losses;
};

/** All that a trainer can be asked, as numbers by name. */
const life: Story<Given, Record<string, number[]>> = async (module: Module, { size, classes, count }, options) => {
  let state = 7;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const split = (length: number) => ({
    images: Uint8Array.from({ length: length * size }, () => 256 * random()),
    labels: Uint8Array.from({ length }, () => classes * random()),
  });
  const trainer = await module.createTrainer({ seed: 4, ...options });
  const told: Record<string, number[]> = { losses: [] };
  for (let step = 0; step < 6; step++) told.losses!.push((await trainer.step(split(count - (step % 3)))).loss);
  const held = split(count - 3);
  const { loss, correct } = await trainer.evaluate(held);
  told.evaluated = [loss, correct!];
  told.predicted = [...(await trainer.predict(split(2 * count + 3).images))];
  told.gradients = [...(await trainer.gradients(held)).values()].flatMap((values) => [...values]);
  const saved = await trainer.save();
  const data = { train: split(5 * count + 1), test: split(count + 2) };
  told.epochs = [];
  let inside: Promise<Uint8Array> | undefined;
  const onProgress = ({ step }: { step: number }) => {
    if (step === 9) inside = Promise.resolve(trainer.save());
  };
  for await (const { trainLoss, testLoss, validationLoss } of trainer.fit(data, {
    epochs: 3,
    validation: 0.2,
    onProgress,
  }))
    told.epochs.push(trainLoss, testLoss, validationLoss!);
  await trainer.download?.();
  told.best = [(await trainer.test(data.test)).loss, trainer.run!.bestEpoch!];
  await trainer.load((await inside)!);
  for await (const { trainLoss } of trainer.fit(data)) told.epochs.push(trainLoss);
  await trainer.load(saved);
  told.again = [(await trainer.evaluate(held)).loss];
  await trainer.download?.();
  for (const { data } of trainer.parameters.values()) data.fill(0.01);
  await trainer.upload?.();
  told.flat = [(await trainer.evaluate(held)).loss];
  trainer.dispose();
  return told;
};

/** At zeros, infinities and NaN, and where functions have no value. */
const FUNCTIONS = `network Functions {
  input x: [10]
  target label: class(10)
  logits = x -> dense(10)
  e = exp(x)
  l = log(x)
  r = sqrt(x)
  s = sigmoid(x)
  t = tanh(x)
  g = gelu(x)
  p = softplus(x)
  loss crossentropy(logits, label)
  output e
  output l
  output r
  output s
  output t
  output g
  output p
}`;
const SPECIAL = [0, -0, 1, -1, -2.5, 100, -50, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];

/** As text: values that are not finite are told from others on the way. */
const functionsAt: Story<readonly string[], Record<string, string[]>> = async (module: Module, texts, options) => {
  const trainer = await module.createTrainer({ seed: 4, ...options });
  const found = await trainer.predictAll(Float32Array.from(texts, Number));
  trainer.dispose();
  return Object.fromEntries(
    [...found].map(([name, values]) => [name, [...values].map((value) => value.toPrecision(3))]),
  );
};

/** What is wrong is told with a code, and nothing is spoilt. */
const faults: Story<Given, string[]> = async (module: Module, { size, count }, options) => {
  const codes: string[] = [];
  const told = async (act: () => Promise<unknown>) => {
    try {
      await act();
      codes.push('nothing');
    } catch (error) {
      codes.push(`${(error as { code: string }).code} ${(error as { problem: string }).problem}`);
    }
  };
  let compiled = 0;
  const onCompile = (done: number, all: number) => {
    compiled = done / all;
  };
  const trainer = await module.createTrainer({ seed: 4, ...options, onCompile });
  codes.push(`${compiled} ${trainer.adapter!.software} ${Object.keys(trainer.adapter!.limits).length}`);
  const images = Float32Array.from({ length: count * size }, (_, k) => Math.sin(k));
  const labels = Uint8Array.from({ length: count }, (_, k) => k % 4);
  const before = await trainer.save();
  await told(() => trainer.step({ images: images.map(() => Number.NaN), labels }));
  await told(() => trainer.step({ images: images.map((x) => 3e38 * x), labels }));
  await told(() => trainer.step({ images, labels: labels.map(() => 9) }));
  await told(() => trainer.predict(images.subarray(1)));
  const after = await trainer.save();
  codes.push(`${before.length === after.length && before.every((byte, k) => byte === after[k])}`);
  await told(() => trainer.step({ images, labels }));
  trainer.dispose();
  await told(() => trainer.step({ images, labels }));
  await told(() => module.createTrainer({ device: 'cpu' }));
  await told(() => module.createTrainer({ gpu: { requestAdapter: async () => null } }));
  return codes;
};

async function emit(source: string, target: 'wasm' | 'webgpu', maxBatch: number, minify = false): Promise<string> {
  const { elaboration, diagnostics } = compileSource(source, 'a.cnn');
  if (!elaboration) throw new Error(diagnostics.map(({ message }) => message).join());
  return (await emitModule(elaboration, { target, maxBatch, minify, program: false })).code;
}

const title = missing
  ? `trainer modules on a graphics card, skipped: ${missing}`
  : 'trainer modules on a graphics card';

it('a graphics card has no threads to choose: such options are refused', async () => {
  const { createTrainer } = (await importModule(await emit(TINY, 'webgpu', 8))) as {
    createTrainer(options: object): Promise<unknown>;
  };
  await expect(createTrainer({ threads: 2 })).rejects.toMatchObject({ code: 'CNN4108' });
  await expect(createTrainer({ relaxedSimd: false })).rejects.toMatchObject({ code: 'CNN4108' });
});

describe.skipIf(missing)(title, () => {
  let card: TestCard;
  const small: Given = { size: 144, classes: 4, count: 8, steps: 20 };

  beforeAll(async () => {
    card = await openCard();
  }, 120_000);

  afterAll(() => card?.close());

  const here = async <Told>(source: string, story: Story<Given, Told>, given: Given): Promise<Told> =>
    story((await importModule(await emit(source, 'wasm', given.count))) as never, given, {});

  it('are asked all that a trainer can be asked, and answer as those of WebAssembly do', async () => {
    const [found, wanted] = [
      await card.tell(await emit(SMALL, 'webgpu', small.count), life, small),
      await here(SMALL, life, small),
    ];
    expect(Object.keys(found)).toEqual(Object.keys(wanted));
    for (const [name, values] of Object.entries(wanted)) {
      expect(found[name]!.length, name).toBe(values.length);
      values.forEach((value, k) => {
        expect(Math.abs(found[name]![k]! - value), `${name} ${k}`).toBeLessThan(2e-4 * Math.max(1, Math.abs(value)));
      });
    }
  }, 120_000);

  it('have the values of functions that graphics cards compute loosely', async () => {
    const special = SPECIAL.map((x) => (Object.is(x, -0) ? '-0' : `${x}`));
    const found = await card.tell(await emit(FUNCTIONS, 'webgpu', 8), functionsAt, special);
    const wanted = await functionsAt((await importModule(await emit(FUNCTIONS, 'wasm', 8))) as never, special, {});
    expect(found).toEqual(wanted);
  }, 120_000);

  it('tell what is wrong', async () => {
    // Minified, so that its kernels are packed.
    const told = await card.tell(await emit(TINY, 'webgpu', small.count, true), faults, small);
    expect(told).toEqual([
      '1 true 0',
      expect.stringMatching(/^CNN4105 the loss is not a finite number in step 1/),
      expect.stringMatching(/^CNN4105 /),
      expect.stringMatching(/^CNN4103 /),
      expect.stringMatching(/^CNN4101 /),
      'true',
      'nothing',
      expect.stringMatching(/^CNN4107 /),
      expect.stringMatching(/^CNN4108 /),
      expect.stringMatching(/^CNN4160 WebGPU finds no graphics card/),
    ]);
  }, 120_000);

  const BENCH = ['lenet', 'mlp', 'resnet8', 'convnet'];

  it.each(process.env.GPU === 'all' ? BENCH : [])(
    '%s has the losses of WebAssembly for twenty steps',
    async (name) => {
      const source = readFileSync(`examples/${name}.cnn`, 'utf8');
      const { inputs } = compileSource(source, 'a.cnn').elaboration!.training;
      const given = { size: inputs[0]!.shape.reduce((a, b) => a * b, 1), classes: 10, count: 16, steps: 20 };
      const found = await card.tell(await emit(source, 'webgpu', 16), steps, given);
      const wanted = await here(source, steps, given);
      // Training lets rounding grow: so far does the processor come, if images are rounded otherwise.
      const moved = await here(source, steps, { ...given, scale: 1 + 2 ** -22 });
      wanted.forEach((loss, k) => {
        const rounding = Math.max(...wanted.slice(0, k + 1).map((one, i) => Math.abs(one - moved[i]!)));
        expect(Math.abs(found[k]! - loss)).toBeLessThan(1e-4 * Math.max(1, loss) + 4 * rounding);
      });
    },
    600_000,
  );
});

it('a module for graphics cards says where there is none', async () => {
  const module = await importModule(await emit(TINY, 'webgpu', 8));
  await expect(module.createTrainer()).rejects.toThrow(/there is no WebGPU here/);
});
