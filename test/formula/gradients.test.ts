/** @file Every operator in the middle of a graph, its loss scaled: derived gradients against central differences in f64. */
import { describe, expect, it } from 'vitest';
import { checkGradients, randomData } from '../../src/emit/check-gradients.ts';
import { createExecutor } from '../../src/emit/execute-graph.ts';
import type { Graph } from '../../src/ir/graph.ts';
import { OPERATORS } from '../../src/ops/registry.ts';
import { eliminateDead } from '../../src/passes/eliminate-dead.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { LOSSES, layer, MIDDLES, middleNetwork, RULE, trainingGraph } from '../support/middles.ts';
import { evaluateNaively } from '../support/naive.ts';
import { TRAITS } from '../support/run-graph.ts';

function expectGoodGradients(graph: Graph): void {
  const checks = checkGradients(trainingGraph(graph), { traits: TRAITS, engine: 'js', count: 5, samples: 6, seed: 3 });
  expect(checks.length).toBeGreaterThan(1);
  for (const { parameter, relativeError } of checks) expect(relativeError, parameter).toBeLessThan(1e-6);
}

describe('derived gradients equal central differences', () => {
  it.each(MIDDLES)('%s', (_, middle) => {
    expectGoodGradients(middleNetwork(middle, 'crossentropy'));
  });

  it.each(LOSSES)('under the loss %s', (loss) => {
    expectGoodGradients(middleNetwork(layer('relu'), loss));
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
    const graph = middleNetwork(middle, 'crossentropy');
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
