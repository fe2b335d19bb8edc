/** @file Networks of Caffe: published sizes, and numbers that PyTorch computes from the same weights. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importCaffe } from '../../src/import/caffe/import.ts';
import { understand } from '../../src/semantics/understand.ts';
import { expectEqual } from '../export/onnx-oracle.ts';
import { predictions } from '../support/predict-imported.ts';

const file = (name: string) => readFileSync(new URL(`texts/${name}`, import.meta.url), 'utf8');
const imported = (text: string, size?: readonly number[]) =>
  importCaffe(text, { path: 'net.prototxt', name: 'net', ...(size && { inputs: new Map([['', size]]) }) });

function parametersOf(text: string): number {
  const { states } = understand(text, 'net.cnn').elaboration!;
  const parameters = states.filter(({ role }) => role === 'parameter');
  return parameters.reduce((sum, { shape }) => sum + shape.reduce((size, extent) => size * extent, 1), 0);
}

const conv = (name: string, bottom: string, channels: number, kernel: number, more = '') =>
  `layer { name: "${name}" type: "Convolution" bottom: "${bottom}" top: "${name}" convolution_param { num_output: ${channels} kernel_size: ${kernel} ${more} } }
   layer { name: "${name.replace(/\//, '/relu_')}" type: "ReLU" bottom: "${name}" top: "${name}" }\n`;

function fire(k: number, bottom: string, squeeze: number): string {
  const [own, name] = [`fire${k}`, (part: string) => `fire${k}/${part}`];
  return `${conv(name('squeeze1x1'), bottom, squeeze, 1)}${conv(name('expand1x1'), name('squeeze1x1'), 4 * squeeze, 1)}${conv(name('expand3x3'), name('squeeze1x1'), 4 * squeeze, 3, 'pad: 1')}
   layer { name: "${own}/concat" type: "Concat" bottom: "${name('expand1x1')}" bottom: "${name('expand3x3')}" top: "${own}/concat" }\n`;
}

const pool = (name: string, bottom: string) =>
  `layer { name: "${name}" type: "Pooling" bottom: "${bottom}" top: "${name}" pooling_param { pool: MAX kernel_size: 3 stride: 2 } }\n`;

/** SqueezeNet 1.1, as its authors published it. */
const squeezenet = `name: "squeezenet_v1.1_deploy"
layer { name: "data" type: "Input" top: "data" input_param { shape: { dim: 1 dim: 3 dim: 227 dim: 227 } } }
${conv('conv1', 'data', 64, 3, 'stride: 2')}${pool('pool1', 'conv1')}${fire(2, 'pool1', 16)}${fire(3, 'fire2/concat', 16)}
${pool('pool3', 'fire3/concat')}${fire(4, 'pool3', 32)}${fire(5, 'fire4/concat', 32)}${pool('pool5', 'fire5/concat')}
${fire(6, 'pool5', 48)}${fire(7, 'fire6/concat', 48)}${fire(8, 'fire7/concat', 64)}${fire(9, 'fire8/concat', 64)}
layer { name: "drop9" type: "Dropout" bottom: "fire9/concat" top: "fire9/concat" dropout_param { dropout_ratio: 0.5 } }
${conv('conv10', 'fire9/concat', 1000, 1)}
layer { name: "pool10" type: "Pooling" bottom: "conv10" top: "pool10" pooling_param { pool: AVE global_pooling: true } }
layer { name: "prob" type: "Softmax" bottom: "pool10" top: "prob" }`;

describe('published networks', () => {
  it.each([
    ['CaffeNet', file('caffenet.prototxt'), undefined, 60_965_224],
    ['LeNet as it is trained', file('lenet_train_test.prototxt'), [1, 28, 28], 431_080],
    ['SqueezeNet 1.1', squeezenet, undefined, 1_235_496],
  ])('%s', (_, text, size, parameters) => {
    expect(parametersOf(imported(text, size).text)).toBe(parameters);
  });

  it('read well', () => {
    expect(imported(file('lenet_train_test.prototxt'), [1, 28, 28])).toMatchObject({
      said: ['1 Accuracy left out', '1 SoftmaxWithLoss left out'],
      text: `// Read from a network of Caffe.

network LeNet {
  input data: [1, 28, 28]

  ip2 = data -> conv1: conv(20, 5x5) -> maxpool(2) -> conv2: conv(50, 5x5) -> maxpool(2) -> flatten
             -> ip1: dense(500) -> relu -> "ip2": dense(10)

  output ip2
}
`,
    });
  });
});

it('numbers are those that PyTorch computes from the same weights', () => {
  const oracle = JSON.parse(file('caffe.json')) as {
    text: string;
    image: string;
    scores: string;
    weights: Record<string, string>;
  };
  const floats = (text: string) => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
  const { text } = imported(oracle.text);
  const { states } = understand(text, 'net.cnn').elaboration!;
  expect(states.map(({ name }) => name).sort()).toEqual(Object.keys(oracle.weights).sort());
  const weights = Object.entries(oracle.weights).map(([name, data]) => ({ name, data: floats(data) }));
  expectEqual(predictions({ text, weights }, [floats(oracle.image)], 2), { prob: floats(oracle.scores) });
});

describe('mistakes', () => {
  const withInput = (layers: string) => `input: "data" input_dim: [1, 3, 8, 8] ${layers}`;
  const codeOf = (text: string) => {
    try {
      imported(text);
      return 'none';
    } catch (error) {
      const { diagnostic } = error as { diagnostic: { code: string; message: string; notes: { message: string }[] } };
      return [diagnostic.code, diagnostic.message, ...diagnostic.notes.map(({ message }) => message)].join('; ');
    }
  };

  it('all layers without a counterpart are told at once', () => {
    const layers = ['MVN', 'Python', 'MVN'].map(
      (type, k) => `layer { name: "l${k}" type: "${type}" bottom: "data" top: "t${k}" }`,
    );
    expect(codeOf(withInput(layers.join('\n')))).toBe(
      'CNN4304; 3 of 3 layers have no counterpart in the language; `MVN`: 2, the first of them `l0`; `Python`: 1, the first of them `l1`',
    );
  });

  it('texts that are none, and inputs without a size', () => {
    expect(codeOf('layer { name: "a"\n type "Input" }')).toMatch(
      /^CNN4314; `net.prototxt`, line 2: `:` or `{` is missing/,
    );
    expect(codeOf('layer { name: "a"')).toMatch(/^CNN4314.*`}` is missing/);
    expect(codeOf('<html>')).toMatch(/^CNN4314/);
    expect(codeOf('name: "x"')).toMatch(/^CNN4314.*it has no `layer`/);
    expect(codeOf(file('lenet_train_test.prototxt'))).toMatch(/^CNN4305.*the size of its input `data` is not said/);
    expect(codeOf(withInput('layer { name: "c" type: "Convolution" bottom: "data" top: "c" }'))).toMatch(/^CNN4304/);
  });
});
