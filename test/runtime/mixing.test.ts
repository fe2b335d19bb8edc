/** @file Images that are mixed in pairs: what is drawn, what becomes of pixels and targets, the loss, and a whole step. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomData } from '../../src/check/check-gradients.ts';
import { createExecutor } from '../../src/check/execute-graph.ts';
import { compileSource } from '../../src/compile.ts';
import { beta } from '../../src/data/beta.ts';
import { hash } from '../../src/data/hash.ts';
import { Random, shuffle } from '../../src/data/random.ts';
import { trainingGraph } from '../../src/plan/program-graphs.ts';
import type { InputLayout } from '../../src/runtime/executable.ts';
import type { Augment, Feed } from '../../src/runtime/feed.ts';
import { mixer, mixtureOf } from '../../src/runtime/mix.ts';
import { Stager } from '../../src/runtime/staging.ts';
import { cutmix } from '../../src/training/augmentations/cutmix.ts';
import { flip } from '../../src/training/augmentations/flip.ts';
import { mixup } from '../../src/training/augmentations/mixup.ts';
import { choose } from '../../src/training/word.ts';
import { loadModule } from '../support/load-module.ts';
import { TRAITS } from '../support/run-graph.ts';

const EFFECTS = { mixup: mixup.effect, cutmix: cutmix.effect } as never;

const counted = (seed: number) => {
  let drawn = 0;
  return () => hash(seed, 5, drawn++) / 2 ** 32;
};

describe('the share', () => {
  /** Distribution functions of Beta(α, α) that have a closed form. */
  it.each([
    [0.5, (x: number) => (2 / Math.PI) * Math.asin(Math.sqrt(x))],
    [1, (x: number) => x],
    [2, (x: number) => 3 * x ** 2 - 2 * x ** 3],
    [3, (x: number) => 10 * x ** 3 - 15 * x ** 4 + 6 * x ** 5],
  ])('is of Beta(%d): Kolmogorov and Smirnov', (alpha, distribution) => {
    const count = 20_000;
    const draw = counted(7);
    const shares = Float64Array.from({ length: count }, () => beta(alpha, draw)).sort();
    const farthest = shares.reduce(
      (most, x, k) =>
        Math.max(most, Math.abs(distribution(x) - k / count), Math.abs(distribution(x) - (k + 1) / count)),
      0,
    );
    // Exceeded once in ten thousand times by what is of the distribution.
    expect(farthest * Math.sqrt(count)).toBeLessThan(2.23);
  });

  it.each([0.01, 0.2, 8, 100])('has mean and variance of Beta(%d)', (alpha) => {
    const count = 20_000;
    const draw = counted(11);
    const shares = Array.from({ length: count }, () => beta(alpha, draw));
    const mean = shares.reduce((sum, x) => sum + x, 0) / count;
    const variance = shares.reduce((sum, x) => sum + (x - 0.5) ** 2, 0) / count;
    const expected = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(expected / count));
    expect(variance / expected).toBeCloseTo(1, 1);
    expect(shares.every((x) => x >= 0 && x <= 1)).toBe(true);
  });

  it('is drawn with arithmetic that is the same everywhere', () => {
    const draw = counted(1);
    expect(Array.from({ length: 4 }, () => beta(0.2, draw))).toEqual(
      // Made by this code: no other engine may give anything else.
      [0.6415086550417088, 0.9658498880395506, 0.9065181727476381, 0.8921709084930773],
    );
  });
});

const layout = (
  name: string,
  role: InputLayout['role'],
  shape: readonly number[],
  offset: number,
  more = {},
): InputLayout => {
  return { name, role, shape, offset, blockStride: 0, ...more };
};

const SIZE = { height: 4, width: 5 };
const AREA = 20;

