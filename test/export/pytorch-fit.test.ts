/**
 * @file Whole runs of exported networks are runs of ours: from the same weights, with the images in the order that ours takes, the same
 * losses in training and in the tests, and the same weights kept. Here is what acts over a run: means of the weights, a momentum that
 * moves, gradients that are accumulated, early stopping.
 */
import { describe, expect, it } from 'vitest';
import { emitModule } from '../../src/compile.ts';
import { Random, shuffle } from '../../src/data/random.ts';
import { exportPytorch } from '../../src/export/pytorch/export.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { importModule } from '../support/load-module.ts';
import { askTwins, python, WITHOUT } from './python.ts';

const [COUNT, BATCH, EPOCHS, SIZE] = [22, 8, 5, 64];

const network = (words: string) => `network Small {
  input image: [1, 8, 8]
  target label: class(3)
  logits = image -> conv(3, 3x3, bias: false) -> batchnorm -> relu -> maxpool(2) -> flatten -> dense(3)
  loss crossentropy(logits, label)
  metric accuracy(logits, label)
  output logits
}
train Small {
  ${words}
  batch ${BATCH}
  epochs ${EPOCHS}
  seed 4
}`;

const STOP = 'stop early(patience: 9, watch: test)';

const RUNS = [
  `optimizer sgd(lr: 0.05, momentum: 0.9) average ema(0.8) ${STOP}`,
  `optimizer adam(lr: 0.01) average ema(60%) accumulate 2 ${STOP}`,
  `optimizer sgd(lr: 0.05, momentum: 0.95, nesterov: true) schedule onecycle(momentum: 0.5) ${STOP}`,
  `optimizer adamw(lr: 0.01, beta1: 0.95) schedule onecycle(momentum: 0.6, along: line, rise: 40%) ${STOP}`,
  `optimizer rmsprop(lr: 0.01, momentum: 0.9) schedule onecycle(warmup: 1 epoch, momentum: 0.3) ${STOP}`,
  'optimizer sgd(lr: 2, momentum: 0.9) stop early(patience: 1, watch: test)',
];

interface Found {
  readonly losses: readonly number[];
  readonly tests: readonly number[];
  /** Of what is kept at the end. */
  readonly kept: number;
}

const images = (() => {
  const random = new Random(5, 'images');
  return Float32Array.from({ length: COUNT * SIZE }, () => random.uniform());
})();
const labels = Uint8Array.from({ length: COUNT }, (_, k) => (k * 7) % 3);

/** That of our `fit`, epoch by epoch. */
const orders = Array.from({ length: EPOCHS }, (_, epoch) => {
  const order = Int32Array.from({ length: COUNT }, (_image, k) => k);
  shuffle(order, new Random(4, `order.${epoch * Math.ceil(COUNT / BATCH)}`));
  return [...order];
});

const base64 = ({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

async function both(words: string) {
  const elaboration = elaborated(network(words));
  const { code } = await emitModule(elaboration, { target: 'js' });
  const trainer = await (await importModule(code)).createTrainer();
  const weights = base64(trainer.save({ weights: true }));
  const split = { count: COUNT, images, labels };
  const epochs: { readonly trainLoss: number; readonly testLoss: number }[] = [];
  for await (const epoch of trainer.fit({ train: split, test: split, shape: [1, 8, 8] })) epochs.push(epoch);
  const kept = trainer.evaluate({ images, labels }).loss;
  trainer.dispose();
  const column = (shape: readonly number[], values: Float32Array) => ({
    shape: [COUNT, ...shape],
    data: base64(values),
  });
  const { patience, optimizer } = elaboration.settings;
  const asked = {
    ...{ text: exportPytorch(elaboration), weights, batch: BATCH, epochs: EPOCHS, lr: optimizer.lr, orders, patience },
    inputs: [column([1, 8, 8], images)],
    targets: [column([], Float32Array.from(labels))],
  };
  return { asked, epochs, kept };
}

describe.skipIf(!python)(`runs in PyTorch (${python ? '' : WITHOUT})`, async () => {
  const cases: Awaited<ReturnType<typeof both>>[] = [];
  if (python) for (const words of RUNS) cases.push(await both(words));
  const answers = python
    ? (askTwins(cases.map(({ asked }) => asked)) as unknown as (Found & { error?: string })[])
    : [];
  const perEpoch = Math.ceil(COUNT / BATCH);
  const close = (found: number, wanted: number, what: string) =>
    expect(Math.abs(found - wanted) / wanted, `${what}: ${found} and ${wanted}`).toBeLessThan(1e-4);

  it.each(RUNS.map((words, k) => [words, k] as const))('%s', (_, k) => {
    const [found, { epochs, kept }] = [answers[k]!, cases[k]!];
    expect(found.error).toBeUndefined();
    expect(found.tests.length).toBe(epochs.length);
    epochs.forEach(({ trainLoss, testLoss }, epoch) => {
      const steps = found.losses.slice(epoch * perEpoch, (epoch + 1) * perEpoch);
      const sum = steps.reduce((total, loss, step) => total + loss * Math.min(BATCH, COUNT - step * BATCH), 0);
      close(sum / COUNT, trainLoss, `training in epoch ${epoch + 1}`);
      close(found.tests[epoch]!, testLoss, `test of epoch ${epoch + 1}`);
    });
    close(found.kept, kept, 'what is kept');
  });
});
