/** @file Networks in ONNX compute in another runtime what ours predicts. */
import { describe, expect, it } from 'vitest';
import { randomData } from '../../src/check/check-gradients.ts';
import { createExecutor } from '../../src/check/execute-graph.ts';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { exportOnnx, type OnnxOptions } from '../../src/export/onnx/export.ts';
import type { Graph } from '../../src/ir/graph.ts';
import { sourceOf } from '../../src/ir/graph.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { predictedGraph } from '../../src/plan/program-graphs.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { MIDDLES } from '../support/middles.ts';
import { runOnnx } from '../support/onnx-runtime.ts';
import { TRAITS } from '../support/run-graph.ts';
import { written } from '../support/write-network.ts';

const COUNT = 3;

type Numbers = Readonly<Record<string, ArrayLike<number>>>;

/** Random values for all that a graph reads; variances are positive. */
function dataOf(graph: Graph): Record<string, ArrayLike<number>> {
  const data: Record<string, ArrayLike<number>> = { ...randomData(graph, { count: COUNT, seed: 7 }) };
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (source?.role !== 'state') continue;
    const positive = source.state.owner?.leaf === 'running_var';
    data[node.name] = Float32Array.from(data[node.name]!, (value) => (positive ? 0.5 + Math.abs(value) : value));
  }
  return data;
}

function ours(graph: Graph, data: Numbers): Numbers {
  const optimized = runPasses(graph, OPTIMIZING_PASSES);
  const run = createExecutor(optimized, { engine: 'js', traits: TRAITS, maxCount: COUNT }).run({
    count: COUNT,
    data,
    update: false,
  });
  return Object.fromEntries(
    optimized.results.flatMap((result) =>
      result.role === 'output' ? [[result.name, run.values(result.node)] as const] : [],
    ),
  );
}

/** The model with the data as its weights. */
function modelOf(elaboration: Elaboration, data: Numbers, options: Partial<OnnxOptions> = {}) {
  return exportOnnx(elaboration, { weights: ({ name }) => data[name] as Float32Array, ...options });
}

async function theirs(elaboration: Elaboration, data: Numbers, options: Partial<OnnxOptions> = {}): Promise<Numbers> {
  const inputs = elaboration.inference.inputs.map(
    ({ name, node, shape }) => [name, { shape: [COUNT, ...shape], data: data[node.name]! }] as const,
  );
  const found = await runOnnx(writeModel(modelOf(elaboration, data, options)), Object.fromEntries(inputs));
  return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value.data]));
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((size, value) => Math.max(size, Math.abs(value)), 0);

function expectEqual(found: Numbers, wanted: Numbers): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, values] of Object.entries(wanted)) {
    const own = found[name]!;
    expect(own.length, name).toBe(values.length);
    const error = Array.from(values).reduce((worst, value, k) => Math.max(worst, Math.abs(value - own[k]!)), 0);
    expect(error / Math.max(largest(values), 1e-30), name).toBeLessThan(1e-5);
  }
}

async function compareBoth(elaboration: Elaboration, options: Partial<OnnxOptions> = {}): Promise<void> {
  const graph = predictedGraph(elaboration);
  const data = dataOf(graph);
  expectEqual(await theirs(elaboration, data, options), ours(graph, data));
}

function middleNetwork(middle: (typeof MIDDLES)[number][1]): Elaboration {
  const net = new NetworkBuilder();
  middle(net, net.layer('conv', net.input('image', [2, 6, 7]), { channels: 4, kernel: 3, pad: 1 }));
  return elaborated(written(net.model()));
}

describe('every operator', () => {
  it.each(MIDDLES)('%s', (_, middle) => compareBoth(middleNetwork(middle)));
});
