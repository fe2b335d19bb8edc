/** @file A pointwise function of the language applied to tensors, as an expression applies it. */
import { Instantiations } from '../../src/formula/instantiations.ts';
import type { GraphBuilder } from '../../src/ir/builder.ts';
import type { Node } from '../../src/ir/graph.ts';
import { createOperatorContext, StateRegistry } from '../../src/ops/context.ts';
import { elementwise } from '../../src/semantics/elementwise.ts';

/** `name(inputs…, numbers…)` */
export function applyPointwise(
  builder: GraphBuilder,
  name: string,
  inputs: readonly Node[],
  numbers: readonly number[] = [],
): Node {
  const constants = Object.fromEntries(numbers.map((value, k) => [`n${k}`, value]));
  const write = (...operands: string[]) => `${name}(${[...operands, ...Object.keys(constants)].join(', ')})`;
  const never = () => {
    throw new Error(`${name} asks for what expressions do not have`);
  };
  return elementwise(name, inputs.length, write, constants).build(
    createOperatorContext({
      builder,
      states: new StateRegistry(),
      formulas: new Instantiations(),
      layer: builder.uniqueName(name),
      operator: name,
      inputs,
      attributes: {},
      mode: 'training',
      weight: never,
      seed: never,
      nextStream: never,
      weightInitializer: { kind: 'kaiming' },
      fail: ({ message }) => {
        throw new Error(message);
      },
    }),
  );
}
