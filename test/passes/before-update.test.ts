/** @file Gradients that are limited and gathered, in whole modules: on both targets, with several threads, and resumed. */
import { expect, it } from 'vitest';
import { drawDigits } from '../../src/data/digits.ts';
import { loadModule } from '../support/load-module.ts';

const source = (train: string) => `
network Small {
  input image: [1, 28, 28]
  target label: class(10)
  logits = image -> conv(4, 3x3, stride: 2) -> batchnorm -> relu -> maxpool(2) -> dense(10)
  loss crossentropy(logits, label)
  output logits
}
train Small { ${train} }`;

const data = drawDigits(48, 10, 1);

async function losses(train: string, target: 'js' | 'wasm', options: { epochs?: number; threads?: number } = {}) {
  const { createTrainer } = await loadModule(source(train), { target });
  const trainer = await createTrainer({ threads: options.threads ?? 1 });
  const found: number[] = [];
  for await (const { trainLoss } of trainer.fit(data, { epochs: options.epochs ?? 3 })) found.push(trainLoss);
  const saved = trainer.save();
  trainer.dispose();
  return { found, saved };
}

const settings = 'optimizer sgd(lr: 0.5, momentum: 0.9) batch 16 clip norm(0.5)';

it('the targets agree, and threads have the same bits', async () => {
  const js = await losses(settings, 'js');
  const wasm = await losses(settings, 'wasm');
  const threads = await losses(settings, 'wasm', { threads: 2 });
  wasm.found.forEach((loss, k) => {
    expect(loss).toBeCloseTo(js.found[k]!, 3);
  });
  expect(threads.found).toEqual(wasm.found);
  expect(wasm.found).not.toEqual((await losses(settings.replace('clip norm(0.5)', ''), 'wasm')).found);
});

it('gathers over the ends of epochs, so a resumed run has the bits of one that was not interrupted', async () => {
  const gathering = 'optimizer adam batch 16 accumulate 2';
  const whole = await losses(gathering, 'wasm');
  const { createTrainer } = await loadModule(source(gathering), { target: 'wasm' });
  const first = await createTrainer();
  const abort = new AbortController();
  const stop = { epochs: 3, signal: abort.signal };
  for await (const { epoch } of first.fit(data, stop)) if (epoch === 1) abort.abort();
  const second = await createTrainer();
  second.load(first.save());
  for await (const _ of second.fit(data));
  expect([...second.save()]).toEqual([...whole.saved]);
});

// With `init ones`, what else starts at 1 is no norm.
it.each(['', 'init ones '])('leaves biases and norms out of the decay where it is told to (%s)', async (init) => {
  const { createTrainer } = await loadModule(
    source(`${init}optimizer sgd(lr: 1e-30, weight_decay: 1e29, decay_norms: false) batch 48`),
    { target: 'js' },
  );
  const trainer = await createTrainer();
  for (const { data: values } of trainer.parameters.values()) values.fill(1);
  const before = new Map([...trainer.parameters].map(([name, { data: values }]) => [name, values.slice()]));
  await trainer.step({ images: data.train.images as Uint8Array, labels: data.train.labels as Uint8Array });
  const shrunk = [...trainer.parameters].filter(([name, { data: values }]) =>
    values.some((v, k) => v !== before.get(name)![k]),
  );
  expect(shrunk.map(([name]) => name)).toEqual(['logits.conv.weight', 'logits.dense.weight']);
});
