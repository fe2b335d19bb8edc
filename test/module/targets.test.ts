/** @file Networks that are no plain classifiers: targets at every pixel, none at all, several inputs, several losses. */

import { describe, expect, it } from 'vitest';
import { compileSource } from '../../src/compile.ts';
import { Random } from '../../src/data/random.ts';
import { layersOf } from '../../src/ir/origin.ts';
import { planModule } from '../../src/plan/plan-module.ts';
import { TRAINER_PROGRAMS } from '../../src/plan/program-graphs.ts';
import { JS_TRAITS } from '../../src/targets/js/target.ts';
import { loadModule } from '../support/load-module.ts';

const SIZE = 8;
const PIXELS = SIZE * SIZE;
const IGNORED = 255;

const train = (name: string, lr = 0.02) => `train ${name} { optimizer adam(lr: ${lr})  batch 16  seed 3 }`;

/** Noise, and at each pixel whether it is dark, middle or bright; some pixels are nobody's. */
function maps(count: number): { images: Float32Array; labels: Uint8Array } {
  const random = new Random(5, 'maps');
  const images = Float32Array.from({ length: count * PIXELS }, () => 2 * random.uniform() - 1);
  const labels = Uint8Array.from(images, (value) => (value < -0.3 ? 0 : value < 0.3 ? 1 : 2));
  for (let k = 0; k < labels.length; k += 7) labels[k] = IGNORED;
  return { images, labels };
}

const segmenter = `network Segmenter {
  input  image: [1, ${SIZE}, ${SIZE}]
  target mask: class(3, [${SIZE}, ${SIZE}], ignore: ${IGNORED})
  scores = image -> conv(8, 3x3, pad: same) -> relu -> conv(3, 1x1)
  loss   crossentropy(scores, mask, weights: [1, 2, 1])
  metric accuracy(scores, mask)
  output probs = softmax(scores)
}
${train('Segmenter')}`;

describe.each(['js', 'wasm'] as const)('a class at every pixel, by %s', (target) => {
  it('is learnt, ignored pixels left out of the loss', async () => {
    const { createTrainer } = await loadModule(segmenter, { target });
    const trainer = await createTrainer();
    const { images, labels } = maps(24);
    for (let step = 0; step < 150; step++) trainer.step({ images, labels });
    const { loss, correct } = trainer.evaluate({ images, labels });
    const probabilities = trainer.predict(images);
    let [sum, weights, hits, counted] = [0, 0, 0, 0];
    labels.forEach((label, k) => {
      if (label === IGNORED) return;
      const image = Math.floor(k / PIXELS);
      const scores = [0, 1, 2].map((c) => probabilities[(image * 3 + c) * PIXELS + (k % PIXELS)]!);
      const weight = label === 1 ? 2 : 1;
      sum -= weight * Math.log(scores[label]!);
      weights += weight;
      hits += scores.indexOf(Math.max(...scores)) === label ? 1 : 0;
      counted++;
    });
    expect(loss).toBeCloseTo(sum / weights, 4);
    expect(correct! / 24).toBeCloseTo(hits / counted, 5);
    expect(hits / counted).toBeGreaterThan(0.9);
  });

  it('must be one of the classes, or the one that is ignored', async () => {
    const { createTrainer } = await loadModule(segmenter, { target });
    const trainer = await createTrainer();
    const { images, labels } = maps(2);
    labels[PIXELS + 5] = 3;
    expect(() => trainer.step({ images, labels })).toThrow(/label 3 of image 1 is not a class of `mask`, 0 to 2/);
  });

  it('gives the loss 0 where all is ignored', async () => {
    const { createTrainer } = await loadModule(segmenter, { target });
    const trainer = await createTrainer();
    const { images, labels } = maps(3);
    expect(trainer.step({ images, labels: labels.fill(IGNORED) })).toEqual({ loss: 0, correct: 0, count: 3 });
  });
});

describe.each(['js', 'wasm'] as const)('signals by %s', (target) => {
  const text = `network Onset {
    input wave: [2, 24]
    target state: class(2, [24])
    x = wave -> conv(6, 3, pad: causal) -> relu -> conv(6, 3, pad: causal, dilation: 2) -> batchnorm -> relu
    y = x -> maxpool(2) -> upsample(2, linear) -> depthwise(3, pad: same)
    scores = concat(x, y) -> conv(2, 1)
    loss crossentropy(scores, state)
    metric accuracy(scores, state)
    output scores
  }
  ${train('Onset')}`;

  it('are taken N x C x L, and learnt place by place', async () => {
    const trainer = await (await loadModule(text, { target })).createTrainer();
    const random = new Random(7, 'signals');
    const images = Float32Array.from({ length: 32 * 48 }, () => 2 * random.uniform() - 1);
    // Whether the first channel was larger than the second two places before.
    const labels = Uint8Array.from({ length: 32 * 24 }, (_, k) => {
      const [image, place] = [Math.floor(k / 24), (k % 24) - 2];
      return place >= 0 && images[image * 48 + place]! > images[image * 48 + 24 + place]! ? 1 : 0;
    });
    for (let step = 0; step < 200; step++) trainer.step({ images, labels });
    expect(trainer.evaluate({ images, labels }).correct! / 32).toBeGreaterThan(0.95);
    expect(trainer.predict(images.subarray(0, 96))).toHaveLength(2 * 48);
    expect(() => trainer.predict(images.subarray(0, 47))).toThrow(/48/);
    expect([...trainer.parameters.keys()].slice(0, 2)).toEqual(['x.conv.weight', 'x.conv.bias']);
    expect(trainer.parameters.get('x.conv.weight')!.shape).toEqual([6, 2, 3]);
  });
});

