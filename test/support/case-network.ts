/** @file The graph of one operator alone, as a case of PyTorch has it. */

import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { Instantiations } from '../../src/formula/instantiations.ts';
import { axisIndex } from '../../src/ir/affine.ts';
import { GraphBuilder } from '../../src/ir/builder.ts';
import type { Node } from '../../src/ir/graph.ts';
import { access, multiply } from '../../src/ir/scalar.ts';
import { LayerContext, StateRegistry } from '../../src/ops/context.ts';
import { findOperator } from '../../src/ops/registry.ts';
import { functionOperator } from '../../src/semantics/evaluate/elementwise.ts';
import type { AttributeValues } from '../../src/specs/attributes.ts';
import type { OperatorCase } from '../oracle/cases.ts';
import { attributesOf } from './build-network.ts';

/** The attributes of a case as the semantics would give them. */
function attributesOfCase(test: OperatorCase): AttributeValues {
  const operator = findOperator(test.op);
  if (!operator) return {};
  const given = test.attributes as Record<string, unknown>;
  const named = operator.attributes.some(({ name }) => name === 'units')
    ? { ...given, units: given.units ?? given.channels }
    : given;
  const known = Object.entries(named).filter(([name]) => operator.attributes.some((spec) => spec.name === name));
  return attributesOf(operator, Object.fromEntries(known), test.inputs[0]!.shape.slice(1));
}

function build(test: OperatorCase) {
  const operator = findOperator(test.op) ?? functionOperator(test.op);
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
  // Functions of the language are no operators of the registry: `max(x, number)`.
  const numbers = 'number' in test.attributes ? [test.attributes.number as number] : [];
  let weight: Node | undefined;
  const getWeight = () => (weight ??= builder.source({ role: 'weight' }, [], 'weight'));
  const y = operator.build(
    new LayerContext({
      builder,
      states,
      formulas: new Instantiations(),
      layer: 'layer',
      operator: test.op,
      operands: [...inputs, ...numbers],
      attributes: attributesOfCase(test),
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
  return { builder, y, data, inputs, count, states, getWeight };
}

/**
 * Appends loss = sum over batch and elements of y * dy: its gradients are those for the upstream gradient dy. As in every
 * network the sum over the batch weighs each image by 1/N, so dy is given N times as large.
 */
export function caseNetwork(test: OperatorCase) {
  const built = build(test);
  const { builder, y, data, count } = built;
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
  data.dy = isUniform ? test.dy!.data : test.dy!.data.map((value) => value * count);
  const product = multiply(access(0, indices), access(1, indices));
  const body = isUniform ? product : multiply(product, access(2, []));
  const loss = builder.formula(
    isUniform ? [y, dy] : [y, dy, built.getWeight()],
    [],
    isUniform ? body : { kind: 'reduce', operator: 'sum', axes, batch: true, body },
    {
      name: 'loss',
    },
  );
  builder.results.push({ role: 'loss', node: loss }, { role: 'output', name: 'y', node: y });
  return { ...built, graph: builder.finish() };
}
