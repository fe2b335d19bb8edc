import { describe, expect, it } from 'vitest';
import { sourceOf } from '../../src/ir/graph.ts';
import { deriveBackward } from '../../src/passes/derive-backward.ts';
import { operatorCases } from '../oracle/cases.ts';
import { caseNetwork } from './case-network.ts';
import { evaluateNaively } from './naive.ts';

function expectClose(found: ArrayLike<number>, wanted: readonly number[], what: string): void {
  const scale = Math.max(1e-30, ...wanted.map(Math.abs));
  expect(found.length, what).toBe(wanted.length);
  wanted.forEach((value, k) => {
    if (!(Math.abs(found[k]! - value) <= 1e-10 * scale)) expect.fail(`${what}[${k}]: ${found[k]}, not ${value}`);
  });
}

describe('the naive evaluator equals PyTorch, forward and through derived gradients', () => {
  it.each(operatorCases().map((test) => [test.name, test] as const))('%s', (_, test) => {
    const { graph: forward, y, inputs, data, count } = caseNetwork(test);
    const images = inputs.filter((node) => sourceOf(node)?.role === 'image');
    const graph = deriveBackward(forward, images);
    const values = evaluateNaively(graph, { count, data });
    expectClose(values.get(y)!, test.output.data, 'y');
    for (const result of graph.results) {
      const found = values.get(result.node)!;
      if (result.role === 'output' && result.node !== y) {
        const input = images.findIndex((node) => result.name === `d.${node.name}`);
        expectClose(found, test.gradients.inputs[input]!.data, result.name);
      }
      if (result.role === 'gradient')
        expectClose(found, test.gradients.parameters[result.state.name.replace('layer.', '')]!.data, result.state.name);
      if (result.role === 'assign')
        expectClose(found, test.buffersAfter![result.state.name.replace('layer.', '')]!.data, result.state.name);
    }
  });
});