describe('a loss divided by a sum over labels', () => {
  const memory = (loss: string, maxBatch: number) => {
    const source = segmenter.replace(/loss .*/, loss);
    const plan = planModule({
      elaboration: compileSource(source, 'a.cnn').elaboration!,
      programs: TRAINER_PROGRAMS,
      target: { traits: JS_TRAITS, threads: false },
      maxBatch,
    });
    return plan.memoryLength;
  };

  it('keeps no activations for all images of the batch', () => {
    const weighted = 'loss crossentropy(scores, mask, weights: [1, 2, 1])';
    expect(memory(weighted, 256)).toBe(memory(weighted, 16));
  });
});

const autoencoder = `network Autoencoder {
  input  image: [1, ${SIZE}, ${SIZE}]
  code   = image -> dense(6) -> tanh
  output drawn = code -> dense(${PIXELS})
  loss   mse(drawn, image -> flatten)
}
${train('Autoencoder')}`;

describe.each(['js', 'wasm'] as const)('an autoencoder by %s', (target) => {
  it('learns from images alone', async () => {
    const { createTrainer, network } = await loadModule(autoencoder, { target });
    expect(network.targets).toEqual({});
    const trainer = await createTrainer();
    const images = Float32Array.from({ length: 20 * PIXELS }, (_, k) => Math.sin((k % PIXELS) * (1 + (k % 3))));
    const before = trainer.evaluate({ images }).loss;
    for (let step = 0; step < 100; step++) trainer.step({ images });
    const { loss } = trainer.evaluate({ images });
    const drawn = trainer.predict(images);
    const error = drawn.reduce((sum, value, k) => sum + (value - images[k]!) ** 2, 0) / images.length;
    expect(loss).toBeCloseTo(error, 5);
    expect(loss).toBeLessThan(before / 4);
  });
});

/** Two views through the same layers: Hadsell, Chopra and LeCun 2006, equation 4, with a margin of 1. */
const siamese = `network Siamese {
  input  left: [1, ${SIZE}, ${SIZE}]
  input  right: [1, ${SIZE}, ${SIZE}]
  target same: [1]
  embed    = conv(4, 3x3)
  project  = dense(3)
  a        = left -> embed -> tanh -> project
  b        = right -> embed -> tanh -> project
  square   = sum((a - b)^2)
  distance = sqrt(square + 1e-6)
  loss     mean(same * square + (1 - same) * relu(1 - distance)^2) / 2
  output   embedding = a
  output   gap = a - b
}
${train('Siamese')}`;

describe.each(['js', 'wasm'] as const)('two inputs by %s', (target) => {
  const count = 20;
  const random = new Random(2, 'pairs');
  const left = Float32Array.from({ length: count * PIXELS }, () => random.uniform());
  const right = left.map((value, k) => (k < (count / 2) * PIXELS ? 1 - value : value));
  const same = Float32Array.from({ length: count }, (_, n) => (n < count / 2 ? 0 : 1));

  it('are given by name, and learn to tell pairs apart', async () => {
    const { createTrainer } = await loadModule(siamese, { target });
    const trainer = await createTrainer();
    const batch = { images: { left, right }, labels: same };
    for (let step = 0; step < 200; step++) trainer.step(batch);
    expect(trainer.step(batch).loss).toBeLessThan(0.05);
    // Equal pictures go through equal weights.
    expect([...trainer.predict({ left, right }).slice(-3)]).toEqual([
      ...trainer.predict({ left: right, right: left }).slice(-3),
    ]);
  });

  it('put out all that is asked for', async () => {
    const { createTrainer, network } = await loadModule(siamese, { target, maxBatch: 12 });
    const trainer = await createTrainer();
    const images = { left: left.slice(0, 12 * PIXELS), right: right.slice(0, 12 * PIXELS) };
    const all = trainer.predictAll(images);
    expect([...all.keys()]).toEqual(Object.keys(network.outputs));
    expect(all.get('embedding')).toEqual(trainer.predict(images));
    const mirrored = trainer.predictAll({ left: images.right, right: images.left });
    const other = mirrored.get('embedding')!;
    all.get('gap')!.forEach((gap, k) => {
      expect(gap).toBeCloseTo(all.get('embedding')![k]! - other[k]!, 5);
    });
  });

  it('are both needed', async () => {
    const { createTrainer } = await loadModule(siamese, { target });
    const trainer = await createTrainer();
    expect(() => trainer.step({ images: left, labels: same })).toThrow(/`left` is not there; pass a typed array/);
    expect(() => trainer.step({ images: { left }, labels: same } as never)).toThrow(
      /`right` is not there; pass a typed array/,
    );
    const short = { left, right: right.subarray(PIXELS) };
    expect(() => trainer.step({ images: short, labels: same })).toThrow(/`right` holds 1216 values, not 1280/);
  });
});