/** An image of three, all of whose pixels are its number, with its targets and weights, staged for one step. */
function staged(words: Augment['mix'], step: number, place = 0) {
  const map = [4, 5];
  const inputs = [
    layout('image', 'image', [1, 4, 5], 0),
    layout('mask', 'target', map, 20, { classes: 9 }),
    layout('mask', 'target', map, 40, { classes: 9, mixed: 'partner' }),
    layout('label', 'target', [], 60, { classes: 9 }),
    layout('label', 'target', [], 61, { classes: 9, mixed: 'partner' }),
    layout('weight', 'weight', [], 62),
    layout('weight', 'weight', [], 63, { mixed: 'own' }),
    layout('weight', 'weight', [], 64, { mixed: 'partner' }),
  ];
  const network = { inputs: { image: [1, 4, 5] }, targets: { mask: {}, label: {} } };
  const memory = new Float32Array(65);
  const parts = { stageMixed: mixer(EFFECTS) };
  const program = { inputs, outputs: [], zero: [], loss: 0, metrics: [] };
  const stager = new Stager({ network: network as never, lanes: 1 }, program as never, memory, 0, parts);
  const images = Float32Array.from({ length: 3 * AREA }, (_, k) => Math.floor(k / AREA) + 1);
  const port = (name: string, values: Float32Array, size: number, classes: number) => {
    return { name, shape: size > 1 ? map : [], size, classes, values };
  };
  const feed: Feed = {
    inputs: [port('image', images, AREA, 0)],
    targets: [port('mask', images, AREA, 9), port('label', Float32Array.of(1, 2, 3), 1, 9)],
    ...{ order: undefined, start: 0, count: 3 },
    augment: { steps: [], ...(words && { mix: words }) },
  };
  stager.stage([0, 1, 2, 3, 4, 5, 6, 7], place, feed, { seed: 3, step });
  const part = (from: number, to: number) => [...memory.subarray(from, to)];
  return { image: part(0, 20), masks: [part(20, 40), part(40, 60)], labels: part(60, 62), weights: part(62, 65) };
}

describe('pixels and targets', () => {
  it.each([0, 1, 2])('of mixup are sums, of maps and classes both: image %d', (place) => {
    const words = { words: [choose(mixup, { alpha: 1 })], size: SIZE };
    for (let step = 0; step < 20; step++) {
      const { share } = mixtureOf(EFFECTS, words, { seed: 3, step });
      const [own, partner] = [place + 1, ((place + 1) % 3) + 1];
      const { image, masks, labels, weights } = staged(words, step, place);
      for (const pixel of image) expect(pixel).toBeCloseTo(share * own + (1 - share) * partner, 5);
      expect(masks).toEqual([Array(AREA).fill(own), Array(AREA).fill(partner)]);
      expect(labels).toEqual([own, partner]);
      expect(weights[0]).toBeCloseTo(1 / 3, 6);
      expect(weights[1]).toBeCloseTo(share / 3, 6);
      expect(weights[2]).toBeCloseTo((1 - share) / 3, 6);
    }
  });

  it('of cutmix are a box of the partner, which maps have too, and the share is that of the pixels', () => {
    const words = { words: [choose(cutmix)], size: SIZE };
    const areas = new Set<number>();
    for (let step = 0; step < 60; step++) {
      const { share, box } = mixtureOf(EFFECTS, words, { seed: 3, step });
      const { image, masks, labels, weights } = staged(words, step);
      const cut = image.filter((pixel) => pixel === 2).length;
      areas.add(cut);
      expect(image.every((pixel) => pixel === 1 || pixel === 2)).toBe(true);
      expect(1 - cut / AREA).toBeCloseTo(share, 9);
      const [top, left, bottom, right] = box!;
      image.forEach((pixel, k) => {
        const [x, y] = [k % 5, Math.floor(k / 5)];
        expect(pixel === 2).toBe(x >= left && x < right && y >= top && y < bottom);
      });
      expect(masks).toEqual([image, image]);
      expect(labels).toEqual(cut ? [1, 2] : [1, 1]);
      expect(weights[2]).toBeCloseTo(cut / AREA / 3, 6);
    }
    expect(areas.size).toBeGreaterThan(4);
  });

  it('are the same as without where nothing is mixed', () => {
    const plain = staged(undefined, 0);
    expect(plain.image).toEqual(Array(AREA).fill(1));
    expect([plain.labels, plain.weights[2]]).toEqual([[1, 1], 0]);
    const words = { words: [choose(mixup, { part: 0.5 })], size: SIZE };
    const mixed = Array.from({ length: 200 }, (_, step) => mixtureOf(EFFECTS, words, { seed: 1, step }).share < 1);
    expect(mixed.filter(Boolean).length).toBeGreaterThan(70);
    expect(mixed.filter(Boolean).length).toBeLessThan(130);
  });

  it('of several words one is chosen for each step', () => {
    const words = { words: [choose(mixup), choose(cutmix)], size: SIZE };
    const boxes = Array.from({ length: 200 }, (_, step) => mixtureOf(EFFECTS, words, { seed: 1, step }).box);
    const cuts = boxes.filter((box) => box !== undefined).length;
    expect(Math.abs(cuts - 100)).toBeLessThan(35);
  });
});

