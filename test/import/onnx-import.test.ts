/** @file ONNX models come in: our own exports give the network back, those of other tools the same numbers. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { exportOnnx } from '../../src/export/onnx/export.ts';
import { importOnnx } from '../../src/import/onnx/import.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { understand } from '../../src/semantics/understand.ts';
import { dataOf, modelOf } from '../export/onnx-oracle.ts';
import { zooNetwork } from '../onnx-zoo/networks.ts';
import { meant, type RoundTrip, roundTrip } from '../onnx-zoo/round-trip.ts';
import { handMade, ints, matrix, node } from './hand-made.ts';
import { expectImported } from './onnx-import-oracle.ts';

const examples = new URL('../../examples/', import.meta.url);

function networkOf(file: string): Elaboration {
  const text = readFileSync(new URL(file, examples), 'utf8').replace(/^ *normalize .*\n/m, '');
  return understand(text, file).elaboration!;
}

/** A layer of each kind that models for small devices have. */
const SMALL = `
block Unit(channels) {
  wide = in -> "0": conv(2 * in.channels, 1x1, bias: false) -> "1": batchnorm(eps: 1e-3) -> hardswish
  deep = wide -> "2": depthwise(3x3, pad: 1, bias: false) -> silu
  weights = deep -> adaptiveavgpool(1) -> fc1: conv(4, 1x1) -> relu6 -> fc2: conv(deep.channels, 1x1) -> hardsigmoid
  return deep * weights -> "3": conv(channels, 1x1) -> "4": groupnorm(2)
}

network Small(classes = 5) {
  input image: [3, 12, 12]
  stem = image -> "stem.0": conv(8, 3x3, stride: 2, pad: [0, 0, 1, 1]) -> "stem.1": prelu(shared: false)
  deep = stem -> unit: Unit(8)
  low = concat(stem + deep, stem -> leakyrelu(0.2)) -> channelshuffle(2) -> lrn
  high = low -> maxpool(3, stride: 2, ceil: true) -> "up": convtranspose(4, 3x3, stride: 2, pad: 1, output_padding: 1)
  both = concat(low, high) -> avgpool(3, stride: 2, pad: 1, count_padding: false) -> upsample(2)
  scores = both -> "norm": layernorm(axes: channels) -> gelu -> globalavgpool -> fc: dense(classes)
  output scores
  output features = low -> slice(2, 6) -> pad(1, mode: reflect) -> hardtanh(min: -2, max: 2)
}`;

/** What comes back is the network: parameters by name and shape, multiply-adds, receptive fields, and outputs in f64. */
function expectBack(elaboration: Elaboration, named = true): RoundTrip {
  const trip = roundTrip(elaboration, 2);
  const { before, after } = trip;
  const { states, ...figures } = before;
  expect(after).toMatchObject(figures);
  if (named) expect(after.states).toEqual(states);
  expect(meant(elaboration, trip, 2).distance).toBeLessThan(1e-6);
  return trip;
}

const twins = (body: string) =>
  understand(
    `block Twin(channels) {
  return in -> conv1: conv(channels, 3x3, pad: 1) -> relu -> conv2: conv(channels, 3x3) -> batchnorm -> relu
}

network Twins {
  input left: [2, 8, 8]
  input right: [2, 8, 8]
${body}
  output alike
}`,
    'twins.cnn',
  ).elaboration!;

