import { describe, expect, test } from 'vitest';
import type { Initialization } from '../../src/ir/graph.ts';
import { loadModule } from '../support/load-module.ts';
import { elaborated, network } from './elaborated.ts';

/** The number of `normal(0.02)`, whatever its name. */
function numberOf({ kind: _, fanIn: __, fanOut: ___, ...values }: Initialization) {
  return Object.values(values)[0];
}

/** The states of `y`, with what is told about them. */
function statesOf(body: string, before = '') {
  const { states } = elaborated(network(body, before));
  return states
    .filter(({ name }) => name.startsWith('y.'))
    .map(({ name, initializer, rateFactor, weightDecay }) =>
      [name, initializer.kind, numberOf(initializer), rateFactor, weightDecay]
        .filter((part) => part !== undefined)
        .join(' '),
    );
}

describe('arguments about the parameters of a layer', () => {
  test.each([
    ['conv(3, 3x3)', ['y.weight kaiming', 'y.bias zeros']],
    ['conv(3, 3x3, init: xavier)', ['y.weight xavier', 'y.bias zeros']],
    ['conv(3, 3x3, init: normal(0.02), bias: false)', ['y.weight normal 0.02']],
    ['conv(3, 3x3, init: truncated_normal(deviation: 2%))', ['y.weight truncated_normal 0.02', 'y.bias zeros']],
    ['conv(3, 3x3, lr_factor: 0.1, weight_decay: 0)', ['y.weight kaiming 0.1 0', 'y.bias zeros 0.1 0']],
    ['conv(3, 3x3, bias_init: constant(-4.595))', ['y.weight kaiming', 'y.bias constant -4.595']],
    ['depthwise(3x3, bias_init: ones)', ['y.weight kaiming', 'y.bias ones']],
    ['convtranspose(2, 3x3, init: xavier, bias_init: normal(0.1))', ['y.weight xavier', 'y.bias normal 0.1']],
    ['local(1, 3x3, bias_init: constant(1))', ['y.weight kaiming', 'y.bias constant 1']],
    ['dense(2, bias_init: constant(1))', ['y.weight kaiming', 'y.bias constant 1']],
    ['layernorm(init: zeros, bias_init: ones)', ['y.weight zeros', 'y.bias ones']],
    ['groupnorm(1, affine: true, bias_init: ones)', ['y.weight ones', 'y.bias ones']],
    [
      'batchnorm(init: zeros, lr_factor: 2)',
      ['y.weight zeros 2', 'y.bias zeros 2', 'y.running_mean constant 0', 'y.running_var constant 1'],
    ],
  ])('%s', (layer, expected) => expect(statesOf(`y = image -> ${layer}`)).toEqual(expected));

  test('are values: parameters of blocks and constants may hold them', () => {
    const block =
      'start = normal(0.1)\nblock B(init = lecun) { return in -> "c": conv(2, 1x1, init: init, bias: false) }';
    expect(statesOf('y = image -> B', block)).toEqual(['y.c.weight lecun']);
    expect(statesOf('y = image -> B(start)', block)).toEqual(['y.c.weight normal 0.1']);
    expect(statesOf('y = image -> B(init: orthogonal)', block)).toEqual(['y.c.weight orthogonal']);
  });

  test('are those of operators of the program too', () => {
    const op = 'op scaled(x[c, h, w], s[c]) -> y[c, h, w] = s[c] * x[c, h, w]';
    expect(statesOf('y = image -> scaled(init: constant(1e-6), lr_factor: 3)', op)).toEqual([
      'y.s constant 0.000001 3',
    ]);
  });

  test('are about the parameters that are only added where there are no others', () => {
    const shift = 'op shift(x[c, h, w], b[c]) -> y[c, h, w] = x[c, h, w] + b[c]';
    expect(statesOf('y = image -> shift(init: constant(3))', shift)).toEqual(['y.b constant 3']);
    const affine = 'op affine(x[c, h, w], a[c], b[c]) -> y[c, h, w] = a[c] * x[c, h, w] + b[c]';
    expect(statesOf('y = image -> affine(init: constant(3))', affine)).toEqual(['y.a constant 3', 'y.b zeros']);
    expect(statesOf('y = image -> affine(bias_init: ones)', affine)).toEqual(['y.a ones', 'y.b ones']);
  });

  test('hold for all applications of a declared layer', () => {
    expect(statesOf('c = conv(2, 1x1, lr_factor: 0.5)\na = image -> c\ny = a -> c -> "y.d": conv(2, 1x1)')).toEqual([
      'y.d.weight kaiming',
      'y.d.bias zeros',
    ]);
  });
});

describe('training', () => {
  const images = Float32Array.from({ length: 3 * 16 }, (_, k) => Math.sin(k));
  const labels = Int32Array.from([0, 1, 1]);

  /** Values of `fc.weight` before and after a step with learning rate 0.1. */
  async function step(argument: string, optimizer: string) {
    const { createTrainer } = await loadModule(`network N {
  input image: [16]
  target label: class(2)
  logits = image -> fc: dense(2${argument})
  loss crossentropy(logits, label)
  output logits
}
train N { optimizer ${optimizer} }`);
    const trainer = await createTrainer({ seed: 5 });
    const { data } = trainer.parameters.get('fc.weight')!;
    const before = [...data];
    await trainer.step({ images, labels });
    return { before, change: [...data].map((value, k) => value - before[k]!) };
  }

  test.each(['sgd(lr: 0.1)', 'sgd(lr: 0.1, momentum: 0.9)', 'adam(lr: 0.1)', 'rmsprop(lr: 0.1)'])(
    '`lr_factor` scales the steps of %s',
    async (optimizer) => {
      const usual = await step('', optimizer);
      const slow = await step(', lr_factor: 0.25', optimizer);
      expect(slow.before).toEqual(usual.before);
      slow.change.forEach((change, k) => {
        expect(change).toBeCloseTo(0.25 * usual.change[k]!, 6);
      });
      expect(Math.max(...usual.change)).toBeGreaterThan(1e-3);
    },
  );

  test.each([
    ['sgd(lr: 0.1, weight_decay: 0.5)', 'sgd(lr: 0.1)'],
    ['adamw(lr: 0.1, weight_decay: 0.5)', 'adamw(lr: 0.1, weight_decay: 0)'],
  ])('`weight_decay: 0` takes it out of %s', async (optimizer, without) => {
    const own = await step(', weight_decay: 0', optimizer);
    expect(own.change).toEqual((await step('', without)).change);
    const usual = await step('', optimizer);
    usual.change.forEach((change, k) => {
      expect(change).toBeCloseTo(own.change[k]! - 0.1 * 0.5 * own.before[k]!, 6);
    });
  });

  test('`weight_decay` gives a layer its own', async () => {
    const own = await step(', weight_decay: 0.5', 'sgd(lr: 0.1)');
    expect(own.change).toEqual((await step('', 'sgd(lr: 0.1, weight_decay: 0.5)')).change);
  });
});