interface Case {
  readonly name: string;
  readonly loss: string;
  readonly target: string;
  readonly share: number;
  readonly value: number;
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly labels: readonly number[];
  readonly gradient: readonly number[];
}

const { cases } = JSON.parse(readFileSync(new URL('../oracle/mixing.json', import.meta.url), 'utf8')) as {
  cases: readonly Case[];
};

describe('the loss and its gradients are those of PyTorch:', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { loss, target, share, ...one }) => {
    const text = `network N {
      input x: [4]
      target label: ${target}
      scores = x -> dense(5, bias: false)
      loss ${loss}
      output scores
    }
    train N { augment mixup }`;
    const { elaboration, diagnostics } = compileSource(text, 'test.cnn');
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const graph = trainingGraph(elaboration!, { verify: true });
    const count = 6;
    const size = one.labels.length / count;
    const partner = one.labels.map((_label, k) => one.labels[(k + size) % one.labels.length]!);
    const even = (value: number) => Array<number>(count).fill(value / count);
    const data: Record<string, ArrayLike<number>> = {
      ...randomData(graph, { count, seed: 1 }),
      x: one.x,
      'scores.weight': one.weight,
      label: one.labels,
      'label.partner': partner,
      weight: even(1),
      'weight.own': even(share),
      'weight.partner': even(1 - share),
    };
    const run = createExecutor(graph, { engine: 'interpreter', traits: TRAITS, maxCount: count }).run({
      count,
      data,
      update: false,
    });
    const result = (role: string) => run.values(graph.results.find((wanted) => wanted.role === role)!.node);
    expect(result('loss')[0]).toBeCloseTo(one.value, 10);
    result('gradient').forEach((value, k) => {
      expect(value, `gradient ${k}`).toBeCloseTo(one.gradient[k]!, 10);
    });
  });
});

describe('a step of a module', () => {
  const COUNT = 6;
  const source = (augment: string) => `network N {
    input image: [1, 4, 5]
    target label: class(3)
    scores = image -> flatten -> dense(3, bias: false)
    loss crossentropy(scores, label)
    metric accuracy(scores, label)
    output scores
  }
  train N { ${augment} optimizer sgd(lr: 0.5) batch ${COUNT} epochs 1 seed 4 }`;
  const images = Float32Array.from({ length: COUNT * AREA }, (_, k) => ((k * 29) % 17) / 17 - 0.5);
  const labels = Uint8Array.from({ length: COUNT }, (_, k) => (k * 2) % 3);
  const split = { count: COUNT, images, labels };

  /** One step of gradient descent on soft targets, written out. */
  function expected(start: Float32Array, words: NonNullable<Augment['mix']>): number[] {
    const order = Int32Array.from({ length: COUNT }, (_, n) => n);
    shuffle(order, new Random(4, 'order.0'));
    const { share, box } = mixtureOf(EFFECTS, words, { seed: 4, step: 0 });
    const weights = Array.from(start);
    for (let n = 0; n < COUNT; n++) {
      const [own, other] = [order[n]!, order[(n + 1) % COUNT]!];
      const pixels = Array.from({ length: AREA }, (_, k) => {
        const [a, b] = [images[own * AREA + k]!, images[other * AREA + k]!];
        if (!box) return share * a + (1 - share) * b;
        const [y, x] = [Math.floor(k / 5), k % 5];
        return y >= box[0] && y < box[2] && x >= box[1] && x < box[3] ? b : a;
      });
      const scores = [0, 1, 2].map((k) => pixels.reduce((sum, pixel, i) => sum + pixel * start[k * AREA + i]!, 0));
      const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
      const soft = [0, 1, 2].map((k) => share * Number(labels[own] === k) + (1 - share) * Number(labels[other] === k));
      for (let k = 0; k < 3; k++)
        for (let i = 0; i < AREA; i++)
          weights[k * AREA + i]! -= (0.5 / COUNT) * (Math.exp(scores[k]!) / total - soft[k]!) * pixels[i]!;
    }
    return weights;
  }

  it.each([
    ['mixup(alpha: 1)', choose(mixup, { alpha: 1 }), 'js'],
    ['cutmix', choose(cutmix), 'js'],
    ['mixup(alpha: 1)', choose(mixup, { alpha: 1 }), 'wasm'],
    ['cutmix', choose(cutmix), 'wasm'],
  ] as const)('is one on soft targets: %s', async (word, chosen, target) => {
    const { createTrainer } = await loadModule(source(`augment ${word}`), { target });
    const trainer = await createTrainer();
    const weights = () => trainer.parameters.get('scores.weight')!.data;
    const start = weights().slice();
    for await (const _ of trainer.fit({ train: split, test: split, shape: [1, 4, 5] }));
    const wanted = expected(start, { words: [chosen], size: SIZE });
    weights().forEach((value, k) => {
      expect(value, `weight ${k}`).toBeCloseTo(wanted[k]!, 6);
    });
    // A step that a user takes mixes nothing.
    const other = await (await loadModule(source(''), { target })).createTrainer();
    other.load(trainer.save({ weights: true }));
    const batch = { images, labels };
    expect(other.step(batch).loss).toBeCloseTo(trainer.step(batch).loss, 6);
    const others = other.parameters.get('scores.weight')!.data;
    weights().forEach((value, k) => {
      expect(value).toBeCloseTo(others[k]!, 6);
    });
  });

  it('has the same bits with one thread and with two, beside other augmentations', async () => {
    const text = source('augment flip(horizontal), cutmix, mixup').replace(
      `batch ${COUNT} epochs 1`,
      'batch 24 epochs 4',
    );
    const { createTrainer } = await loadModule(text);
    const many = Float32Array.from({ length: 8 * images.length }, (_, k) => images[k % images.length]!);
    const data = { count: 8 * COUNT, images: many, labels: Uint8Array.from({ length: 8 * COUNT }, (_, k) => k % 3) };
    const saved: Uint8Array[] = [];
    for (const threads of [1, 2]) {
      const trainer = await createTrainer({ threads });
      for await (const _ of trainer.fit({ train: data, test: split, shape: [1, 4, 5] }));
      saved.push(trainer.save());
      trainer.dispose();
    }
    expect(Buffer.from(saved[1]!).equals(Buffer.from(saved[0]!))).toBe(true);
  });
});

