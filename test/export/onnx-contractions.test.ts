/** @file Sums of products that a program writes as formulas, and gradients, are the nodes that ONNX has for them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { exportOnnxTraining } from '../../src/export/onnx/training.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { compareBoth, dataOf, expectEqual, modelOf, ours, theirs } from './onnx-oracle.ts';

const RUNS = Number(process.env.ONNX_RUNS ?? 20);

/** Nodes that do the work; the others arrange it. */
const WORK = /^(Conv|ConvTranspose|Gemm|MatMul|Einsum|Gather|ReduceSum)$/;

const network = (body: string, definition: string, shape: string) =>
  elaborated(`${definition}\nnetwork Test {\n  input image: ${shape}\n  output y = image -> ${body}\n}`);

describe('an `op` of a program', () => {
  it.each([
    [
      'with a stride, a border on one side and gaps',
      'own(o: 3, p: 3, q: 2)',
      'op own(x[c, h, w], k[o, c, p, q], b[o]) -> y[o, i, j] = b[o] + sum(c, p, q) x[c, 2*i + 2*p - 1, j + q] * k[o, c, p, q]',
      ['Conv'],
    ],
    [
      'that leaves rows at both ends out',
      'own(o: 3, p: 2, i: 2)',
      'op own(x[c, h, w], k[o, c, p]) -> y[o, i, w] = sum(c, p) x[c, i + p + 1, w] * k[o, c, p]',
      ['Conv'],
    ],
    [
      'each channel by itself, the weight first',
      'own(p: 3, q: 3)',
      'op own(x[c, h, w], k[c, n, p, q]) -> y[c, i, j] = sum(n, p, q) k[c, n, p, q] * x[c, i + p - 1, j + q - 1]',
      ['Conv'],
      'own(n: 1, p: 3, q: 3)',
    ],
    [
      'in groups that overlap',
      'own(o: 2, m: 3, p: 3, q: 3)',
      'op own(x[c, h, w], k[o, m, p, q]) -> y[o, i, j] = sum(m, p, q) x[o + m, i + p, j + q] * k[o, m, p, q]',
      ['Gather', 'Conv'],
    ],
    [
      'that scatters',
      'own(o: 3, p: 3, q: 2, i: 13, j: 8)',
      'op own(x[c, h, w], k[c, o, p, q]) -> y[o, i, j] = sum(c, p, q) x[c, (i + 1 - p) / 2, j - q] * k[c, o, p, q]',
      ['ConvTranspose'],
    ],
    [
      'of single pixels',
      'own(o: 3)',
      'op own(x[c, h, w], k[o, c]) -> y[o, h, w] = sum(c) x[c, h, w] * k[o, c]',
      ['Conv'],
    ],
    [
      'of a signal',
      'reshape([4, 42]) -> own(o: 3, p: 5)',
      'op own(x[c, t], k[p, c, o]) -> y[i, o] = sum(c, p) x[c, 3 * i + p] * k[p, c, o]',
      ['Conv'],
    ],
    ['of all', 'flatten -> own(o: 3)', 'op own(x[k], a[o, k], b[o]) -> y[o] = b[o] + sum(k) x[k] * a[o, k]', ['Gemm']],
    [
      'of features with each other',
      'own',
      'op own(x[c, h, w]) -> y[c, h, i] = sum(w) x[c, h, w] * x[c, i, w]',
      ['MatMul'],
    ],
  ])('%s', async (_, body, definition, nodes, other = body) => {
    const model = await compareBoth(network(other, definition, '[4, 6, 7]'));
    expect(model.graph!.nodes.map(({ opType }) => opType).filter((type) => WORK.test(type))).toEqual(nodes);
  });
});

it('any sum over sliding places', async () => {
  const kinds = fc.record({
    stride: fc.constantFrom(1, 1, 2, 3),
    tap: fc.constantFrom(1, 2, -1, -2),
    offset: fc.integer({ min: -3, max: 3 }),
    divisor: fc.constantFrom(1, 1, 2, 3),
    taps: fc.integer({ min: 1, max: 4 }),
    places: fc.integer({ min: 1, max: 9 }),
    // Who slides over whom.
    turned: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(kinds, async ({ stride, tap, offset, divisor, taps, places, turned }) => {
      const index = `(${stride} * i + ${tap} * p + ${offset}) / ${divisor}`;
      const [x, k] = turned ? ['x[c, p]', `k[o, c, ${index}]`] : [`x[c, ${index}]`, 'k[o, c, p]'];
      const definition = turned
        ? `op own(x[c, p], k[o, c, h]) -> y[o, i] = sum(c, p) ${x} * ${k}`
        : `op own(x[c, h], k[o, c, p]) -> y[o, i] = sum(c, p) ${x} * ${k}`;
      const given = turned ? `own(o: 2, h: ${taps + 3}, i: ${places})` : `own(o: 2, p: ${taps}, i: ${places})`;
      const elaboration = network(given, definition, '[3, 7]');
      const data = dataOf(elaboration);
      const model = writeModel(modelOf(elaboration, data));
      expectEqual(await theirs(elaboration, data, model), ours(elaboration, data));
    }),
    { numRuns: RUNS, seed: 3 },
  );
});

it('a step of training convolves, scatters and multiplies, and gathers nothing', () => {
  const { graph } = exportOnnxTraining(
    elaborated(`network T {
  input image: [4, 9, 8]
  target label: class(3)
  scores = image -> conv(6, 3x3, stride: 2, pad: 1, groups: 2) -> depthwise(3x3, pad: 1) -> relu
                 -> convtranspose(4, 3x3, stride: 2) -> tanh -> conv(5, 1x1) -> flatten -> dense(3)
  loss crossentropy(scores, label)
}
train T {}`),
  ).model;
  const counts: Record<string, number> = {};
  for (const { opType } of graph!.nodes) if (WORK.test(opType)) counts[opType] = (counts[opType] ?? 0) + 1;
  // Each layer forward, the gradient of its weights, and that of its input, which goes the other way.
  expect(counts).toMatchObject({ Conv: 3 + 4 + 1, ConvTranspose: 1 + 2, Gemm: 1 + 1 + 1 });
  expect(counts).not.toHaveProperty('Gather');
});
