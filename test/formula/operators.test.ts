import { describe, expect, it } from 'vitest';
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { axisIndex } from '../../src/ir/affine.ts';
import { GraphBuilder } from '../../src/ir/builder.ts';
import { elementCount, type Node, type State, sourceOf } from '../../src/ir/graph.ts';
import { access, multiply } from '../../src/ir/scalar.ts';
import { createOperatorContext, StateRegistry } from '../../src/ops/context.ts';
import type { AttributeValue, AttributeValues, OperatorDefinition, Pair } from '../../src/ops/operator.ts';
import { findOperator } from '../../src/ops/registry.ts';
import { deriveBackward } from '../../src/passes/derive-backward.ts';
import { runPasses } from '../../src/passes/pass.ts';
import { OPTIMIZING_PASSES } from '../../src/passes/pipeline.ts';
import { elementwise } from '../../src/semantics/elementwise.ts';
import { type OperatorCase, operatorCases } from '../oracle/cases.ts';
import { runGraph } from '../support/run-graph.ts';
import { PYTORCH_RUNS } from '../support/suites.ts';

/** The attributes of a case as the semantics would give them. */
function attributesOf(test: OperatorCase): AttributeValues {
  const given = test.attributes as Record<string, unknown>;
  const operator = findOperator(test.op);
  if (!operator) return {};
  const values: Record<string, AttributeValue> = {};
  for (const spec of operator.attributes) {
    let value = (given[spec.name] ?? spec.default) as AttributeValue;
    if (spec.name === 'units') value = (given.units ?? given.channels) as number;
    if (spec.type === 'pair' && typeof value === 'number') value = [value, value];
    if (spec.type === 'padding') value = padding(value);
    values[spec.name] = value;
  }
  return values;
}

function padding(value: AttributeValue): AttributeValue {
  if (typeof value === 'number') return [value, value, value, value];
  if (Array.isArray(value) && value.length === 2) {
    const [v, h] = value as unknown as Pair;
    return [v, h, v, h];
  }
  return value;
}

/** Functions of the language are no operators of the registry: `max(x, number)`. */
function functionOf({ op, inputs, attributes }: OperatorCase): OperatorDefinition {
  const constants: Record<string, number> = 'number' in attributes ? { number: attributes.number as number } : {};
  return elementwise(
    op,
    inputs.length,
    (...operands) => `${op}(${[...operands, ...Object.keys(constants)].join(', ')})`,
    constants,
  );
}

function build(test: OperatorCase) {
  const operator = findOperator(test.op) ?? functionOf(test);
  const builder = new GraphBuilder('test');
  const states = new StateRegistry();
  const data: Record<string, ArrayLike<number>> = {};
  const inputs: Node[] = test.inputs.map((tensor, k) => {
    data[`x${k}`] = tensor.data;
    return builder.source({ role: 'image', name: `x${k}` }, tensor.shape.slice(1), `x${k}`);
  });
  const count = test.inputs[0]!.shape[0]!;
  if (test.labels) {
    data.label = test.labels;
    const classes = test.inputs[0]!.shape[1]!;
    const { labelShape = [], ignore } = test;
    const source = { role: 'target' as const, name: 'label', classes, ...(ignore !== undefined && { ignore }) };
    inputs.push(builder.source(source, labelShape, 'label'));
  }
  let weight: Node | undefined;
  const getWeight = () => (weight ??= builder.source({ role: 'weight' }, [], 'weight'));
  const y = operator.build(
    createOperatorContext({
      builder,
      states,
      layer: 'layer',
      operator: test.op,
      inputs,
      attributes: attributesOf(test),
      mode: test.attributes.training === false ? 'inference' : 'training',
      weight: getWeight,
      seed: getWeight,
      nextStream: () => 0,
      weightInitializer: { kind: 'kaiming' },
      fail: (failure) => new DiagnosticError({ ...failure, severity: 'error', notes: [] } as never),
    }),
  );
  for (const state of states.all) {
    const leaf = state.name.replace('layer.', '');
    const tensor = test.parameters?.[leaf] ?? test.buffers?.[leaf];
    if (!tensor) throw new Error(`no data for ${leaf} in ${test.name}`);
    data[state.name] = tensor.data;
  }
  return { builder, y, data, inputs, count, states };
}

/** Appends loss = sum over batch and elements of y * dy: its gradients are those for the upstream gradient dy. */
function withLoss(test: OperatorCase) {
  const built = build(test);
  const { builder, y, data } = built;
  const axes = y.shape.map((extent, k) => ({ name: `a${k}`, extent }));
  const indices = axes.map((axis) => axisIndex(axis.name));
  const isUniform = !y.varying;
  const dy = isUniform
    ? builder.state({
        name: 'dy',
        role: 'buffer',
        shape: [],
        trainable: false,
        initializer: { kind: 'zeros', fanIn: 1, fanOut: 1 },
      })
    : builder.source({ role: 'target', name: 'dy' }, y.shape, 'dy');
  data.dy = test.dy!.data;
  const body = multiply(access(0, indices), access(1, indices));
  const loss = builder.formula(
    [y, dy],
    [],
    isUniform ? body : { kind: 'reduce', operator: 'sum', axes, batch: true, body },
    {
      name: 'loss',
    },
  );
  builder.results.push({ role: 'loss', node: loss }, { role: 'output', name: 'y', node: y });
  return { ...built, graph: builder.finish() };
}

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
    const { graph, data, inputs, count, states, y } = withLoss(test);
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
