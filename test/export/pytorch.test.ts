/** @file Exported networks compute in PyTorch what the compiler computes: the same outputs, losses, metrics, gradients. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomData } from '../../src/check/check-gradients.ts';
import { createExecutor } from '../../src/check/execute-graph.ts';
import { exportPytorch } from '../../src/export/pytorch/export.ts';
import { type Graph, type Node, type Shape, sourceOf } from '../../src/ir/graph.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import type { Elaboration } from '../../src/semantics/model.ts';
import { understand } from '../../src/semantics/understand.ts';
import { elaborated } from '../semantics/elaborated.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { MIDDLES, trainingGraph } from '../support/middles.ts';
import { TRAITS } from '../support/run-graph.ts';
import { written } from '../support/write-network.ts';
import { expectEqual as expectOutputs, ours, type Numbers as ZooNumbers, dataOf as zooData } from './onnx-oracle.ts';
import { askTwins, python, WITHOUT } from './python.ts';

const COUNT = 5;
const ZOO_COUNT = 2;

type Numbers = Readonly<Record<string, readonly number[]>>;

interface Sample {
  readonly name: string;
  readonly elaboration: Elaboration;
}

const listOf = (values: ArrayLike<number>) => Array.from(values);

/** What is computed by the interpreter's graph, in f64. */
function computed({ training, inference }: Elaboration, data: Readonly<Record<string, ArrayLike<number>>>): Numbers {
  const found: Record<string, readonly number[]> = {};
  const take = (graph: Graph, roles: readonly string[]) => {
    const run = createExecutor(graph, { engine: 'js', traits: TRAITS, maxCount: COUNT }).run({
      count: COUNT,
      data,
      update: false,
    });
    for (const result of graph.results) {
      if (!roles.includes(result.role)) continue;
      const name =
        result.role === 'loss'
          ? 'loss'
          : result.role === 'gradient'
            ? `d.${result.state.name}`
            : `${result.role} ${(result as { name: string }).name}`;
      found[name] = run.values(result.node);
    }
  };
  take(trainingGraph(training.graph), ['loss', 'metric', 'gradient']);
  take(runPasses(outputsOf(inference.graph), OPTIMIZING_PASSES), ['output']);
  return found;
}

const outputsOf = (graph: Graph): Graph => ({
  ...graph,
  results: graph.results.filter(({ role }) => role === 'output'),
});

function caseOf({ elaboration }: Sample, data: Readonly<Record<string, ArrayLike<number>>>) {
  const { training, states } = elaboration;
  const entry = (name: string, node: Node) => ({
    name,
    shape: [COUNT, ...node.shape],
    values: listOf(data[node.name]!),
  });
  const weights = states.filter(({ role }) => role !== 'optimizer');
  return {
    text: exportPytorch(elaboration),
    states: weights.map((state) => ({ name: state.name, shape: state.shape, values: listOf(data[state.name]!) })),
    order: true,
    images: training.inputs.map(({ name, node }) => entry(name, node)),
    targets: training.targets.map(({ name, node }) => entry(name, node)),
    classes: training.targets.filter(({ type }) => type.kind === 'class').map(({ name }) => name),
    outputs: training.outputs.map(({ name }) => name),
  };
}

const sourcesOf = (graph: Graph) => graph.nodes.filter((node) => sourceOf(node));

/** Random values for everything that the graphs of a network read; variances are positive. */
function dataOf({ training, inference }: Elaboration): Record<string, ArrayLike<number>> {
  const all = {
    ...randomData(trainingGraph(training.graph), { count: COUNT, seed: 11 }),
    ...randomData(inference.graph, { count: COUNT, seed: 12 }),
  };
  for (const node of [...sourcesOf(training.graph), ...sourcesOf(inference.graph)])
    if (node.name.endsWith('running_var'))
      all[node.name] = Float64Array.from(all[node.name]!, (value) => 0.5 + Math.abs(value));
  return all;
}

const largest = (values: readonly number[]) => values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);