it('words that mix do not change what others draw', () => {
  const text = (augment: string) => `network N {
    input image: [1, 4, 4]
    target label: class(3)
    output y = image -> dense(3)
    loss crossentropy(y, label)
  } train N { augment ${augment} }`;
  const settings = (augment: string) => compileSource(text(augment), 'test.cnn').elaboration!.settings.augment;
  expect(settings('mixup, flip(horizontal), cutmix(alpha: 0.5)')).toEqual({
    steps: [choose(flip, { direction: 'horizontal' })],
    mix: { words: [choose(mixup), choose(cutmix, { alpha: 0.5 })], size: { height: 4, width: 4 } },
  });
});

describe('is refused where images and targets would part:', () => {
  const text = (inputs: string, output: string, augment: string) =>
    `network N {\n${inputs}\n  ${output}\n  output y\n  loss mse(y, goal)\n}\ntrain N { augment ${augment} }`;
  it.each([
    [
      'input a: [1, 4, 4]\n input b: [1, 8, 8]\n target goal: [2]',
      'y = flatten(a) -> dense(2)',
      'cutmix',
      'CNN2061 `cutmix` pastes',
    ],
    [
      'input a: [1, 4, 4]\n input b: [3]\n target goal: [2]',
      'y = flatten(a) -> dense(2)',
      'cutmix',
      'CNN2061 `cutmix` is for pictures',
    ],
    ['input a: [1, 4, 4]\n target goal: [1, 2, 2]', 'y = maxpool(a, 2)', 'cutmix', 'CNN2060'],
    [
      'input a: [1, 4, 4]\n target goal: [2]',
      'y = flatten(a) -> dense(2)',
      'a, mixup',
      'CNN2061 `mixup` mixes all inputs',
    ],
    ['input a: [1, 4, 4]\n target goal: [2]', 'y = flatten(a) -> dense(2)', 'mixup, mixup(alpha: 1)', 'CNN2025'],
    ['input a: [1, 4, 4]\n target goal: [2]', 'y = flatten(a) -> dense(2)', 'mixup(alpha: 0)', 'CNN2'],
  ])('%s', (inputs, output, augment, told) => {
    const { diagnostics } = compileSource(text(inputs, output, augment), 'test.cnn');
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code, message }) => `${code} ${message}`).join('\n')).toContain(told);
  });
});
