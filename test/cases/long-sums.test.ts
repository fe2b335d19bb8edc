/**
 * @file Sums of many terms: by WebAssembly, in f32, they come within 512 roundings of f64, however many terms
 * there are, and whatever they run over.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createExecutor } from '../../src/check/execute-graph.ts';
import { compileSource } from '../../src/compile.ts';
import { elementCount, formulaOf, type Graph, sourceOf } from '../../src/ir/graph.ts';
import { reductionOf } from '../../src/ir/scalar.ts';
import { random } from '../../src/loop/random.ts';
import { trainingGraph } from '../../src/plan/program-graphs.ts';
import { isBatchSum } from '../../src/plan/split-phases.ts';
import { JS_TRAITS } from '../../src/targets/js/target.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { loadModule } from '../support/load-module.ts';

const input = (name: string) => readFileSync(new URL(`inputs/${name}`, import.meta.url), 'utf8');

async function trainerOf(text: string, maxBatch: number, target: 'js' | 'wasm' = 'wasm', threads = 1) {
  const { createTrainer } = await loadModule(text, { target, maxBatch });
  return createTrainer({ seed: 1, relaxedSimd: false, threads });
}

const filled = (length: number, value: number) => new Float32Array(length).fill(value);

it('maps of a million pixels', async () => {
  const trainer = await trainerOf(input('long-sums.cnn'), 1);
  trainer.parameters.get('c.weight')!.data.fill(1);
  for (const [pixel, sum] of [
    [1 / 255, 1e6 / 255],
    [100, 1e8],
  ] as const) {
    const outputs = trainer.predictAll(filled(1e6, pixel));
    expect(Math.abs(outputs.get('total')![0]! - sum)).toBeLessThan(2.5e-6 * sum);
    expect(outputs.get('spread')![0]).toBeLessThan(1e-6 * pixel);
  }
});

it.each([224, 512])('a gradient over eight maps of %d by as many', async (side) => {
  const trainer = await trainerOf(input('long-sums-gradient.cnn').replaceAll('224', `${side}`), 8);
  trainer.parameters.get('c.weight')!.data.fill(1);
  const pixels = 8 * side * side;
  const batch = { images: filled(pixels, 0.3), labels: filled(pixels, 0.2) };
  expect(Math.abs(trainer.evaluate(batch).loss - 0.01)).toBeLessThan(1e-7);
  expect(Math.abs(trainer.gradients(batch).get('c.weight')![0]! - 0.06)).toBeLessThan(1e-6);
});

const SMALL = `network Small {
  input x: [1, 2, 2]
  target t: [1, 2, 2]
  y = x -> c: conv(1, 1x1)
  loss mse(y, t)
  output y
}`;

it.each(['js', 'wasm'] as const)('batches of 40000 by %s', async (target) => {
  const trainer = await trainerOf(SMALL, 40_000, target);
  trainer.parameters.get('c.weight')!.data.fill(1);
  const batch = { images: filled(160_000, 0.3), labels: filled(160_000, 0.2) };
  const [weight, bias] = ['c.weight', 'c.bias'].map((name) => trainer.gradients(batch).get(name)![0]!);
  expect(Math.abs(trainer.evaluate(batch).loss - 0.01)).toBeLessThan(1e-7);
  expect(Math.abs(weight! - 0.06)).toBeLessThan(3e-7);
  expect(Math.abs(bias! - 0.2)).toBeLessThan(1e-6);
  // What one batch carried on is not in the next.
  expect(trainer.gradients(batch).get('c.weight')![0]).toBe(weight);
});

it('does not depend on the number of threads', async () => {
  const text = SMALL.replaceAll('[1, 2, 2]', '[4, 8, 8]').replace('conv(1, 1x1)', 'conv(4, 3x3, pad: same)');
  const images = Float32Array.from({ length: 6000 * 256 }, (_, k) => random(1, 0, k));
  const [one, two] = await Promise.all([1, 2].map((threads) => trainerOf(text, 6000, 'wasm', threads)));
  expect(two!.threads).toBe(2);
  expect(two!.gradients({ images, labels: images })).toEqual(one!.gradients({ images, labels: images }));
  for (const trainer of [one!, two!]) trainer.dispose();
});

it('the variance of 1000 to 1001 has four digits', async () => {
  const trainer = await trainerOf(
    `network Far {
      input x: [1, 250, 250]
      y = x -> norm: batchnorm(momentum: 1) -> conv(1, 1x1)
      v = x -> variance(axes: all, unbiased: false)
      loss mean(y ^ 2)
      output v
    }`,
    4,
  );
  const pixels = 250 * 250;
  const images = Float32Array.from({ length: 4 * pixels }, (_, k) => 1000 + random(1, 0, k));
  for (const [k, variance] of trainer.predict(images).entries())
    expect(Math.abs(variance / varianceOf(images.subarray(pixels * k, pixels * (k + 1))) - 1)).toBeLessThan(1e-4);
  trainer.step({ images }, { lr: 1e-9 });
  // Normalised by the statistics of the batch.
  const { data } = readState(trainer.save(), 'norm.running_var');
  expect(Math.abs(data / ((varianceOf(images) * 4 * pixels) / (4 * pixels - 1)) - 1)).toBeLessThan(1e-4);
});

function varianceOf(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/** The only value of a state in a checkpoint. */
function readState(bytes: Uint8Array, name: string): { data: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  return { data: view.getFloat32(8 + length + header[name].data_offsets[0], true) };
}

