/** @file Networks in ONNX compute in another runtime what ours predicts: every operator, every kind of formula. */
import { describe, expect, it } from 'vitest';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { separateWeights } from '../../src/exchange/onnx/external.ts';
import type { OnnxModel } from '../../src/exchange/onnx/messages.ts';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { tensorValues } from '../../src/exchange/onnx/tensors.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { MIDDLES } from '../support/middles.ts';
import { runOnnx } from '../support/onnx-runtime.ts';
import { COUNT, compareBoth, dataOf, expectEqual, middleNetwork, modelOf, ours, theirs } from './onnx-oracle.ts';

const nodesOf = ({ graph }: OnnxModel) => graph!.nodes.map(({ opType }) => opType);

describe('every operator', () => {
  // The text of one has a `reshape` of a number, which programs cannot have.
  const middles = MIDDLES.filter(([name]) => name !== 'sum of all');
  it.each(middles)('%s', async (...sample) => {
    await compareBoth(middleNetwork(sample));
  });
});

const network = (body: string, before = '', shape = '[2, 6, 7]') =>
  elaborated(`${before}\nnetwork Test {\n  input image: ${shape}\n${body}\n}`);

describe('formulas of the program', () => {
  it.each([
    ['a function', 'output y = swish(image, 2) - max(image, 0.1)', 'fn swish(x, b = 1) = x * sigmoid(b * x)'],
    ['a choice', 'output y = safe(image)', 'fn safe(x) = if x > 0 { log(x) } else { x / (x - 1) }'],
    ['numbers and powers', 'output y = (2 - image) ^ 3 / 5 + min(image, sum(image)) * -image'],
    [
      'a product of matrices',
      'output y = image -> mix(o: 3)',
      'op mix(x[c, h, w], k[o, c]) -> y[o, h, w] = sum(c) x[c, h, w] * k[o, c]',
    ],
    [
      'a convolution',
      'output y = image -> own(o: 3, p: 3, q: 2)',
      'op own(x[c, h, w], k[o, c, p, q], b[o]) -> y[o, i, j] = b[o] + sum(c, p, q) x[c, 2*i + p - 1, j + q - 1] * k[o, c, p, q]',
    ],
    [
      'magnitudes of windows',
      'output y = image -> lp(o: 2, p: 3, q: 2)',
      'op lp(x[c, h, w], k[o, c, p, q], b[o]) -> y[o, i, j] = b[o] + sum(c, p, q) abs(x[c, 2*i + p - 1, j + q]) * k[o, c, p, q]',
    ],
    ['the largest', 'output y = image -> widest', 'op widest(x[c, h, w]) -> y[c, w] = max(h) x[c, h, w]'],
    ['rows with gaps', 'output y = image -> spaced(i: 11)', 'op spaced(x[c, h, w]) -> y[c, i, w] = x[c, i / 2, w]'],
    ['a diagonal', 'output y = image -> slant(i: 8)', 'op slant(x[c, h, w]) -> y[c, i] = x[c, i, i - 1]'],
    ['a mirror', 'output y = image -> turned', 'op turned(x[c, h, w]) -> y[w, c, h] = x[c, 5 - h, w]'],
    ['positions', 'output y = image -> ramp', 'op ramp(x[c, h, w]) -> y[c, h, w] = x[c, h, w] * (h - 2 * w)'],
    ['a repeated value', 'output y = image -> wide(a: 3)', 'op wide(x[c, h, w]) -> y[c, a] = sum(h, w) x[c, h, w] / 7'],
    [
      'sums of sums',
      'output y = image -> pairs(n: 2)',
      'op pairs(x[c, h, w]) -> y[c, i] = sum(h, w, n) x[c, h, w] * x[c, h, i] * inside(w - n, 3)',
    ],
    ['a mean of the batch', 'output y = mean(sum(image)) + image'],
  ])('%s', async (_, body, before = '') => {
    await compareBoth(network(body, before));
  });

  it('what depends on positions alone is a constant, sums of products are one node', () => {
    const elaboration = network('output y = image -> adaptiveavgpool(4x3)');
    expect(nodesOf(modelOf(elaboration, dataOf(elaboration)))).toEqual(['Einsum']);
  });

  it('what ONNX cannot compute is refused at its layer', () => {
    const text = 'network T {\n input image: [4]\n target t: [4]\n loss mse(image, t)\n output y = image + t\n}';
    const elaboration = elaborated(text);
    let found: DiagnosticError | undefined;
    try {
      modelOf(elaboration, {});
    } catch (error) {
      found = error as DiagnosticError;
    }
    expect(found).toBeInstanceOf(DiagnosticError);
    const { code, message, span } = found!.diagnostic;
    expect([code, text.slice(span!.start, span!.end)]).toEqual(['CNN4301', 'image + t']);
    expect(message).toBe('`y` cannot be written for ONNX: it reads the target `t`');
  });
});