describe('what we export comes back', () => {
  it.each(['lenet.cnn', 'autoencoder.cnn'])('%s', (file) => {
    expectBack(networkOf(file));
  });

  it('an `op` of a program that no node of ONNX computes alone', () => {
    const text = `op edges(x[c, h, w], k[o, c, p]) -> y[o, i, w] = sum(c, p) (x[c, i + p, w] - x[c, i + p + 1, w]) * k[o, c, p]
op bilinear(a[n], b[m], k[o, n, m], t[o]) -> y[o] = sum(n, m) a[n] * b[m] * k[o, n, m] + t[o]
network Own {
  input image: [2, 14, 5]
  maps = image -> edges(o: 3, p: 3) -> relu -> flatten
  y = maps -> dense(4) -> tanh -> bilinear(maps -> dense(5), o: 3)
  output y
}`;
    const elaboration = understand(text, 'own.cnn').elaboration!;
    const trip = roundTrip(elaboration, 2);
    expect(trip.after.parameters).toBe(trip.before.parameters);
    expect(trip.text).toContain('y[a, i, p, c] = x[a, i + p + 1, c]');
    expect(meant(elaboration, trip, 2).distance).toBeLessThan(1e-6);
  });

  // `npm run onnx-zoo`: all of them.
  it.each(['conv-autoencoder', 'lenet5'])('of the zoo: %s', (name) => {
    // Formulas of LeNet-5 come back as layers, whose weights have other names.
    expectBack(zooNetwork(name), name !== 'lenet5');
  });

  it('a network of all kinds of layers', () => {
    expectBack(understand(SMALL, 'small.cnn').elaboration!);
  });

  it('layers that are applied twice, as one', () => {
    const block = twins('  twin = Twin(4)\n  alike = abs((left -> twin) - (right -> twin)) -> fc: dense(2)');
    const { text, model } = expectBack(block);
    expect(text).toMatch(/twin = Twin\n/);
    expect(importOnnx(model, 'again').said).toEqual([]);
    const single = twins(
      '  same = conv(2, 3x3, pad: 1)\n  deep = left -> same -> relu -> same\n  alike = concat(deep, right -> same) -> fc: dense(2)',
    );
    expect(expectBack(single).text).toMatch(/same = conv\(2, 3x3, pad: 1\)\n/);
  });

  it('heads that only the loss reads, as outputs', () => {
    const text = `network Headed {
  input image: [2, 8, 8]
  target label: class(3)
  low = image -> conv(4, 3x3) -> relu
  logits = low -> globalavgpool -> fc: dense(3)
  loss crossentropy(logits, label) + 0.3 * crossentropy(low -> flatten -> aux: dense(3), label)
  output logits
}`;
    expect(expectBack(understand(text, 'headed.cnn').elaboration!).text).toContain('output aux');
  });

  it('adaptive pooling whose windows differ', () => {
    const text = `network Uneven {
  input image: [2, 14, 11]
  output y = image -> conv(2, 1x1) -> adaptiveavgpool(4x3)
}`;
    expect(expectBack(understand(text, 'uneven.cnn').elaboration!).text).toContain('-> adaptiveavgpool(4x3)');
  });

  it('what pixels are normalised by, as numbers', () => {
    const text = `network Normal {
  input image: [3, 4, 4]
  target label: class(3)
  logits = image -> conv(4, 3x3) -> flatten -> fc: dense(3)
  loss crossentropy(logits, label)
  output logits
}

train Normal {
  normalize mean: [0.491, 0.482, 0.447], std: [0.247, 0.243, 0.262]
}`;
    expect(expectBack(understand(text, 'normal.cnn').elaboration!).text).toContain('image -> centred -> rescaled');
    const single = text.replace(/normalize .*/, 'normalize mean: 0.25, std: 0.5');
    const back = expectBack(understand(single, 'normal.cnn').elaboration!).text;
    expect(back).toContain('(image - 0.25) / 0.5');
    expect(back).not.toContain('op ');
  });

  it('parameters that are equal, as they are before training', () => {
    const text = `op scaled(x[c, h, w], gain[c, p, q]) -> y[c, h, w] = x[c, h, w] * gain[c, 0, 0]

network Layered {
  input image: [3, 4, 4]
  output y = image -> conv(3, 3x3) -> scaled(p: 1, q: 1)
}`;
    const { model } = roundTrip(understand(text, 'layered.cnn').elaboration!, 1);
    const ones = importOnnx(
      writeModel(
        exportOnnx(understand(text, 'layered.cnn').elaboration!, {
          weights: ({ shape }) => new Float32Array(shape.reduce((size, extent) => size * extent, 1)).fill(0.5),
        }),
      ),
      'again',
    );
    expect(ones.weights.map(({ shape }) => [...shape])).toEqual(
      importOnnx(model, 'again').weights.map(({ shape }) => [...shape]),
    );
  });
});