/** Sums over positions, channels, taps, classes and the batch; all terms are positive, so that nothing cancels. */
const FORMS = [
  'y = x -> conv(2, 1x1)',
  'y = x -> conv(1, @x@)',
  'y = x -> dense(2)',
  'y = x -> globalavgpool -> dense(3)',
  'y = x -> conv(3, 3x3, pad: same, stride: 2)',
  'y = x * sum(x)',
];

const terms = fc.record({
  shape: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 20, max: 130 }), fc.integer({ min: 20, max: 130 })),
  form: fc.constantFrom(...FORMS),
  count: fc.integer({ min: 1, max: 12 }),
  /** All terms alike, which is the worst case, or not. */
  spread: fc.constantFrom(0, 1),
  level: fc.double({ min: 0.1, max: 3, noNaN: true }),
});

const ROUNDINGS = 512;

it('any sum is within some roundings of f64', () => {
  const property = fc.property(terms, ({ shape, form, count, spread, level }) => {
    const text = `network Sums {
      input x: [${shape.join(', ')}]
      ${form.replaceAll('@', `${Math.min(shape[1], shape[2], 40)}`)}
      loss mean(sum(y))
      output y
    }`;
    const { elaboration, diagnostics } = compileSource(text, 'sums.cnn');
    if (!elaboration) throw new Error(`${text}\n${diagnostics.map(({ message }) => message)}`);
    const graph = trainingGraph(elaboration, { leastTiledWork: Number.POSITIVE_INFINITY });
    const data = positiveData(graph, count, (draw) => Math.fround(level * (1 + spread * draw)));
    const [exact, found] = (['js', 'wasm'] as const).map((engine) => {
      const traits = engine === 'js' ? JS_TRAITS : WASM_TRAITS;
      return createExecutor(graph, { engine, traits, maxCount: count }).run({ count, data, update: false });
    });
    for (const { node } of graph.results.filter(({ role }) => role === 'gradient' || role === 'loss')) {
      const [wanted, values] = [exact!.values(node), found!.values(node)];
      values.forEach((value, k) => {
        expect(Math.abs(value / wanted[k]! - 1), node.name).toBeLessThan(2 * ROUNDINGS * 2 ** -24);
      });
    }
  });
  fc.assert(property, { seed: 1, numRuns: 14 });
});

it('rows of tiles add to the sums in memory 64 times at most', () => {
  const text = `network Tall {
    input x: [2, 520, 9]
    y = x -> conv(2, 3x3, pad: same) -> conv(1, 3x3)
    loss mean(sum(y))
    output y
  }`;
  const graph = trainingGraph(compileSource(text, 'tall.cnn').elaboration!, { leastTiledWork: -1 });
  const rounds = graph.nodes.filter(isBatchSum).flatMap((node) => {
    const { shared, body } = formulaOf(node)!;
    return reductionOf(body)!.axes.flatMap(({ name, extent }) => (name === shared?.axis ? extent : []));
  });
  expect(rounds.length).toBeGreaterThan(0);
  expect(Math.max(...rounds)).toBeLessThanOrEqual(64);
});

function positiveData(graph: Graph, count: number, made: (draw: number) => number): Record<string, ArrayLike<number>> {
  return Object.fromEntries(
    graph.nodes.flatMap((node, stream) => {
      if (!sourceOf(node)) return [];
      const length = elementCount(node.shape) * (node.varying ? count : 1);
      return [[node.name, Float64Array.from({ length }, (_, k) => made(random(1, stream, k)))]];
    }),
  );
}
