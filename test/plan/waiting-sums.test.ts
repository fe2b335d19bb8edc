/** @file Sums that wait until all blocks of a group have run: the same values, whatever the batch. */
import { describe, expect, it } from 'vitest';
import { createExecutor, type ExecutorOptions } from '../../src/check/execute-graph.ts';
import { sourceOf } from '../../src/ir/graph.ts';
import type { TargetTraits } from '../../src/loop/schedule.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { splitPhases } from '../../src/plan/split-phases.ts';
import { WASM_TRAITS } from '../../src/targets/wasm/target.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { RULE } from '../support/middles.ts';
import { TRAITS } from '../support/run-graph.ts';

function twoDenseLayers() {
  const net = new NetworkBuilder();
  const hidden = net.layer('tanh', net.layer('dense', net.input('image', [40]), { units: 30 }, 'first'));
  const scores = net.layer('dense', net.layer('tanh', net.layer('dense', hidden, { units: 32 }, 'second')), {
    units: 3,
  });
  net.loss('crossentropy', [scores, net.classTarget('label', 3)]);
  return runPasses(net.builder.finish(), trainingPasses(RULE), { verify: true });
}

const graph = twoDenseLayers();

function gradients(engine: ExecutorOptions['engine'], traits: TargetTraits, count: number) {
  const data: Record<string, Float32Array> = {};
  let seed = 1;
  const random = () => ((seed = (seed * 48271) % 2147483647) / 2147483647) * 2 - 1;
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    if (!source) continue;
    const size = node.shape.reduce((product, extent) => product * extent, 1);
    const isClass = source.role === 'target';
    data[node.name] = Float32Array.from({ length: node.varying ? size * count : size }, (_, k) =>
      isClass ? k % 3 : random(),
    );
  }
  const run = createExecutor(graph, { engine, traits, maxCount: 37 }).run({ count, data, update: false });
  const found = graph.results.flatMap(({ role, node }) => (role === 'gradient' ? [run.values(node)] : []));
  return found.flat();
}

it('are those of weights between layers, large enough, and not those that read the input', () => {
  const waiting = splitPhases(graph, { waitingSums: 512 }).filter(({ kind }) => kind === 'groups');
  expect(waiting.flatMap(({ nodes }) => nodes.map(({ name }) => name))).toEqual(['d.second.weight']);
  expect(splitPhases(graph).some(({ kind }) => kind === 'groups')).toBe(false);
});

describe.each([1, 8, 13, 37])('the gradients of a batch of %i', (count) => {
  const wanted = gradients('interpreter', TRAITS, count);
  it.each([
    ['interpreter', { ...TRAITS, waitingSums: 512 }, 1e-12],
    ['js', { ...TRAITS, waitingSums: 512 }, 1e-12],
    ['wasm', { ...WASM_TRAITS, waitingSums: 512 }, 2e-6],
  ] as const)('by %s', (engine, traits, tolerance) => {
    const found = gradients(engine, traits, count);
    expect(Math.max(...found.map((value, k) => Math.abs(value - wanted[k]!)))).toBeLessThan(tolerance);
  });
});
