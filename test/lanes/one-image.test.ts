/** @file One image, its channels in lanes: every operator predicts what it predicts in a batch. */
import { describe, expect, it } from 'vitest';
import { createExecutor } from '../../src/check/execute-graph.ts';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { elementCount, type Graph, sourceOf } from '../../src/ir/graph.ts';
import type { TargetTraits } from '../../src/loop/schedule.ts';
import { eliminateDead } from '../../src/passes/eliminate-dead.ts';
import { type PassOptions, runPasses } from '../../src/passes/pass.ts';
import { FUSION_PASSES, ONE_IMAGE_PASSES, OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { chooseLanes } from '../../src/plan/choose-lanes.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import type { Middle } from '../support/middle.ts';
import { MIDDLES } from '../support/middles.ts';
import { runGraph } from '../support/run-graph.ts';

const LANES: TargetTraits = { ...WASM_TRAITS, lanes: 4, registersPerVarying: 1, width: 4 };

function predicting(middle: Middle, shape: readonly number[], channels: number): Graph {
  const net = new NetworkBuilder('test', { mode: 'inference' });
  const image = net.input('image', shape);
  const x = net.layer('conv', image, { channels, kernel: 3, pad: 1 });
  const y = middle(net, net.layer('relu', x));
  net.output('middle', y);
  net.output('after', net.layer('dense', net.layer('flatten', y), { units: 5 }));
  return net.builder.finish();
}

/** Some operators want four channels. */
function withChannels(middle: Middle, shape: readonly number[], channels: number): Graph | undefined {
  try {
    return predicting(middle, shape, channels);
  } catch (error) {
    if (error instanceof DiagnosticError) return undefined;
    throw error;
  }
}

function dataOf(graph: Graph): Record<string, Float64Array> {
  return Object.fromEntries(
    graph.nodes
      .filter(sourceOf)
      .map((node, n) => [
        node.name,
        Float64Array.from({ length: elementCount(node.shape) }, (_, k) => 0.6 + 0.5 * Math.sin(17 * n + 3.7 * k)),
      ]),
  );
}

type Way = PassOptions & { engine: 'interpreter' | 'js' | 'wasm' };

/** In tiles wherever that is possible: row by row, and all tiles at once. */
const WAYS: readonly Way[] = [
  { engine: 'interpreter' },
  { engine: 'wasm' },
  { engine: 'js', leastTiledWork: -1 },
  { engine: 'wasm', leastTiledWork: -1, mostRereadWeights: -1 },
];

function outputsInLanes(graph: Graph, { engine, ...passes }: Way): number[][] {
  const one = runPasses(eliminateDead(graph), [...ONE_IMAGE_PASSES, ...FUSION_PASSES], { verify: true, ...passes });
  const { graph: placed, layouts } = chooseLanes(one, LANES.lanes);
  const executor = createExecutor(placed, { engine, traits: LANES, maxCount: 1, layouts });
  const { values } = executor.run({ count: 1, data: dataOf(placed), update: false });
  return placed.results.map(({ node }) => values(node));
}

function expectAsBatch(graph: Graph): void {
  const optimised = runPasses(graph, OPTIMIZING_PASSES);
  const { values } = runGraph(optimised, { engine: 'interpreter', count: 1, data: dataOf(optimised) });
  const wanted = optimised.results.map(({ node }) => values(node));
  for (const way of WAYS) {
    const found = outputsInLanes(graph, way);
    expect(found.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
    found.forEach((numbers, k) => {
      const largest = Math.max(...wanted[k]!.map(Math.abs));
      numbers.forEach((number, n) => {
        expect(Math.abs(number - wanted[k]![n]!), `${JSON.stringify(way)} ${n}`).toBeLessThan(
          (way.engine === 'interpreter' ? 1e-9 : 1e-5) * (largest + 1e-3),
        );
      });
    });
  }
}

it('batch norms are in the weights', () => {
  const net = new NetworkBuilder('test', { mode: 'inference' });
  const x = net.layer('conv', net.input('image', [3, 6, 7]), { channels: 6, kernel: 3, pad: 1 });
  net.output('y', net.layer('relu', net.layer('batchnorm', x)));
  const { nodes } = runPasses(net.builder.finish(), [...ONE_IMAGE_PASSES, ...FUSION_PASSES], { verify: true });
  const [y, ...others] = nodes.filter((node) => node.varying && node.definition.kind === 'formula');
  expect(others).toEqual([]);
  expect(y!.inputs.map(({ shape }) => shape)).toEqual([[3, 6, 7], [6, 3, 3, 3], [6]]);
});

it('groups of whole vectors, and channels by themselves, are computed in vectors and need no copies', () => {
  const net = new NetworkBuilder('test', { mode: 'inference' });
  const x = net.layer('conv', net.input('image', [3, 6, 7]), { channels: 16, kernel: 3, pad: 1 });
  const y = net.layer('relu', net.layer('conv', x, { channels: 8, kernel: 3, pad: 1, groups: 2 }));
  net.output('y', net.layer('flatten', net.layer('globalavgpool', net.layer('depthwise', y, { kernel: 3 }))));
  const graph = runPasses(net.builder.finish(), [...ONE_IMAGE_PASSES, ...FUSION_PASSES], { verify: true });
  const { graph: placed, layouts } = chooseLanes(graph, LANES.lanes);
  const computed = placed.nodes.filter((node) => node.varying && node.definition.kind === 'formula');
  expect(computed.map((node) => layouts.laneAxisOf(node))).toEqual(['o', 'o', 'k', 'c', 'c']);
  expectAsBatch(net.builder.finish());
});

describe('an operator predicts one image as it predicts a batch', () => {
  it.each(MIDDLES)('%s', (_, middle, shape) => {
    const graph = withChannels(middle, shape, 6) ?? withChannels(middle, shape, 4)!;
    expectAsBatch(graph);
  });
});
