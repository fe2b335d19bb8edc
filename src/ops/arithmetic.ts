/** @file Arithmetic between tensors, with broadcasting. */
import { applyElementwise } from './broadcast.ts';
import { defineOperator, type OperatorDefinition, type Traits } from './operator.ts';

function binary(name: string, sign: string, summary: string, traits: Traits = {}): OperatorDefinition {
  return defineOperator({
    name,
    summary: `${summary} A number meets every element, a vector every place of its channel, a dimension of 1 is repeated.`,
    formula: `y = a ${sign} b`,
    kind: 'layer',
    inputs: 2,
    attributes: {},
    example: `a ${sign} b`,
    traits,
    build: (context) => applyElementwise(context, sign, (a, b) => `${a} ${sign} ${b}`),
  });
}

export const add = binary('add', '+', 'Sum of two tensors, the junction of a residual connection.', { joins: true });
export const sub = binary('sub', '-', 'Difference of two tensors.');
export const mul = binary('mul', '*', 'Product of two tensors, element by element.');
export const div = binary('div', '/', 'Quotient of two tensors, element by element.');
