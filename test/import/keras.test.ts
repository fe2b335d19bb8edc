/** @file Models of Keras: published sizes, and numbers that PyTorch computes from the same weights. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importKeras } from '../../src/import/keras/import.ts';
import { understand } from '../../src/semantics/understand.ts';
import { expectEqual } from '../export/onnx-oracle.ts';
import { predictions } from '../support/predict-imported.ts';

const imported = (model: unknown, more: object = {}) =>
  importKeras(typeof model === 'string' ? model : JSON.stringify(model), { path: 'net.json', name: 'net', ...more });

/** Of all variables, as `model.summary()` counts them. */
function totalOf(text: string): number {
  const { states } = understand(text, 'net.cnn').elaboration!;
  return states.reduce((sum, { shape }) => sum + shape.reduce((size, extent) => size * extent, 1), 0);
}

type Config = Record<string, unknown>;

/** A sequence, as Keras 2 writes it; with `functional` each layer names the one before. */
function model(layers: readonly (readonly [kind: string, config: Config])[], functional: boolean) {
  const named = layers.map(([kind, config], k) => ({
    class_name: kind,
    config: { name: `${kind.toLowerCase()}_${k}`, ...config },
  }));
  const nameOf = (k: number) => named[k]!.config.name as string;
  const listed = named.map((layer, k) => ({
    ...layer,
    name: nameOf(k),
    inbound_nodes: k > 0 ? [[[nameOf(k - 1), 0, 0, {}]]] : [],
  }));
  const ends = { input_layers: [[nameOf(0), 0, 0]], output_layers: [[nameOf(layers.length - 1), 0, 0]] };
  return functional
    ? { class_name: 'Functional', keras_version: '2.9.0', config: { name: 'model', layers: listed, ...ends } }
    : { class_name: 'Sequential', keras_version: '2.9.0', config: { name: 'sequential', layers: named } };
}

const input = (...shape: (number | null)[]) => ['InputLayer', { batch_input_shape: [null, ...shape] }] as const;

/** "Simple MNIST convnet" of the examples of Keras. */
const convnet = model(
  [
    input(28, 28, 1),
    ['Conv2D', { filters: 32, kernel_size: [3, 3], activation: 'relu' }],
    ['MaxPooling2D', { pool_size: [2, 2] }],
    ['Conv2D', { filters: 64, kernel_size: [3, 3], activation: 'relu' }],
    ['MaxPooling2D', { pool_size: [2, 2] }],
    ['Flatten', {}],
    ['Dropout', { rate: 0.5 }],
    ['Dense', { units: 10, activation: 'softmax' }],
  ],
  false,
);

const norm = ['BatchNormalization', { axis: [3], momentum: 0.99, epsilon: 0.001 }] as const;
const relu6 = ['ReLU', { max_value: 6.0, negative_slope: 0.0, threshold: 0.0 }] as const;

function depthwiseUnit(filters: number, stride: number) {
  const border =
    stride > 1
      ? ([
          [
            'ZeroPadding2D',
            {
              padding: [
                [0, 1],
                [0, 1],
              ],
            },
          ],
        ] as const)
      : [];
  const deep = {
    kernel_size: [3, 3],
    strides: [stride, stride],
    padding: stride > 1 ? 'valid' : 'same',
    use_bias: false,
  };
  const mixed = { filters, kernel_size: [1, 1], strides: [1, 1], padding: 'same', use_bias: false };
  return [...border, ['DepthwiseConv2D', deep] as const, norm, relu6, ['Conv2D', mixed] as const, norm, relu6];
}

/** keras.applications.MobileNet. */
const mobilenet = model(
  [
    input(224, 224, 3),
    ['Conv2D', { filters: 32, kernel_size: [3, 3], strides: [2, 2], padding: 'same', use_bias: false }],
    ...[norm, relu6],
    ...[
      [64, 1],
      [128, 2],
      [128, 1],
      [256, 2],
      [256, 1],
      [512, 2],
      [512, 1],
      [512, 1],
      [512, 1],
      [512, 1],
      [512, 1],
      [1024, 2],
      [1024, 1],
    ].flatMap(([filters, stride]) => depthwiseUnit(filters!, stride!)),
    ['GlobalAveragePooling2D', { keepdims: true }],
    ['Dropout', { rate: 0.001 }],
    ['Conv2D', { filters: 1000, kernel_size: [1, 1], padding: 'same' }],
    ['Reshape', { target_shape: [1000] }],
    ['Activation', { activation: 'softmax' }],
  ],
  true,
);

