/** @file One operator alone, optimised and differentiated, against the numbers of PyTorch: however it is run. */
import { expect } from 'vitest';
import { elementCount, type Graph, type Node, type State, sourceOf } from '../../src/ir/graph.ts';
import { deriveBackward } from '../../src/passes/derive-backward.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import type { OperatorCase } from '../oracle/cases.ts';
import { caseNetwork } from './case-network.ts';

export interface CaseResults {
  values(node: Node): ArrayLike<number>;
  state(state: State): ArrayLike<number>;
}

export type RunCase = (
  graph: Graph,
  given: { count: number; data: Readonly<Record<string, ArrayLike<number>>> },
) => CaseResults | Promise<CaseResults>;

function expectClose(found: ArrayLike<number>, wanted: readonly number[], tolerance: number, what: string): void {
  expect(found.length, what).toBe(wanted.length);
  const scale = Math.max(1e-30, ...wanted.map(Math.abs));
  wanted.forEach((value, k) => {
    if (!(Math.abs(found[k]! - value) <= tolerance * scale))
      expect.fail(`${what}[${k}]: ${found[k]}, expected ${value} (scale ${scale})`);
  });
}

export async function checkCase(test: OperatorCase, tolerance: number, runCase: RunCase): Promise<void> {
  const { graph, data, inputs, count, states, y } = caseNetwork(test);
  const wanted = inputs.filter((node) => sourceOf(node)?.role === 'image');
  const derived = deriveBackward(graph, wanted);
  const optimized = runPasses(derived, OPTIMIZING_PASSES, { verify: true });
  const run = await runCase(optimized, { count, data });
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
}
