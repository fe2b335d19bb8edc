import { describe, expect, it } from 'vitest';
import { elementCount, type State, sourceOf } from '../../src/ir/graph.ts';
import { deriveBackward } from '../../src/passes/derive-backward.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { operatorCases } from '../oracle/cases.ts';
import { caseNetwork } from '../support/case-network.ts';
import { runGraph } from '../support/run-graph.ts';
import { PYTORCH_RUNS } from '../support/suites.ts';

function expectClose(found: readonly number[], wanted: readonly number[], tolerance: number, what: string): void {
  expect(found.length, what).toBe(wanted.length);
  const scale = Math.max(1e-30, ...wanted.map(Math.abs));
  found.forEach((value, k) => {
    if (!(Math.abs(value - wanted[k]!) <= tolerance * scale))
      expect.fail(`${what}[${k}]: ${value}, expected ${wanted[k]} (scale ${scale})`);
  });
}

describe.each(PYTORCH_RUNS)('operators against PyTorch, by the $engine on $traits.lanes lanes', (setting) => {
  const { engine, traits, tolerance } = setting;
  it.each(operatorCases().map((test) => [test.name, test] as const))('%s', (_, test) => {
    const { graph, data, inputs, count, states, y } = caseNetwork(test);
    const wanted = inputs.filter((node) => sourceOf(node)?.role === 'image');
    const derived = deriveBackward(graph, wanted);
    const optimized = runPasses(derived, OPTIMIZING_PASSES, { verify: true });
    const run = runGraph(optimized, { engine, count, data, traits });
    const result = (name: string) => optimized.results.find((r) => r.role === 'output' && r.name === name)?.node;
    expectClose(run.values(result('y')!), test.output.data, tolerance, 'y');
    test.gradients.inputs.forEach((tensor, k) => {
      const node = result(`d.x${k}`);
      if (node) expectClose(run.values(node), tensor.data, tolerance, `d.x${k}`);
      else expectClose(new Array(elementCount(tensor.shape)).fill(0), tensor.data, tolerance, `d.x${k}`);
    });
    for (const state of states.all) {
      const leaf = state.name.replace('layer.', '');
      const gradient = optimized.results.find((r) => r.role === 'gradient' && r.state === state)?.node;
      const tensor = test.gradients.parameters?.[leaf];
      if (tensor) expectClose(run.values(gradient!), tensor.data, tolerance, `d.${leaf}`);
      const after = test.buffersAfter?.[leaf];
      if (after) expectClose(run.state(state as State), after.data, tolerance, leaf);
    }
    expect(y.shape).toEqual(test.output.shape.slice(y.varying ? 1 : 0));
  });
});