/** The statements of a text, without what all have. */
const bodyOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => /->| = /.test(line))
    .map((line) => line.trim());

describe('what exporters write', () => {
  it('convolutions with automatic padding, and norms that are folded into arithmetic', async () => {
    const model = handMade({ image: ['N', 3, 7, 7] }, [
      node('Conv', ['image', matrix([4, 3, 3, 3], 'stem.weight')], 'a', { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
      node('Mul', ['a', matrix([4, 1, 1], 'norm.weight')], 'b'),
      node('Add', ['b', matrix([4, 1, 1], 'norm.bias')], 'c'),
      node('Clip', ['c', matrix([], 'low', [0]), matrix([], 'high', [6])], 'd'),
      node('Sigmoid', ['d'], 'e'),
      node('Mul', ['e', 'd'], 'f'),
      node('MaxPool', ['f'], 'y', { kernel_shape: [2, 2], auto_pad: 'SAME_LOWER' }),
    ]);
    const { text, weights } = await expectImported(model, { image: [2, 3, 7, 7] });
    expect(weights.map(({ name }) => name)).toEqual(['stem.weight', 'norm.weight', 'norm.bias']);
    expect(text.replace(/\s+/g, ' ')).toContain(
      'y = image -> stem: conv(4, 3x3, stride: 2, pad: 1, bias: false) -> norm: affine -> relu6 -> silu -> maxpool(2, stride: 1, pad: [1, 1, 0, 0])',
    );
  });

  it('flattening by the shape, dense layers as a product and a sum, dropout and identity', async () => {
    const model = handMade(
      { x: ['N', 2, 3, 3] },
      [
        node('Shape', ['x'], 's'),
        node('Gather', ['s', ints([0], [])], 'n'),
        node('Unsqueeze', ['n'], 'n1', { axes: [0] }),
        node('Constant', [], 'rest', { value_ints: [-1] }),
        node('Concat', ['n1', 'rest'], 'shape', { axis: 0 }),
        node('Reshape', ['x', 'shape'], 'flat'),
        node('Dropout', ['flat'], 'dropped', { ratio: 0.25 }),
        node('MatMul', ['dropped', matrix([18, 5], 'fc.weight')], 'm'),
        node('Add', ['m', matrix([5], 'fc.bias')], 'g'),
        node('Identity', ['g'], 'i'),
        node('Softmax', ['i'], 'y', { axis: -1 }),
      ],
      11,
    );
    const { text } = await expectImported(model, { x: [2, 2, 3, 3] });
    expect(bodyOf(text)).toEqual(['y = x -> flatten -> dropout(0.25) -> fc: dense(5) -> softmax']);
  });

  it('means over places, signals, and a weight that two layers share', async () => {
    const kernel = matrix([2, 2, 3], 'conv.weight');
    const model = handMade({ x: ['N', 2, 9] }, [
      node('Conv', ['x', kernel], 'a', { pads: [1, 1] }),
      node('Conv', ['a', kernel], 'b', { pads: [2, 0] }),
      node('Add', ['a', 'b'], 'c'),
      node('Sub', [matrix([], 'one', [1]), 'c'], 'd'),
      node('ReduceMean', ['d'], 'e', { axes: [-1], keepdims: 0 }),
      node('Div', ['e', matrix([], 'two', [2])], 'y'),
    ]);
    const { text, weights, said } = await expectImported(model, { x: [2, 2, 9] });
    expect(said).toEqual([
      'a tensor that several layers read has a copy for each: the model does not say that they are one layer',
    ]);
    expect(weights.map(({ name }) => name)).toEqual(['conv.weight', 'conv_2.weight']);
    expect(bodyOf(text)).toEqual([
      'after_conv = x -> "conv": conv(2, 3, pad: 1, bias: false)',
      'conv_2 = after_conv -> conv(2, 3, pad: [2, 0], bias: false)',
      'globalavgpool1 = (1 - (after_conv + conv_2)) -> globalavgpool',
      'y = globalavgpool1 / 2',
    ]);
  });
});

describe('what has no layer', () => {
  const x = ['x'] as const;
  const cases: Readonly<Record<string, Parameters<typeof handMade>[1]>> = {
    'borders along channels, and sides that are cut': [
      node('Pad', [...x, ints([0, 1, -1, 2, 0, 0, 1, -1])], 'p'),
      node('Pad', ['p', ints([0, 0, 1, 1, 0, 1, 0, 0]), matrix([], 'seven', [7])], 'y'),
    ],
    'products of two features': [
      node('Transpose', ['x'], 't', { perm: [0, 1, 3, 2] }),
      node('MatMul', ['x', 't'], 'm'),
      node('Einsum', ['m', 'x'], 'y', { equation: 'nchk,nckw->nwhc' }),
    ],
    'products with a constant': [
      node('Einsum', ['x', matrix([5, 2, 6], 'mix.weight')], 'y', { equation: 'nchw,ocw->noh' }),
    ],
    // Pipelines that flow in on both sides, and one value twice.
    'products of two features and a constant': [
      node('Relu', ['x'], 'r'),
      node('Tanh', ['x'], 't'),
      node('Einsum', ['r', 't', matrix([3, 2, 2], 'pair.weight')], 'p', { equation: 'nchw,ndhw,ocd->nohw' }),
      node('Einsum', ['p', 'p', matrix([5, 3, 3], 'again.weight')], 'y', { equation: 'nchw,ndhw,ocd->nohw' }),
    ],
    'cubic resizing, corners aligned': [
      node('Resize', ['x', '', matrix([4], 'scales', [1, 1, 1.5, 2])], 'y', {
        mode: 'cubic',
        coordinate_transformation_mode: 'align_corners',
      }),
    ],
    'nearest pixels by another rounding': [
      node('Resize', ['x', '', '', ints([1, 2, 7, 3])], 'y', { mode: 'nearest', nearest_mode: 'ceil' }),
    ],
    'several places, backwards': [
      node('Gather', ['x', ints([3, 0, 0, -1])], 'g', { axis: 2 }),
      node('Slice', ['g', ints([-1]), ints([-100]), ints([3]), ints([-2])], 's'),
      node('Expand', ['s', ints([2, 1, 1, 1, 1].slice(1))], 'y'),
    ],
    'windows with gaps': [
      node('Gather', ['x', ints([0, 2, 1, 3, 2, 4, 3, 5])], 'g', { axis: 3 }),
      node('Gather', ['g', ints([1, 3, 3, 5, 5, 7])], 'y', { axis: 3 }),
    ],
    'places before channels': [
      node('SpaceToDepth', ['x'], 'd', { blocksize: 2 }),
      node('Relu', ['d'], 'r'),
      node('DepthToSpace', ['r'], 'y', { blocksize: 2, mode: 'DCR' }),
    ],
    'reductions along any dimensions': [
      node('ReduceSum', ['x', ints([1, -1])], 's', { keepdims: 1 }),
      node('ReduceMax', ['x'], 'm', { axes: [1, 3], keepdims: 1 }),
      node('ReduceL2', ['x'], 'n', { axes: [3], keepdims: 1 }),
      node('ReduceMin', ['x'], 'l', { axes: [1], keepdims: 1 }),
      node('Add', ['s', 'm'], 'a'),
      node('Mul', ['n', 'l'], 'b'),
      node('Add', ['a', 'b'], 'y'),
    ],
    'functions in pieces, and running sums': [
      node('ThresholdedRelu', ['x'], 't', { alpha: 0.25 }),
      node('Shrink', ['t'], 's', { bias: 0.5, lambd: 0.75 }),
      node('CumSum', ['s', ints([3], [])], 'y', { reverse: 1 }),
    ],
    'slopes for each place': [node('PRelu', ['x', matrix([1, 4, 6], 'slopes')], 'y')],
    'exponents that are computed': [node('Abs', ['x'], 'a'), node('Pow', ['a', 'x'], 'y')],
    'norms of the last dimensions': [
      node('LayerNormalization', ['x', matrix([4, 6], 'scale')], 'y', { axis: 2, epsilon: 0.01 }),
    ],
  };
  it.each(Object.keys(cases))('%s', async (name) => {
    await expectImported(handMade({ x: ['N', 2, 4, 6] }, cases[name]!, 17), { x: [1, 2, 4, 6] });
  });
});

describe('what is refused', () => {
  const diagnosticOf = (file: Uint8Array) => {
    try {
      importOnnx(file, 'model');
    } catch (error) {
      if (error instanceof DiagnosticError) return error.diagnostic;
      throw error;
    }
    return undefined;
  };

  it('tells all nodes without a counterpart at once, with their number', () => {
    const model = handMade({ x: ['N', 2, 4, 4] }, [
      node('NonZero', ['x'], 'a'),
      node('Relu', ['a'], 'b'),
      node('NonZero', ['b'], 'c'),
      node('Pad', ['x', ints([1, 0, 0, 0, 0, 0, 0, 0])], 'd'),
      node('Add', ['c', 'd'], 'y'),
    ]);
    expect(diagnosticOf(model)).toMatchObject({
      code: 'CNN4304',
      message: '3 of 5 nodes have no counterpart in the language',
      notes: [
        { message: '`NonZero`: 2, the first of them `a`' },
        { message: '`Pad`, as it pads images: 1, the first of them `d`' },
      ],
    });
  });

  it('asks for sizes that the model leaves open', () => {
    const model = handMade({ x: ['N', 2, 'h', 'w'] }, [node('Relu', ['x'], 'y')]);
    expect(diagnosticOf(model)).toMatchObject({
      code: 'CNN4305',
      message: expect.stringContaining('[images, 2, ?, ?]'),
    });
    expect(importOnnx(model, 'open', { inputs: new Map([['', [2, 5, 5]]]) }).text).toContain('input x: [2, 5, 5]');
  });

  it('reads tensors that no dimension counts, if it is told so', () => {
    const model = handMade({ x: [3, 4, 5, 6] }, [
      node('ReduceMean', ['x'], 'm', { axes: [0, 2] }),
      node('Abs', ['m'], 'y'),
    ]);
    expect(diagnosticOf(model)).toMatchObject({ notes: [{ message: expect.stringContaining('along the images') }] });
    expect(importOnnx(model, 'whole', { unbatched: true }).text).toContain('x -> reshape([3, 4, 5, 6]) -> summed');
  });

  it('sums of any length are told in parts', () => {
    const count = 3000;
    const model = handMade({ x: ['N', 4] }, [
      ...Array.from({ length: count }, (_, k) => node('Add', [k ? `s${k}` : 'x', 'x'], `s${k + 1}`)),
      node('Relu', [`s${count}`], 'y'),
    ]);
    expect(importOnnx(model, 'deep').text.split('\n').length).toBeGreaterThan(count / 4);
  });

  it('damaged files give a network or a coded error', () => {
    const elaboration = understand(SMALL, 'small.cnn').elaboration!;
    const model = writeModel(modelOf(elaboration, dataOf(elaboration)));
    const outcomes: Record<string, number> = {};
    for (let seed = 0; seed < 100; seed++) {
      const damaged = Uint8Array.from(model);
      // Most of a file is weights; its structure is behind them and between.
      for (let k = 0; k < 6; k++) {
        const at = (seed * 7919 + k * 104729) % Math.min(model.length, 6000);
        damaged[model.length - 1 - at] = (seed * 31 + k * 17) % 256;
      }
      const code = diagnosticOf(seed % 10 === 0 ? damaged.subarray(0, (model.length * seed) / 100) : damaged)?.code;
      outcomes[code ?? 'network'] = (outcomes[code ?? 'network'] ?? 0) + 1;
    }
    expect(Object.keys(outcomes).filter((code) => code !== 'network' && !code.startsWith('CNN430'))).toEqual([]);
    expect(outcomes.CNN4302).toBeGreaterThan(10);
    expect(Object.keys(outcomes).length).toBeGreaterThan(2);
  });
});