/** A head in the middle helps training and puts out nothing: Szegedy et al. 2015. */
const helped = (loss: string) => `network Helped {
  input  image: [1, ${SIZE}, ${SIZE}]
  target label: class(4)
  target size: [2]
  stem   = image -> conv1: conv(4, 3x3) -> relu
  logits = stem -> conv2: conv(4, 3x3) -> relu -> main: dense(4)
  early  = stem -> side: dense(4)
  extent = stem -> sizes: dense(2)
  loss   ${loss}
  output probs = softmax(logits)
}
${train('Helped')}`;

describe.each(['js', 'wasm'] as const)('a weighted sum of losses by %s', (target) => {
  const random = new Random(4, 'helped');
  const images = Float32Array.from({ length: 12 * PIXELS }, () => random.uniform());
  const labels = {
    label: Int32Array.from({ length: 12 }, (_, n) => n % 4),
    size: Float32Array.from({ length: 24 }, () => random.uniform()),
  };
  const run = async (early: number, size: number) => {
    const loss = `crossentropy(logits, label) + ${early} * crossentropy(early, label) + ${size} * mse(extent, size)`;
    const trainer = await (await loadModule(helped(loss), { target })).createTrainer({ seed: 1 });
    return { loss: trainer.evaluate({ images, labels }).loss, gradients: trainer.gradients({ images, labels }) };
  };

  it('is linear in the weights, and so are its gradients', async () => {
    const [both, early, size, mixed] = [await run(1, 1), await run(3, 1), await run(1, 3), await run(0.3, 0.5)];
    const expected = (b: number, e: number, s: number) => b - 0.35 * (e - b) - 0.25 * (s - b);
    expect(mixed.loss).toBeCloseTo(expected(both.loss, early.loss, size.loss), 4);
    for (const [name, values] of mixed.gradients)
      values.forEach((value, k) => {
        const [b, e, s] = [both, early, size].map(({ gradients }) => gradients.get(name)![k]!) as [
          number,
          number,
          number,
        ];
        expect(value, `${name}[${k}]`).toBeCloseTo(expected(b, e, s), 4);
      });
    // The heads reach what they stand on and nothing else.
    expect([...mixed.gradients.keys()]).toContain('side.weight');
    const far = Math.max(
      ...mixed.gradients.get('main.weight')!.map((g, k) => Math.abs(g - both.gradients.get('main.weight')![k]!)),
    );
    expect(far).toBeLessThan(1e-6);
    expect(mixed.gradients.get('conv1.weight')).not.toEqual(both.gradients.get('conv1.weight'));
  });

  it('holds images out for validation with all their labels', async () => {
    const loss = 'crossentropy(logits, label) + crossentropy(early, label) + mse(extent, size)';
    const trainer = await (await loadModule(helped(loss), { target })).createTrainer();
    const train = { images, labels, count: 12 };
    const { value: result } = await trainer
      .fit({ train, test: train }, { validation: 0.25, epochs: 1, lr: 1e-12 })
      .next();
    // With the weights standing still, the mean of 9 images and that of the other 3 make the mean of all.
    expect((9 * result!.trainLoss + 3 * result!.validationLoss!) / 12).toBeCloseTo(result!.testLoss, 5);
    expect(result!.validationLoss).not.toBeCloseTo(result!.testLoss, 3);
  });

  it('predicts without what stands on the side', () => {
    const { elaboration } = compileSource(
      helped('crossentropy(logits, label) + crossentropy(early, label) + mse(extent, size)'),
      'a.cnn',
    );
    const { programs } = planModule({
      elaboration: elaboration!,
      programs: TRAINER_PROGRAMS,
      target: { traits: JS_TRAITS, threads: false },
      maxBatch: 8,
    });
    const layers = ({ lowered }: typeof programs.evaluate) =>
      new Set(
        lowered.phases.flatMap(({ kernels }) =>
          kernels.flatMap(({ nodes }) => nodes.map(({ origins }) => layersOf(origins))),
        ),
      );
    expect([...layers(programs.evaluate)]).toEqual(expect.arrayContaining(['main', 'side', 'sizes']));
    // The exponentials of the softmax are those of the loss.
    expect([...layers(programs.predict)].sort()).toEqual([
      ...['conv1, stem.relu', 'conv2, logits.relu', 'loss', 'main', 'probs'],
    ]);
  });

  it('takes each target by name', async () => {
    const { createTrainer } = await loadModule(
      helped('crossentropy(logits, label) + crossentropy(early, label) + mse(extent, size)'),
      {
        target,
      },
    );
    const trainer = await createTrainer();
    expect(() => trainer.step({ images, labels: { label: labels.label } } as never)).toThrow(
      /`size` is not there; pass a typed array/,
    );
  });
});
