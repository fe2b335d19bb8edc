/** @file Minimal filtering against direct convolutions, exactly in f64 and within bounds in f32. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExecutor, type ExecutorOptions } from '../../src/check/execute-graph.ts';
import { compileSource } from '../../src/compile.ts';
import { minimalFilter } from '../../src/formula/minimal-filtering.ts';
import { factorMatrix } from '../../src/loop/factor-matrix.ts';
import type { RunOptions } from '../../src/passes/pass.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import {
  type ConvolutionShape,
  hasPart,
  stepOf,
  type TrainingStep,
  trainingStep,
} from '../support/convolution-step.ts';
import { TRAITS } from '../support/run-graph.ts';

const apply = (matrix: readonly (readonly number[])[], vector: readonly number[]) =>
  matrix.map((row) => row.reduce((sum, value, k) => sum + value * vector[k]!, 0));

const filters = [
  ...[2, 3, 4]
    .flatMap((outputs) => [2, 3, 4, 5].map((taps) => [outputs, taps] as const))
    .filter(([m, r]) => m + r <= 7),
].map(([outputs, taps]) => [`F(${outputs}, ${taps})`, minimalFilter(outputs, taps)] as const);

describe.each(filters)('%s', (_, filter) => {
  const numbers = (length: number) =>
    fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length });

  it('filters, and gives the gradient by its taps', () => {
    const { outputs, taps, points, input, filter: taken, output } = filter;
    fc.assert(
      fc.property(numbers(points), numbers(taps), numbers(outputs), (d, g, dy) => {
        const products = (a: readonly number[], b: readonly number[]) => a.map((value, k) => value * b[k]!);
        const y = apply(output.rows, products(apply(taken.rows, g), apply(input.rows, d)));
        y.forEach((value, i) => {
          expect(value).toBeCloseTo(
            g.reduce((sum, tap, j) => sum + tap * d[i + j]!, 0),
            11,
          );
        });
        const turned = (rows: readonly (readonly number[])[]) => rows[0]!.map((__, k) => rows.map((row) => row[k]!));
        const dg = apply(turned(taken.rows), products(apply(turned(output.rows), dy), apply(input.rows, d)));
        dg.forEach((value, j) => {
          expect(value).toBeCloseTo(
            dy.reduce((sum, each, i) => sum + each * d[i + j]!, 0),
            11,
          );
        });
      }),
    );
  });

  it('factors its matrices without changing them', () => {
    for (const { rows } of [filter.input, filter.filter, filter.output]) {
      const factored = factorMatrix(rows);
      rows[0]!.forEach((__, column) => {
        const variables: number[] = rows[0]!.map((___, k) => (k === column ? 1 : 0));
        const combine = (terms: (typeof factored.rows)[number]) =>
          terms.reduce((sum, [variable, factor]) => sum + factor * variables[variable]!, 0);
        for (const definition of factored.definitions) variables.push(combine(definition));
        factored.rows.forEach((row, k) => {
          expect(combine(row)).toBeCloseTo(rows[k]![column]!, 12);
        });
      });
    }
  });
});

it('takes thirteen operations for six points of F(4, 3) where the matrix has 22 terms', () => {
  const { definitions, rows } = factorMatrix(minimalFilter(4, 3).input.rows);
  const operations = [...definitions, ...rows].reduce((sum, terms) => sum + terms.length - 1, 0);
  expect(operations).toBeLessThanOrEqual(13);
});

/** Results of a step with and without the rewrite, in the order of the graph's results. */
function bothWays(
  shape: ConvolutionShape,
  engine: ExecutorOptions['engine'],
  traits = TRAITS,
  others: RunOptions = {},
) {
  return withAndWithout((options) => trainingStep(shape, { ...options, ...others }), engine, traits);
}

function withAndWithout(
  step: (options: RunOptions) => TrainingStep,
  engine: ExecutorOptions['engine'],
  traits = TRAITS,
) {
  const run = (skip: readonly string[]) => {
    const { graph, data, count } = step({ skip });
    const execution = createExecutor(graph, { engine, traits, maxCount: count }).run({ count, data, update: true });
    return { graph, values: graph.results.map(({ node }) => execution.values(node)) };
  };
  return { direct: run(['winograd']), tiled: run([]) };
}

function largestDifference(found: readonly number[], wanted: readonly number[]): number {
  const scale = Math.sqrt(wanted.reduce((sum, value) => sum + value * value, 0) / wanted.length);
  return Math.max(...found.map((value, k) => Math.abs(value - wanted[k]!))) / scale;
}

