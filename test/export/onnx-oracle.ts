/** @file A network as we predict with it and as ONNX Runtime does, on the same random weights and images. */
import { expect } from 'vitest';
import { randomData } from '../../src/check/check-gradients.ts';
import { createExecutor, type ExecutorOptions } from '../../src/check/execute-graph.ts';
import { initialWeights } from '../../src/cli/initial-weights.ts';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { exportOnnx, type OnnxOptions } from '../../src/export/onnx/export.ts';
import type { State } from '../../src/ir/graph.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { predictedGraph } from '../../src/plan/program-graphs.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import type { MIDDLES } from '../support/middles.ts';
import { runOnnx } from '../support/onnx-runtime.ts';
import { TRAITS } from '../support/run-graph.ts';
import { written } from '../support/write-network.ts';

export const COUNT = 3;

export type Numbers = Readonly<Record<string, ArrayLike<number>>>;

/** By the names of sources. Weights are those that training starts with, but for zeros and ones, which would hide mistakes. */
export function dataOf(elaboration: Elaboration, count = COUNT): Record<string, Float32Array> {
  const noise = randomData(predictedGraph(elaboration), { count, seed: 7 });
  const data: Record<string, Float32Array> = {};
  for (const { node } of elaboration.inference.inputs) data[node.name] = Float32Array.from(noise[node.name] ?? []);
  for (const state of elaboration.states) data[state.name] = startOf(state, noise[state.name] ?? []);
  return data;
}

function startOf(state: State, noise: ArrayLike<number>): Float32Array {
  const drawn = initialWeights(state, 1);
  if (state.role !== 'buffer' && drawn.some((value) => value !== drawn[0])) return drawn;
  // Variances stay positive.
  return drawn.map((value, k) => value + 0.3 * Math.abs(noise[k] ?? 0));
}

/** What the network was trained on: the model does it for itself. */
function normalized({ settings, inference }: Elaboration, data: Numbers): Numbers {
  const entries = inference.inputs.flatMap(({ name, node, shape }) => {
    const found = settings.normalize?.get(name);
    if (!found) return [];
    const plane = shape.reduce((product, extent) => product * extent, 1) / found.mean.length;
    const values = Float32Array.from(data[node.name]!, (value, k) => {
      const channel = Math.floor(k / plane) % found.mean.length;
      return (value - found.mean[channel]!) / found.deviation[channel]!;
    });
    return [[node.name, values] as const];
  });
  return { ...data, ...Object.fromEntries(entries) };
}

/** `js` computes in f64; `wasm` is faster where networks are large. */
export function ours(
  elaboration: Elaboration,
  data: Numbers,
  engine: ExecutorOptions['engine'] = 'js',
  count = COUNT,
  wanted = predictedGraph(elaboration),
) {
  const graph = runPasses(wanted, OPTIMIZING_PASSES);
  const traits = engine === 'wasm' ? WASM_TRAITS : TRAITS;
  const run = createExecutor(graph, { engine, traits, maxCount: count }).run({
    count,
    data: normalized(elaboration, data),
    update: false,
  });
  return Object.fromEntries(
    graph.results.flatMap((result) =>
      result.role === 'output' ? [[result.name, run.values(result.node)] as const] : [],
    ),
  );
}

/** The model with the data as its weights. */
export function modelOf(elaboration: Elaboration, data: Numbers, options: Partial<OnnxOptions> = {}) {
  return exportOnnx(elaboration, { weights: ({ name }) => data[name] as Float32Array, ...options });
}

export async function theirs(
  { inference }: Elaboration,
  data: Numbers,
  model: Uint8Array,
  count = COUNT,
): Promise<Numbers> {
  const inputs = inference.inputs.map(
    ({ name, node, shape }) => [name, { shape: [count, ...shape], data: data[node.name]! }] as const,
  );
  const found = await runOnnx(model, Object.fromEntries(inputs));
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value.data]));
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((size, value) => Math.max(size, Math.abs(value)), 0);

/** Within `tolerance` of the largest value. */
export function expectEqual(found: Numbers, wanted: Numbers, tolerance = 1e-5): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, values] of Object.entries(wanted)) {
    const own = found[name]!;
    expect(own.length, name).toBe(values.length);
    const error = Array.from(values).reduce((worst, value, k) => Math.max(worst, Math.abs(value - own[k]!)), 0);
    expect(error / Math.max(largest(values), 1e-30), name).toBeLessThan(tolerance);
  }
}

/** Exports the network and compares what both compute; gives the model. */
export async function compareBoth(
  elaboration: Elaboration,
  options: Partial<OnnxOptions> & {
    readonly engine?: ExecutorOptions['engine'];
    readonly count?: number;
    readonly tolerance?: number;
  } = {},
) {
  const { engine, count = options.batch ?? COUNT, tolerance, ...exporting } = options;
  const data = dataOf(elaboration, count);
  const model = modelOf(elaboration, data, exporting);
  const wanted = ours(elaboration, data, engine, count);
  for (const [name, values] of Object.entries(wanted)) expect(largest(values), name).toBeGreaterThan(0);
  expectEqual(await theirs(elaboration, data, writeModel(model), count), wanted, tolerance);
  return model;
}

/** A sample of the operator matrix behind a convolution. */
export function middleNetwork([, middle, image]: (typeof MIDDLES)[number]): Elaboration {
  const net = new NetworkBuilder();
  middle(net, net.layer('conv', net.input('image', image), { channels: 4, kernel: 3, pad: 1 }));
  return elaborated(written(net.model()));
}
