import { describe, expect, it } from 'vitest';
import { axisIndex } from '../../src/ir/affine.ts';
import { access, type Scalar } from '../../src/ir/scalar.ts';
import { findOperator } from '../../src/ops/registry.ts';
import { deriveBackward } from '../../src/passes/derive-backward.ts';
import { type OperatorCase, operatorCases } from '../oracle/cases.ts';
import { NetworkBuilder } from './build-network.ts';
import { evaluateNaively } from './naive.ts';

/** The names that differ between the oracle and the language. */
function attributesOf({ op, attributes }: OperatorCase): Record<string, unknown> {
  const known = findOperator(op)!.attributes.map((spec) => spec.name);
  const given = { ...attributes, ...('units' in attributes ? {} : { units: attributes.channels }) };
  return Object.fromEntries(Object.entries(given).filter(([name]) => known.includes(name)));
}

/** The operator, and a loss whose gradients are those for the upstream gradient dy: the sum of y * dy. */
function networkOf(test: OperatorCase) {
  const mode = test.attributes.training === false ? 'inference' : 'training';
  const network = new NetworkBuilder(test.name, { mode });
  const data: Record<string, ArrayLike<number>> = { dy: test.dy.data };
  const inputs = test.inputs.map((tensor, k) => {
    data[`x${k}`] = tensor.data;
    return network.input(`x${k}`, tensor.shape.slice(1));
  });
  const images = [...inputs];
  if (test.labels) inputs.push(network.classTarget('label', test.inputs[0]!.shape[1]!));
  if (test.labels) data.label = test.labels;
  const y = network.layer(test.op, inputs, attributesOf(test), 'layer');
  const { builder } = network;
  const initializer = { kind: 'zeros', fanIn: 1, fanOut: 1 } as const;
  const dy = y.varying
    ? builder.source({ role: 'target', name: 'dy' }, y.shape, 'dy')
    : builder.state({ name: 'dy', role: 'buffer', shape: [], trainable: false, initializer });
  const axes = y.shape.map((extent, k) => ({ name: `a${k}`, extent }));
  const indices = axes.map((axis) => axisIndex(axis.name));
  const product: Scalar = { kind: 'arithmetic', operator: '*', left: access(0, indices), right: access(1, indices) };
  const body: Scalar = y.varying ? { kind: 'reduce', operator: 'sum', axes, batch: true, body: product } : product;
  builder.results.push({ role: 'loss', node: builder.formula([y, dy], [], body, { name: 'loss' }) });
  for (const [leaf, tensor] of Object.entries({ ...test.parameters, ...test.buffers }))
    data[`layer.${leaf}`] = tensor.data;
  return { graph: deriveBackward(builder.finish(), images), y, images, data, count: test.inputs[0]!.shape[0]! };
}

function expectClose(found: ArrayLike<number>, wanted: readonly number[], what: string): void {
  const scale = Math.max(1e-30, ...wanted.map(Math.abs));
  expect(found.length, what).toBe(wanted.length);
  wanted.forEach((value, k) => {
    if (!(Math.abs(found[k]! - value) <= 1e-10 * scale)) expect.fail(`${what}[${k}]: ${found[k]}, not ${value}`);
  });
}

describe('the naive evaluator equals PyTorch, forward and through derived gradients', () => {
  it.each(operatorCases().map((test) => [test.name, test] as const))('%s', (_, test) => {
    const { graph, y, images, data, count } = networkOf(test);
    const values = evaluateNaively(graph, { count, data });
    expectClose(values.get(y)!, test.output.data, 'y');
    for (const result of graph.results) {
      const found = values.get(result.node)!;
      if (result.role === 'output') {
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
