import { describe, expect, test } from 'vitest';
import { diagnosed, elaborated, network, places } from './elaborated.ts';

const uncut = { every: undefined, stretch: 1, least: 0 };

const settingsOf = (train: string) => elaborated(`${network('y = image -> relu')}\ntrain Test {\n${train}\n}`).settings;

describe('the train block', () => {
  test('has a default for everything', () => {
    expect(elaborated(network('y = image -> relu')).settings).toEqual({
      data: 'digits',
      augment: { steps: [] },
      weightInitializer: { kind: 'kaiming' },
      optimizer: { kind: 'sgd', lr: 0.05, momentum: 0.9, nesterov: false, weight_decay: 0, decay_norms: true },
      schedule: { kind: 'constant', warmup: 0 },
      accumulate: 1,
      batch: 64,
      epochs: 10,
      patience: 0,
      watch: 'validation',
      seed: 42,
    });
  });

  test('sets everything', () => {
    const settings = settingsOf(`
      data      cifar10("data/cifar-10-batches-bin")
      normalize mean: [0.5, 0.25], std: 0.125
      augment   flip(horizontal), crop(pad: 4)
      init      normal(0.01)
      optimizer sgd(0.1, momentum: 0.9, nesterov: true, weight_decay: 1e-4)
      schedule  cosine(warmup: 2 epochs)
      clip      norm(1)
      accumulate 2
      batch     128
      epochs    30
      stop      early(patience: 5, watch: test)
      validation 15%
      seed      7`);
    expect(settings).toEqual({
      data: 'cifar10:data/cifar-10-batches-bin',
      normalize: new Map([['image', { mean: [0.5, 0.25], deviation: [0.125, 0.125] }]]),
      augment: {
        steps: [
          { kind: 'flip', direction: 'horizontal', and: undefined },
          { kind: 'crop', pad: 4, border: 'zero' },
        ],
      },
      weightInitializer: { kind: 'normal', deviation: 0.01 },
      optimizer: { kind: 'sgd', lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 1e-4, decay_norms: true },
      schedule: { kind: 'cosine', ...uncut, warmup: 2 },
      clip: { kind: 'norm', length: 1 },
      accumulate: 2,
      batch: 128,
      epochs: 30,
      patience: 5,
      watch: 'test',
      validation: 0.15,
      seed: 7,
    });
  });

  // PyTorch's defaults.
  const shrinkage = { eps: 1e-8, weight_decay: 0, decay_norms: true };
  const moments = { beta1: 0.9, beta2: 0.999, lr: 1e-3 };
  test.each([
    ['sgd', { kind: 'sgd', lr: 1e-3, momentum: 0, nesterov: false, weight_decay: 0, decay_norms: true }],
    ['adam', { kind: 'adam', ...moments, ...shrinkage }],
    ['adam(0.01, beta2: 0.99)', { kind: 'adam', ...moments, lr: 0.01, beta2: 0.99, ...shrinkage }],
    ['adamw', { kind: 'adamw', ...moments, eps: 1e-8, weight_decay: 0.01, decay_norms: true }],
    ['rmsprop', { kind: 'rmsprop', lr: 0.01, alpha: 0.99, ...shrinkage, momentum: 0, centered: false }],
  ])('optimizer %s', (text, expected) => {
    expect(settingsOf(`optimizer ${text}`).optimizer).toEqual(expected);
  });

  test.each([
    ['constant', { kind: 'constant', warmup: 0 }],
    ['cosine', { kind: 'cosine', warmup: 0, ...uncut }],
    ['step(every: 10 epochs, factor: 50%)', { kind: 'step', every: 10, factor: 0.5, warmup: 0 }],
  ])('schedule %s', (text, expected) => {
    expect(settingsOf(`schedule ${text}`).schedule).toEqual(expected);
  });

  test.each([
    ['digits', 'digits'],
    ['digits(train: 600, seed: 3)', 'digits:train=600,seed=3'],
    ['mnist("my data/mnist")', 'mnist:my data/mnist'],
    ['"npz:x.npz"', 'npz:x.npz'],
  ])('data %s', (text, expected) => {
    expect(settingsOf(`data ${text}`).data).toBe(expected);
  });

  test('the initialiser reaches the weights, not the biases', () => {
    const text = `${network('y = image -> conv(2, 3x3) -> batchnorm')}\ntrain Test { init xavier }`;
    const kinds = elaborated(text).states.map(({ name, initializer }) => `${name} ${initializer.kind}`);
    expect(kinds).toEqual([
      'y.conv.weight xavier',
      'y.conv.bias zeros',
      'y.batchnorm.weight ones',
      'y.batchnorm.bias zeros',
      'y.batchnorm.running_mean constant',
      'y.batchnorm.running_var constant',
      'head.weight xavier',
      'head.bias zeros',
    ]);
  });

  test('constants of the file may be used', () => {
    const text = `rate = 0.1\n${network('y = image -> relu')}\ntrain Test { optimizer sgd(lr: rate / 2) }`;
    expect(elaborated(text).settings.optimizer.lr).toBe(0.05);
  });

  test.each([
    ['optimizer sdg', "CNN2055 at 'sdg'"],
    ['optimizer sgd(lr: -1)', "CNN2054 at '-1'"],
    ['optimizer sgd(momentum: 1)', "CNN2054 at '1'"],
    ['optimizer sgd(lrr: 1)', "CNN2020 at 'lrr'"],
    ['optimizer sgd(nesterov: 1, momentum: 0.9)', "CNN2054 at '1'"],
    ['optimizer sgd(decay_norms: false)', "CNN2054 at 'sgd(decay_norms: false)'"],
    ['clip norm(0)', "CNN2054 at '0'"],
    ['accumulate 0', "CNN2054 at '0'"],
    ['optimizer sgd, adam', "CNN2054 at 'adam'"],
    ['normalize mean: [0.5]', "CNN2054 at 'normalize mean: [0.5]'"],
    ['normalize means: [0.5], std: [1]', "CNN2020 at 'means'"],
    ['normalize [0.5], [1]', "CNN2054 at '[0.5]'"],
    ['augment blur(3)', "CNN2055 at 'blur'"],
    ['augment flip(sideways)', "CNN2055 at 'sideways'"],
    ['augment crop', "CNN2022 at 'crop'"],
    ['augment crop(pad: 4), crop(pad: 2)', "CNN2025 at 'crop(pad: 2)'"],
    ['augment flip(horizontal), flip(vertical), flip(horizontal)', "CNN2025 at 'flip(horizontal)'"],
    ['normalize image, image, mean: [0], std: [1]', "CNN2025 at 'image'"],
    ['augment image, image, flip(horizontal)', "CNN2025 at 'image'"],
    ['init constant(1e39)', "CNN2054 at '1e39'"],
    ['init normal(1e39)', "CNN2054 at '1e39'"],
    ['augment saturation(by: 50%)', "CNN2061 at 'saturation(by: 50%)'"],
    ['augment shift(by: 0)', "CNN2054 at '0'"],
    ['init uniform', "CNN2022 at 'uniform'"],
    ['init kaiming(3)', "CNN2021 at '3'"],
    ['data imagenet("x")', "CNN2055 at 'imagenet'"],
    ['data mnist(3)', "CNN2054 at '3'"],
    ['data digits(train: 0)', "CNN2054 at '0'"],
    ['schedule step(every: 10 steps)', "CNN2054 at '10 steps'"],
    ['epoch 3', "CNN2050 at 'epoch'"],
    ['seed -1', "CNN2054 at '-1'"],
    ['batch 64, 32', "CNN2054 at '32'"],
    ['batch size', "CNN2001 at 'size'"],
  ])('%s is refused', (setting, place) => {
    const text = `${network('y = image -> relu')}\ntrain Test { ${setting} }`;
    expect(places(text, diagnosed(text).diagnostics)).toEqual([place]);
  });
});
