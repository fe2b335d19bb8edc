/** @file Every operator in the middle of a graph, its loss scaled: derived gradients against central differences in f64. */
import { describe, expect, it } from 'vitest';
import { compareGradients, randomData } from '../../src/check/check-gradients.ts';
import { createExecutor } from '../../src/check/execute-graph.ts';
import type { Graph, Result } from '../../src/ir/graph.ts';
import { eliminateDead } from '../../src/passes/eliminate-dead.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { trainingPasses } from '../../src/passes/pipeline.ts';
import { NetworkBuilder } from '../support/build-network.ts';
import { RULE, trainingGraph } from '../support/middles.ts';
import { evaluateNaively } from '../support/naive.ts';
import { TRAITS } from '../support/run-graph.ts';
import { NAIVE_RUNS, NETWORKS } from '../support/suites.ts';

it('derived gradients equal central differences through batch norms in several phases', () => {
  const net = new NetworkBuilder();
  let x = net.input('image', [2, 8, 8]);
  for (const [channels, stride] of [
    [4, 1],
    [4, 2],
    [6, 1],
    [6, 2],
  ] as const) {
    x = net.layer('conv', x, { channels, kernel: 3, stride, pad: 'same', bias: false });
    x = net.layer('relu', net.layer('batchnorm', x));
  }
  const scores = net.layer('dense', net.layer('globalavgpool', x), { units: 3 });
  net.loss('crossentropy', [scores, net.classTarget('label', 3)]);
  const graph = trainingGraph(net.builder.finish());
  for (const count of [3, 8, 11]) {
    const checks = compareGradients(graph, { traits: TRAITS, engine: 'js', count, samples: 4, seed: 5 });
    for (const { parameter, relativeError } of checks)
      expect(relativeError, `${parameter}, batch ${count}`).toBeLessThan(1e-6);
  }
});

describe.each(NETWORKS)('$name', (sample) => {
  const graph = sample.graph();
  const derived = eliminateDead(runPasses(graph, trainingPasses(RULE).slice(0, 1)));
  const optimized = trainingGraph(graph);
  const count = 5;
  const data = randomData(optimized, { count, seed: 7 });
  const naive = evaluateNaively(derived, { count, data });

  if (sample.differentiated)
    it('has derived gradients that equal central differences', () => {
      const options = { traits: TRAITS, engine: 'js', count, samples: 6, seed: 3 } as const;
      const checks = compareGradients(optimized, options);
      expect(checks.length).toBeGreaterThan(1);
      for (const { parameter, relativeError } of checks) expect(relativeError, parameter).toBeLessThan(1e-6);
    });

  it.each(NAIVE_RUNS)('keeps loss, metrics and gradients through all passes, by the $engine', (setting) => {
    const { engine, traits, tolerance } = setting;
    const run = createExecutor(optimized, { engine, traits, maxCount: count }).run({ count, data, update: false });
    for (const result of derived.results) {
      if (result.role === 'output' || result.role === 'assign') continue;
      const wanted = [...naive.get(result.node)!];
      // A bias before batch norm has no gradient but rounding errors.
      const scale = Math.max(1e-3, ...wanted.map(Math.abs));
      const errors = run
        .values(sameResult(optimized, result).node)
        .map((value, k) => Math.abs(value - wanted[k]!) / scale);
      const worst = errors.findIndex((error) => !(error < tolerance));
      expect(errors[worst] ?? 0, `${result.node.name}[${worst}]`).toBeLessThan(tolerance);
    }
  });
});

/** The result of another graph that is of the same kind and by the same state. */
function sameResult(graph: Graph, wanted: Result): Result {
  return graph.results.find(
    (other) =>
      other.role === wanted.role &&
      (other.role !== 'gradient' || other.state === (wanted as typeof other).state) &&
      (other.role !== 'metric' || other.name === (wanted as typeof other).name),
  )!;
}
