/** @file Every operator in the middle of a graph, its loss scaled: derived gradients against central differences in f64. */
import { describe, expect, it } from 'vitest';
import { checkGradients, randomData } from '../../src/emit/check-gradients.ts';
import { createExecutor } from '../../src/emit/execute-graph.ts';
import type { Graph, Node } from '../../src/ir/graph.ts';
import { access, constant, multiply } from '../../src/ir/scalar.ts';
import { OPERATORS } from '../../src/ops/registry.ts';
import { eliminateDead } from '../../src/passes/eliminate-dead.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { sgd } from '../../src/passes/update-rule.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { evaluateNaively } from '../support/naive.ts';
import { TRAITS } from '../support/run-graph.ts';

/** A layer between two convolutions; `x` is a map of 4 channels, 6x7. */
type Middle = (net: NetworkBuilder, x: Node) => Node;

const layer =
  (operator: string, attributes: Record<string, unknown> = {}): Middle =>
  (net, x) =>
    net.layer(operator, x, attributes);

const two =
  (operator: string): Middle =>
  (net, x) =>
    net.layer(operator, [x, net.layer('conv', x, { channels: 4, kernel: 1 })]);

const MIDDLES: readonly (readonly [name: string, middle: Middle])[] = [
  ['conv', layer('conv', { channels: 3, kernel: 3 })],
  ['conv same stride 2', layer('conv', { channels: 3, kernel: 3, stride: 2, pad: 'same' })],
  [
    'conv stride 3 dilation 2',
    layer('conv', { channels: 3, kernel: [2, 3], stride: [3, 2], dilation: [2, 1], pad: [1, 2, 0, 1] }),
  ],
  ['conv groups full', layer('conv', { channels: 6, kernel: 2, groups: 2, pad: 'full' })],
  ['conv without bias', layer('conv', { channels: 2, kernel: 5, pad: 2, bias: false })],
  ['dense', layer('dense', { units: 5 })],
  ['maxpool', layer('maxpool', { kernel: 2 })],
  ['maxpool overlapping', layer('maxpool', { kernel: 3, stride: 2, pad: 1, ceil: true })],
  ['avgpool', layer('avgpool', { kernel: 3, stride: 2, pad: 1 })],
  ['avgpool ceil', layer('avgpool', { kernel: 2, stride: 3, ceil: true })],
  ['globalavgpool', layer('globalavgpool')],
  ['flatten', layer('flatten')],
  ['concat', two('concat')],
  ['add', two('add')],
  ['sub', two('sub')],
  ['mul', two('mul')],
  // Sigmoids keep the divisor away from 0.
  ['div', (net, x) => net.layer('div', [x, net.layer('sigmoid', x)])],
  ['batchnorm', layer('batchnorm')],
  ['dropout', layer('dropout', { rate: 0.4 })],
  ['relu', layer('relu')],
  ['leakyrelu', layer('leakyrelu', { slope: 0.2 })],
  ['sigmoid', layer('sigmoid')],
  ['tanh', layer('tanh')],
  ['softmax', layer('softmax')],
];

const LOSSES = ['crossentropy', 'mse', 'mse half'] as const;

function network(middle: Middle, loss: (typeof LOSSES)[number]): Graph {
  const net = new NetworkBuilder();
  const first = net.layer('conv', net.input('image', [2, 6, 7]), { channels: 4, kernel: 3, pad: 1 });
  const scores = net.layer('dense', middle(net, first), { units: 3 });
  const node =
    loss === 'crossentropy'
      ? net.loss('crossentropy', [scores, net.classTarget('label', 3)])
      : net.loss('mse', [net.layer('tanh', scores), net.tensorTarget('wanted', [3])], {
          reduction: loss === 'mse half' ? 'half' : 'mean',
        });
  const { builder } = net;
  const scaled = builder.formula([node], [], multiply(constant(2.5), access(0, [])), { name: 'scaled' });
  builder.results.splice(
    builder.results.findIndex((result) => result.role === 'loss'),
    1,
    { role: 'loss', node: scaled },
  );
  return builder.finish();
}

const RULE = sgd({ momentum: 0.9, nesterov: false, weightDecay: 0 });

function trainingGraph(graph: Graph): Graph {
  return runPasses(graph, trainingPasses(RULE), { verify: true });
}

function expectGoodGradients(graph: Graph): void {
  const checks = checkGradients(trainingGraph(graph), { traits: TRAITS, engine: 'js', count: 5, samples: 6, seed: 3 });
  expect(checks.length).toBeGreaterThan(1);
  for (const { parameter, relativeError } of checks) expect(relativeError, parameter).toBeLessThan(1e-6);
}

describe('derived gradients equal central differences', () => {
  it.each(MIDDLES)('%s', (_, middle) => {
    expectGoodGradients(network(middle, 'crossentropy'));
  });

  it.each(LOSSES)('under the loss %s', (loss) => {
    expectGoodGradients(network(layer('relu'), loss));
  });

  it('covers every operator', () => {
    const covered = new Set([
      ...MIDDLES.map(([name]) => name.split(' ')[0]),
      ...LOSSES.map((name) => name.split(' ')[0]),
    ]);
    const missing = OPERATORS.filter(({ name, kind }) => kind !== 'metric' && !covered.has(name)).map(
      ({ name }) => name,
    );
    expect(missing).toEqual([]);
  });
});

describe('passes and lowering keep what the formulas say', () => {
  it.each(MIDDLES)('%s: loss and gradients before and after', (_, middle) => {
    const graph = network(middle, 'crossentropy');
    const derived = eliminateDead(runPasses(graph, trainingPasses(RULE).slice(0, 1)));
    const optimized = trainingGraph(graph);
    const count = 5;
    const data = randomData(optimized, { count, seed: 7 });
    const naive = evaluateNaively(derived, { count, data });
    const run = createExecutor(optimized, { engine: 'interpreter', traits: TRAITS, maxCount: count }).run({
      count,
      data,
      update: false,
    });
    for (const result of derived.results) {
      if (result.role !== 'gradient' && result.role !== 'loss') continue;
      const same = optimized.results.find(
        (other) =>
          other.role === result.role && (other.role !== 'gradient' || other.state === (result as typeof other).state),
      )!;
      const wanted = [...naive.get(result.node)!];
      // A bias before batch norm has no gradient but rounding errors.
      const scale = Math.max(1e-3, ...wanted.map(Math.abs));
      run.values(same.node).forEach((value, k) => {
        expect(Math.abs(value - wanted[k]!) / scale, `${result.node.name}[${k}]`).toBeLessThan(1e-10);
      });
    }
  });
});