function expectEqual(found: Numbers, wanted: Numbers, tolerance: number): void {
  const floor =
    1e-2 *
    Math.max(
      ...Object.entries(wanted).flatMap(([name, values]) => (name.startsWith('d.') ? [largest(values)] : [])),
      1,
    );
  for (const [name, values] of Object.entries(wanted)) {
    const own = found[name];
    if (name.startsWith('d.') && own === undefined && largest(values) === 0) continue;
    expect(own?.length, `${name} of ${Object.keys(found).join(', ')}`).toBe(values.length);
    const scale = Math.max(largest(values), name.startsWith('d.') ? floor : 1e-30);
    const error = values.reduce((worst, value, k) => Math.max(worst, Math.abs(value - own![k]!) / scale), 0);
    expect(error, `${name}: ${own!.slice(0, 4)} and ${values.slice(0, 4)}`).toBeLessThan(tolerance);
  }
}

const askAll = (cases: readonly unknown[]) => (python ? askTwins(cases) : []);

/** Random layers draw other numbers. */
const isRandom = (name: string) => /dropout|stochasticdepth/.test(name);

const middles = (): Sample[] =>
  MIDDLES.filter(([name]) => name !== 'sum of all' && !isRandom(name)).map(([name, middle, image]) => {
    const net = new NetworkBuilder();
    middle(net, net.layer('conv', net.input('image', image), { channels: 4, kernel: 3, pad: 1 }));
    return { name, elaboration: elaborated(written(net.model(), (y) => `mean((${y} + 0.5) ^ 2)`)) };
  });

interface LossSample {
  readonly loss: string;
  readonly target?: string;
  readonly metrics?: string;
  readonly before?: string;
}

function lossText({ loss, target = 'class(3)', metrics = '', before = '' }: LossSample): string {
  return `${before}
network Test {
  input image: [2, 6, 7]
  target t: ${target}
  x = image -> conv(3, 3x3, pad: 1) -> tanh
  v = x -> dense(3)
  loss ${loss}
  ${metrics}
  output v
}`;
}

const PIXELS = 'class(3, [6, 7])';
const IGNORING = 'class(3, [6, 7], ignore: 255)';

const LOSSES: readonly LossSample[] = [
  { loss: 'crossentropy(v, t)', metrics: 'metric accuracy(v, t)\n metric topk(v, t, k: 2)' },
  { loss: 'crossentropy(v, t)', metrics: 'metric confusion(v, t)\n metric recall(v, t)\n metric iou(v, t)' },
  { loss: 'crossentropy(v, t, weights: [0.5, 1.5, 3])' },
  { loss: 'crossentropy(v, t, smoothing: 0.2)' },
  { loss: 'crossentropy(x, t)', target: PIXELS, metrics: 'metric accuracy(x, t)' },
  {
    loss: 'crossentropy(x, t, weights: [0.5, 1.5, 3], smoothing: 0.1)',
    target: IGNORING,
    metrics: 'metric accuracy(x, t)',
  },
  { loss: 'focal(v, t, gamma: 1.5, weights: [1, 2, 3])' },
  { loss: 'focal(x, t)', target: IGNORING },
  { loss: 'hinge(v, t)' },
  { loss: 'hinge(x, t, margin: 0.5)', target: IGNORING },
  { loss: 'mse(v, t)', target: '[3]' },
  { loss: 'mse(v, t, reduction: half)' },
  { loss: 'mse(x, t)', target: PIXELS },
  { loss: 'mae(v, t)', target: '[3]' },
  { loss: 'huber(v, t, delta: 0.3)', target: '[3]' },
  { loss: 'bce(v, t, positive: 3)', target: '[3]' },
  { loss: 'kldiv(v, t)', target: '[3]' },
  { loss: 'kldiv(v, t)' },
  { loss: 'mean((v - t) ^ 2) + 0.1 * crossentropy(v, t)' },
  {
    loss: 'mean(swish(v, 2) * max(v, 0.1) - min(v, sum(v)) / (1 + abs(v)))',
    before: 'fn swish(x, b = 1) = x * sigmoid(b * x)',
  },
  { loss: 'mean(safe(v))', before: 'fn safe(x) = if x > 0 { log(x) } else { x / (x - 1) }' },
  {
    loss: 'mean((image -> mix(o: 3)) * x)',
    before: 'op mix(x[c, h, w], k[o, c]) -> y[o, h, w] = sum(c) x[c, h, w] * k[o, c]',
  },
  {
    loss: 'mean((image -> lp(o: 2, p: 3, q: 2)) ^ 2)',
    before:
      'op lp(x[c, h, w], k[o, c, p, q], b[o]) -> y[o, i, j] = b[o] + sum(c, p, q) abs(x[c, 2*i + p - 1, j + q]) * k[o, c, p, q]',
  },
  { loss: 'mean((x -> widest) * 2)', before: 'op widest(x[c, h, w]) -> y[c, w] = max(h) x[c, h, w]' },
  { loss: 'mean((x -> spaced(i: 11)) ^ 2)', before: 'op spaced(x[c, h, w]) -> y[c, i, w] = x[c, i / 2, w]' },
];

