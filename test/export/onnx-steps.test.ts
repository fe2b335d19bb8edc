/** @file Twenty steps of training in ONNX Runtime have the losses of our trainer. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadModule } from '../../src/check/load-module.ts';
import { initialWeights } from '../../src/cli/initial-weights.ts';
import { emitModule } from '../../src/compile.ts';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { exportOnnxTraining } from '../../src/export/onnx/training.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { openOnnx, type Tensor } from '../support/onnx-runtime.ts';

const STEPS = 20;
const COUNT = 8;

/** A convolution of each kind, norms that keep statistics, and an optimiser that counts steps. */
const SMALL = `network Small {
  input image: [1, 28, 28]
  target label: class(10)

  stem = image -> conv(8, 3x3, stride: 2, pad: 1, bias: false) -> batchnorm -> relu
  deep = stem -> depthwise(3x3, pad: 1, bias: false) -> batchnorm -> relu6 -> conv(8, 1x1)
  logits = (stem + deep) -> conv(16, 3x3, stride: 2, groups: 2) -> batchnorm -> silu -> globalavgpool -> dense(10)

  loss crossentropy(logits, label)
  metric accuracy(logits, label)
}

train Small {
  optimizer adamw(lr: 0.01)
  clip norm(1)
}`;

const example = (name: string) => readFileSync(new URL(`../../examples/${name}.cnn`, import.meta.url), 'utf8');

/** A figure of its own for each class, with noise. */
function batchOf(step: number) {
  const labels = Uint8Array.from({ length: COUNT }, (_, k) => (7 * step + 3 * k) % 10);
  const images = Float32Array.from({ length: COUNT * 784 }, (_, at) => {
    const [k, place] = [Math.floor(at / 784), at % 784];
    const figure = Math.cos(((labels[k]! + 1) * (place % 28)) / 9) * Math.sin(((labels[k]! + 2) * place) / 300);
    return 0.5 + 0.4 * figure + 0.1 * Math.sin(step + at * at);
  });
  return { images, labels };
}

it.each([
  ['lenet', example('lenet'), 0.05],
  ['mlp', example('mlp'), 0.5],
  ['a network with norms', SMALL, 0.01],
])('%s', async (_, text, lr) => {
  const elaboration = elaborated(text);
  const { createTrainer } = await loadModule((await emitModule(elaboration, { program: false })).code);
  const trainer = await createTrainer();
  const { model, states } = exportOnnxTraining(elaboration);
  const session = await openOnnx(writeModel(model));
  let values: Record<string, Tensor> = Object.fromEntries(
    states.map((state) => [state.name, { shape: state.shape, data: initialWeights(state, elaboration.settings.seed) }]),
  );
  const [found, wanted] = [[] as number[], [] as number[]];
  for (let step = 1; step <= STEPS; step++) {
    const { images, labels } = batchOf(step);
    wanted.push((await trainer.step({ images, labels }, { lr })).loss);
    const results = await session.run({
      image: { shape: [COUNT, 1, 28, 28], data: images },
      label: { shape: [COUNT], data: BigInt64Array.from(labels, BigInt) },
      lr: { shape: [], data: [lr] },
      ...(session.inputNames.includes('step') && { step: { shape: [], data: [step] } }),
      ...values,
    });
    found.push(results.loss!.data[0]!);
    values = Object.fromEntries(Object.keys(values).map((name) => [name, results[`${name}.next`]!]));
  }
  trainer.dispose();
  await session.close();
  const apart = found.map((loss, k) => Math.abs(loss - wanted[k]!) / wanted[k]!);
  expect(Math.max(...apart)).toBeLessThan(1e-4);
  expect(wanted.at(-1)).toBeLessThan(wanted[0]! / 1.2);
});