describe('a convolution, its input gradient and its weight gradient', () => {
  const shapes = fc.record({
    channels: fc.integer({ min: 8, max: 10 }),
    outputs: fc.integer({ min: 8, max: 10 }),
    height: fc.integer({ min: 5, max: 13 }),
    width: fc.integer({ min: 5, max: 13 }),
    pad: fc.constantFrom('valid', 'same', 'full', [1, 0, 2, 1] as const),
    relu: fc.boolean(),
    kernel: fc.constantFrom(2, 3, 3, 4, 5, [3, 5] as const),
  });

  const usual = { channels: 10, outputs: 9, height: 9, width: 8, pad: 'same', relu: true, kernel: 3 } as const;

  it.each([
    ['the interpreter', 'interpreter', false, 1],
    ['JavaScript', 'js', false, 20],
    ['JavaScript, channels side by side', 'js', true, 10],
  ] as const)('are what they were, by %s', (_, engine, allAtOnce, numRuns) => {
    let tiledGraphs = 0;
    fc.assert(
      fc.property(shapes, (shape) => {
        const { direct, tiled } = bothWays(shape, engine, TRAITS, { allAtOnce });
        tiledGraphs += hasPart(tiled.graph, 'products') ? 1 : 0;
        tiled.values.forEach((values, k) => {
          expect(largestDifference(values, direct.values[k]!)).toBeLessThan(1e-11);
        });
      }),
      { numRuns, seed: 7, examples: [[usual]] },
    );
    expect(tiledGraphs).toBeGreaterThan(0);
  });

  it.each([
    [16, 32],
    [64, 8],
  ] as const)('keep their accuracy in f32: %i channels, maps of %i', (channels, size) => {
    const shape = { channels, outputs: channels, height: size, width: size, pad: 'same', relu: false } as const;
    const exact = bothWays(shape, 'js').direct.values;
    const { direct, tiled } = bothWays(shape, 'wasm', WASM_TRAITS);
    tiled.values.forEach((values, k) => {
      const [found, usual] = [values, direct.values[k]!].map((each) => largestDifference(each, exact[k]!));
      // Of the standard deviation of the result; direct convolutions are at 1e-6.
      expect(found).toBeLessThan(2e-5);
      expect(found!).toBeLessThan(Math.max(12 * usual!, 2e-6));
    });
  });
});

/** An operator of a program on 32 maps of a 1 x 1 convolution, before a loss. */
function programStep(operator: string, layers: string) {
  const { elaboration, diagnostics } = compileSource(
    `op own(${operator}
    network Net {
      input image: [2, 12, 12]
      target wanted: class(3)
      y = image -> conv(32, 1x1) -> ${layers} -> flatten -> dense(3)
      loss crossentropy(y, wanted)
      output y
    }`,
    'own.cnn',
  );
  expect(diagnostics).toEqual([]);
  return (options: RunOptions) => stepOf(elaboration!.training.graph, 32, options);
}

describe('an operator of a program', () => {
  const frames = 'x[c, t, h, w], k[o, c, p, q]) -> y[o, t, i, j] = sum(c, p, q) x[c, t, i + p, j + q] * k[o, c, p, q]';
  const diagonal = 'x[c, h, w], k[o, c, p]) -> y[o, i, j] = sum(c, p) x[c, i + p, j + p] * k[o, c, p]';
  const chosen = 'x[e, c, h, w], k[o, c, p, q]) -> y[o, i, j] = sum(c, p, q) x[p, c, i + p, j + q] * k[o, c, p, q]';

  it.each([
    ['the same weights for every frame', frames, 'reshape([8, 4, 12, 12]) -> own(8, 3, 3)', true],
    ['taps along a diagonal', diagonal, 'own(16, 3)', false],
    ['a tap that picks the channel', chosen, 'reshape([4, 8, 12, 12]) -> own(32, 3, 3)', false],
  ] as const)('with %s computes what it did', (_, operator, layers, tiles) => {
    const { direct, tiled } = withAndWithout(programStep(operator, layers), 'js');
    expect(hasPart(tiled.graph, 'products')).toBe(tiles);
    tiled.values.forEach((values, k) => {
      expect(largestDifference(values, direct.values[k]!)).toBeLessThan(1e-11);
    });
  });
});

describe('is left alone', () => {
  const usual = { channels: 16, outputs: 16, height: 16, width: 16, pad: 'same', relu: false } as const;
  it.each([
    ['a stride of 2', { stride: 2 }],
    ['a kernel of 9 x 9', { kernel: 9 }],
    ['a kernel of 1 x 1', { kernel: 1 }],
    ['a dilation of 2', { dilation: 2 }],
    ['a map of 2 x 2', { height: 2, width: 2 }],
  ] as const)('%s', (_, change) => {
    const { graph } = trainingStep({ ...usual, ...change }, {});
    expect(hasPart(graph, 'products')).toBe(false);
  });

  it('what the rewrite is told to leave out', () => {
    expect(hasPart(trainingStep(usual, {}).graph, 'products')).toBe(true);
    expect(hasPart(trainingStep(usual, { skip: ['winograd'] }).graph, 'products')).toBe(false);
  });
});