describe('published models', () => {
  it.each([
    ['the convnet of the examples', convnet, 34_826],
    ['MobileNet of the applications', mobilenet, 4_253_864],
  ])('%s', (_, given, variables) => {
    expect(totalOf(imported(given).text)).toBe(variables);
  });

  it('read well', () => {
    expect(imported(convnet).text.split('\n').slice(3, -1).join('\n')).toMatchInlineSnapshot(`
      "  input inputlayer_0: [1, 28, 28]

        scores = inputlayer_0 -> conv2d_1: conv(32, 3x3) -> relu -> maxpool(2) -> conv2d_3: conv(64, 3x3)
                              -> relu -> maxpool(2) -> flatten -> dropout(0.5) -> dense_7: dense(10)
                              -> softmax

        output scores
      }"
    `);
  });
});

describe('numbers', () => {
  const oracle = JSON.parse(readFileSync(new URL('texts/keras.json', import.meta.url), 'utf8')) as {
    model: unknown;
    image: string;
    scores: string;
    places: string;
    weights: Record<string, { shape: number[]; data: string }>;
  };
  const floats = (text: string) => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
  const tensors = Object.entries(oracle.weights).map(([name, { shape, data }]) => ({
    name: `functional/${name}`,
    shape,
    data: floats(data),
  }));

  it('are those that PyTorch computes from the same weights', () => {
    const network = imported(oracle.model, { weights: { path: 'net.npz', tensors } });
    expectEqual(predictions(network, [floats(oracle.image)], 2), {
      scores1: floats(oracle.scores),
      scores2: floats(oracle.places),
    });
  });

  it('need all variables, in their shapes', () => {
    expect(() => imported(oracle.model, { weights: { path: 'net.npz', tensors: tensors.slice(1) } })).toThrow(
      'CNN4316: `net.npz` has no `stem/kernel`',
    );
    const other = tensors.map((tensor) => ({ ...tensor, shape: [...tensor.shape].reverse() }));
    expect(() => imported(oracle.model, { weights: { path: 'net.npz', tensors: other } })).toThrow(
      '`stem/kernel` in `net.npz` is [6, 3, 4, 3], the network needs [3, 4, 3, 6]',
    );
  });
});

describe('mistakes', () => {
  const failureOf = (given: unknown) => {
    try {
      imported(given);
      return 'none';
    } catch (error) {
      const { diagnostic } = error as { diagnostic: { code: string; notes: { message: string }[] } };
      return [diagnostic.code, ...diagnostic.notes.map(({ message }) => message)].join('; ');
    }
  };

  it('all layers without a counterpart are told at once', () => {
    const layers = [
      input(8, 8, 1),
      ['LSTM', {}],
      ['Attention', {}],
      ['LSTM', {}],
      ['Conv2D', { filters: -1 }],
    ] as const;
    expect(failureOf(model(layers, false))).toBe('CNN4304; `LSTM`: 1, the first of them `lstm_1`');
    const beside = model([input(8, 8, 1), ['LSTM', {}]], true);
    const { config } = beside as { config: { layers: { inbound_nodes?: unknown; name?: string; config: Config }[] } };
    config.layers.push({ ...config.layers[1]!, name: 'other', config: { name: 'other' } });
    expect(failureOf(beside)).toBe('CNN4304; `LSTM`: 2, the first of them `lstm_1`');
  });

  it('texts that are none, and inputs without a size', () => {
    expect(failureOf('{')).toBe('CNN4314');
    expect(failureOf({ class_name: 'MyModel', config: {} })).toBe('CNN4314');
    expect(failureOf(model([input(null, null, 3), ['Flatten', {}]], true))).toBe('CNN4305');
    expect(failureOf(model([input(8, 8, 1)], false))).toBe('CNN4305');
  });
});