describe('batch norms', () => {
  const FOLDED = `
  a = image -> conv(6, 3x3, pad: same) -> batchnorm -> relu -> conv(4, 3x3, groups: 2, bias: false) -> batchnorm
  b = a -> depthwise(3x3) -> batchnorm -> convtranspose(6, 2x2, groups: 2) -> batchnorm
  output y = b -> flatten -> dense(5) -> batchnorm`;

  it('become a part of what stands before them', async () => {
    const model = await compareBoth(network(FOLDED, '', '[2, 9, 9]'), { fold: true });
    expect(nodesOf(model)).toEqual(['Conv', 'Relu', 'Conv', 'Conv', 'ConvTranspose', 'Flatten', 'Gemm']);
    expect(nodesOf(await compareBoth(network(FOLDED, '', '[2, 9, 9]')))).toContain('BatchNormalization');
  });

  it('stay where what stands before them is read by others too, or has weights of others', async () => {
    const read = 'x = image -> conv(3, 1x1)\n  output y = (x -> batchnorm) + x';
    expect(nodesOf(await compareBoth(network(read), { fold: true }))).toContain('BatchNormalization');
    const shared = 'c = conv(3, 1x1)\n  output y = (image -> c -> batchnorm) + (image -> relu -> c -> batchnorm)';
    expect(nodesOf(await compareBoth(network(shared), { fold: true }))).toContain('BatchNormalization');
  });
});

describe('the model', () => {
  const elaboration = elaborated(`network Small {
  input image: [2, 6, 7]
  target label: class(10)
  features = image -> conv1: conv(4, 3x3, pad: same) -> relu -> maxpool(2)
  logits = features -> fc: dense(10)
  loss crossentropy(logits, label)
  output logits
  output probs = softmax(logits)
}
train Small { normalize mean: [0.5, 0.4], std: [0.2, 0.3] }`);
  const data = dataOf(elaboration);
  const model = modelOf(elaboration, data);

  it('has shapes, names, texts and figures', () => {
    const { graph, metadata, opsets, irVersion } = model;
    expect([irVersion, opsets]).toEqual([8, [{ domain: '', version: 17 }]]);
    expect(Object.fromEntries(metadata.map(({ key, value }) => [key, value]))).toEqual({
      network: 'Small',
      parameters: '446',
      trainable: '446',
      buffers: '0',
      macs: '3384',
    });
    expect(graph!.doc).toBe(
      'From image [2, 6, 7] to logits [10], probs [10]: 446 parameters, 3,384 multiply-adds per image.',
    );
    expect(graph!.nodes.map(({ name, opType }) => `${name} ${opType}`)).toEqual([
      'image.normalized/Sub Sub',
      'image.normalized Div',
      'conv1 Conv',
      'features.relu Relu',
      'features.maxpool MaxPool',
      'fc/Reshape Reshape',
      'logits Gemm',
      'probs Softmax',
    ]);
    expect(graph!.nodes[2]!.doc).toBe('conv: [2, 6, 7] to [4, 6, 7]; 76 parameters; 3,024 multiply-adds; sees 3x3');
    const typed = new Set([...graph!.values, ...graph!.inputs, ...graph!.outputs].map(({ name }) => name));
    expect(graph!.nodes.flatMap(({ outputs }) => outputs).filter((name) => !typed.has(name))).toEqual([]);
    const weight = graph!.initializers.find(({ name }) => name === 'conv1.weight')!;
    expect(tensorValues(weight)).toEqual({ type: 'float', shape: [4, 2, 3, 3], data: data['conv1.weight'] });
  });

  it('takes any number of images, or the number that was given', async () => {
    expect(model.graph!.inputs[0]!.type!.tensor!.shape!.dimensions[0]).toEqual({ name: 'batch' });
    await compareBoth(elaboration, { count: 1 });
    const fixed = await compareBoth(elaboration, { batch: 2 });
    expect(fixed.graph!.inputs[0]!.type!.tensor!.shape!.dimensions[0]).toEqual({ size: 2 });
    const three = theirs(elaboration, dataOf(elaboration, 3), writeModel(fixed), 3);
    await expect(three).rejects.toThrow('invalid dimensions');
  });

  it('has its weights in another file where they are too large', async () => {
    const { model: rest, data: pieces } = separateWeights(model, 'small.onnx.data', 100);
    expect(rest.graph!.initializers.filter(({ location }) => location === 1).map(({ name }) => name)).toEqual([
      'fc.weight',
    ]);
    const bytes = Buffer.concat(pieces);
    expect(bytes.length % 4096).toBe(0);
    const image = { shape: [COUNT, 2, 6, 7], data: data.image! };
    const found = await runOnnx(writeModel(rest), { image }, [{ path: 'small.onnx.data', data: bytes }]);
    const values = Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value.data]));
    expectEqual(values, ours(elaboration, data));
    expect(separateWeights(model, 'small.onnx.data').data).toEqual([]);
  });
});
