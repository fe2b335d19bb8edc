/** @file The record of a layer is complete: from the records alone a network is computed again, and written down again. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../src/semantics/model.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { featuresOf, MIDDLES } from '../support/middles.ts';
import { linesOf, rebuilt } from '../support/rebuild.ts';
import { written } from '../support/write-network.ts';
import { elaborated, network } from './elaborated.ts';

function expectRebuilt({ training, inference }: { readonly training: Model; readonly inference: Model }): void {
  for (const model of [training, inference]) expect(linesOf(rebuilt(model))).toEqual(linesOf(model.graph));
}

describe('every operator', () => {
  // The language has no way to give a single number a shape.
  it.each(MIDDLES.filter(([name]) => name !== 'sum of all'))('%s', (_, middle, image) => {
    const net = new NetworkBuilder();
    middle(net, net.input('image', featuresOf(image)));
    const elaboration = elaborated(written(net.model()));
    expect(elaboration.training.layers.slice(0, -1).map(({ name }) => name)).toEqual(
      net.model().layers.map(({ name }) => name),
    );
    expectRebuilt(elaboration);
  });
});

/** Several inputs, shared layers, blocks within blocks, joins, norms with and without the batch, decoders. */
const FILES = [
  ...['autoencoder', 'convnet', 'lenet', 'mlp', 'resnet8'],
  ...['conv-autoencoder', 'shufflenet', 'siamese', 'unet'].map((name) => `zoo/${name}`),
];

describe('examples', () => {
  it.each(FILES)('%s', (name) => {
    expectRebuilt(elaborated(readFileSync(new URL(`../../examples/${name}.cnn`, import.meta.url), 'utf8')));
  });
});

const EXPRESSIONS: readonly (readonly [body: string, before?: string])[] = [
  ['y = 2 - image'],
  ['y = image - 2'],
  ['y = image ^ 2 / (1 + abs(image))'],
  ['y = 2 ^ image'],
  ['y = -max(image, 0.5) * min(0.25, image)'],
  ['y = image + globalavgpool(image)'],
  ['y = (image -> dense(10)) - label'],
  ['y = swish(image) + swish(image, 2) + swish(b: 3, x: image)', 'fn swish(x, b = 1) = x * sigmoid(b * x)'],
  ['y = image -> mix(o: 3)', 'op mix(x[c, h, w], k[o, c]) -> y[o, h, w] = sum(c) x[c, h, w] * k[o, c]'],
  ['norm = batchnorm\ny = (image -> norm) + (-image -> norm -> dropout -> dropout(20%))'],
  ['c = conv(3, 3x3, init: zeros, bias_init: constant(1), lr_factor: 2)\ny = (image -> c) * (image ^ 2 -> c)'],
];

describe('expressions', () => {
  it.each(EXPRESSIONS.map(([body, before = '']) => [body, before] as const))('%s', (body, before) => {
    expectRebuilt(elaborated(network(body, before)));
  });
});

const layerOf = (body: string, name = 'y', before = '') => {
  const text = network(body, before);
  const { layers, steps } = elaborated(text).training;
  const layer = layers.find((one) => one.name === name)!;
  const at = (span = layer.span) => text.slice(span.start, span.end);
  return { layer, steps, at };
};

describe('a record', () => {
  it('has operands in order, constants among them', () => {
    const operandsOf = (body: string) =>
      layerOf(body).layer.operands.map((operand) => ('number' in operand ? operand.number : operand.node.name));
    expect(operandsOf('y = 2 - image')).toEqual([2, 'image']);
    expect(operandsOf('y = image - 2')).toEqual(['image', 2]);
    expect(operandsOf('y = 2 ^ image')).toEqual([2, 'image']);
    expect(operandsOf('a = image + 1\ny = concat(image, a, image)')).toEqual(['image', 'a', 'image']);
  });

  it('knows the parameters of functions of the program', () => {
    const { layer } = layerOf('y = mix(b: 3, a: image)', 'y', 'fn mix(a, b, c = 1) = a * b + c');
    expect(layer.operands.map(({ parameter }) => parameter)).toEqual(['a', 'b']);
  });

  it('says where each attribute is written, and what is a default', () => {
    const { layer, at } = layerOf('c = conv(4, 3x3, pad: same)\ny = image -> c', 'c');
    expect(Object.fromEntries([...layer.attributeSpans].map(([name, span]) => [name, at(span)]))).toEqual({
      channels: '4',
      kernel: '3x3',
      pad: 'same',
    });
    expect([at(), at(layer.written)]).toEqual(['c', 'conv(4, 3x3, pad: same)']);
  });

  it.each([
    ['conv(4, 3x3, pad: same)', { pad: [1, 1, 1, 1], stride: [1, 1] }],
    ['conv(4, 3x3, stride: 2, pad: full, dilation: 2)', { pad: [4, 4, 4, 4], stride: [2, 2] }],
    ['maxpool(2)', { stride: [2, 2], pad: [0, 0, 0, 0] }],
    ['convtranspose(4, 4x4, stride: 2, pad: same)', { pad: [1, 1, 1, 1] }],
    ['upsample(2)', { factor: undefined, size: [16, 16] }],
    ['slice(1, axis: height)', { to: 8 }],
    ['crop(size: 5)', { sides: [1, 1, 2, 2] }],
  ])('resolves the attributes of %s', (call, expected) => {
    expect(layerOf(`y = image -> ${call}`).layer.resolved).toMatchObject(expected);
  });

  it('says under which shape an operand is read', () => {
    const shapesOf = (body: string) =>
      elaborated(network(body)).training.layers.map(({ operator, operands }) => [
        operator,
        ...operands.map((operand) => ('node' in operand ? operand.shape : undefined)),
      ]);
    expect(shapesOf('y = image -> dense(3)')[0]).toEqual(['dense', [128]]);
    expect(shapesOf('y = image * globalavgpool(image)')[1]).toEqual(['mul', undefined, [2, 1, 1]]);
    expect(shapesOf('y = image * mean(image)')[1]).toEqual(['mul', undefined, [1, 1, 1]]);
  });

  it('tells calls, operators and what is implicit apart', () => {
    const { steps } = layerOf('y = -(image -> dense(10)) - label');
    expect(steps.map(({ operator, via, name }) => [operator, via, name])).toEqual([
      ['dense', 'call', 'y'],
      ['neg', 'operator', 'y.neg'],
      ['onehot', 'implicit', 'label'],
      ['sub', 'operator', 'y.sub'],
      ['flatten', 'call', 'logits.flatten'],
      ['dense', 'call', 'head'],
      ['crossentropy', 'call', 'loss'],
    ]);
  });

  it('knows the roles of its states, and who owns them', () => {
    const body = 'norm = batchnorm\ny = (image -> norm) + (-image -> norm)';
    const { layer } = layerOf(body, 'norm.2');
    expect(layer.states.map(({ owner }) => owner)).toEqual(
      [
        ['weight', 'weight'],
        ['bias', 'bias'],
        ['running_mean', 'statistic'],
        ['running_var', 'statistic'],
      ].map(([leaf, part]) => ({ layer: 'norm', leaf, part, ...(leaf === 'weight' && { scales: true }) })),
    );
  });

  it('has its path in parts', () => {
    const block = 'block B { a = in -> conv(2, 1x1) return a }';
    expect(layerOf('y = image -> repeat(2) B', 'y.1.a', block).layer.path).toEqual(['y', '1', 'a']);
  });
});