const losses = (): Sample[] =>
  LOSSES.map((sample) => ({
    name: `${sample.loss}, ${sample.target ?? 'class(3)'}`,
    elaboration: elaborated(lossText(sample)),
  }));

const samples = (): Sample[] => [...middles(), ...losses()];

describe.skipIf(!python)(`twins in PyTorch (${python ? '' : WITHOUT})`, () => {
  const all = python ? samples() : [];
  const data = all.map(({ elaboration }) => dataOf(elaboration));
  const answers = askAll(all.map((sample, k) => caseOf(sample, data[k]!)));

  it.each(all.map(({ name }, k) => [name, k] as const))('%s', (_, k) => {
    expect(answers[k]!.error).toBeUndefined();
    expectEqual(answers[k]!, computed(all[k]!.elaboration, data[k]!), 1e-5);
  });
});

const ZOO = readdirSync(new URL('../../examples/zoo', import.meta.url)).filter((name) => name.endsWith('.cnn'));

const zooText = (name: string) => readFileSync(new URL(`../../examples/zoo/${name}`, import.meta.url), 'utf8');

/** Members whose outputs are cheap to compute, by the size of a smaller image. */
const CHEAP: Readonly<Record<string, number | undefined>> = {
  'conv-autoencoder': undefined,
  'cifar-resnet': undefined,
  ecg: undefined,
  lenet5: undefined,
  shufflenet: 64,
  squeezenet: 64,
};

const zooSample = (name: string, size?: number): Sample => ({
  name,
  elaboration: understand(
    zooText(`${name}.cnn`),
    `${name}.cnn`,
    size === undefined ? {} : { inputs: new Map([['image', [3, size, size]]]) },
  ).elaboration!,
});

function outputCase({ elaboration }: Sample, data: ZooNumbers) {
  const entry = (name: string, shape: Shape, { buffer, byteOffset, byteLength }: Float32Array) => ({
    ...{ name, shape, data: Buffer.from(buffer, byteOffset, byteLength).toString('base64') },
  });
  const { states, inference } = elaboration;
  return {
    text: exportPytorch(elaboration),
    states: states
      .filter(({ role }) => role !== 'optimizer')
      .map(({ name, shape }) => entry(name, shape, data[name] as Float32Array)),
    images: inference.inputs.map(({ name, node, shape }) =>
      entry(name, [ZOO_COUNT, ...shape], data[node.name] as Float32Array),
    ),
    outputs: inference.outputs.map(({ name }) => name),
  };
}

describe.skipIf(!python)('the zoo', () => {
  const all = python ? ZOO.map((file) => zooSample(file.replace('.cnn', ''))) : [];
  const cheap = python ? Object.entries(CHEAP).map(([name, size]) => zooSample(name, size)) : [];
  const data = cheap.map(({ elaboration }) => zooData(elaboration, ZOO_COUNT));
  const answers = askAll([
    ...all.map(({ elaboration }) => ({
      text: exportPytorch(elaboration),
      shapes: true,
      network: elaboration.training.name,
    })),
    ...cheap.map((sample, k) => outputCase(sample, data[k]!)),
  ]);

  it.each(all.map(({ name }, k) => [name, k] as const))('parameters by name and shape: %s', (_, k) => {
    const states = all[k]!.elaboration.states.filter(({ role }) => role !== 'optimizer');
    expect(answers[k]).toEqual(Object.fromEntries(states.map(({ name, shape }) => [name, shape])));
  });

  it.each(cheap.map(({ name }, k) => [name, k] as const))('outputs: %s', (_, k) => {
    const { error, ...found } = answers[all.length + k]!;
    expect(error).toBeUndefined();
    const wanted = Object.entries(ours(cheap[k]!.elaboration, data[k]!, 'wasm', ZOO_COUNT));
    expectOutputs(found, Object.fromEntries(wanted.map(([name, values]) => [`output ${name}`, values])));
  });
});
