/** @file Operators that expressions are made of and that have no name of their own: `2 * x`, `x ^ 2`, `exp(x)`, sums. */
import type { Node } from '../ir/graph.ts';
import { applyElementwise } from '../ops/broadcast.ts';
import type { OperatorContext, OperatorDefinition } from '../ops/operator.ts';

/** An operator that only expressions apply. */
export function expressionOperator(
  name: string,
  formula: string,
  inputs: number,
  build: (context: OperatorContext) => Node,
): OperatorDefinition {
  return { name, summary: formula, formula, kind: 'layer', inputs, attributes: [], example: formula, build };
}

/**
 * The same expression at every element, with broadcasting. `write` gets the text of each operand and writes the body of the
 * formula, in which `constants` may stand.
 */
export function elementwise(
  name: string,
  inputs: number,
  write: (...operands: string[]) => string,
  constants: Readonly<Record<string, number>> = {},
): OperatorDefinition {
  const names = ['a', 'b', 'c', 'd'].slice(0, inputs);
  return expressionOperator(name, `y = ${write(...names)}`, inputs, (context) =>
    applyElementwise(context, name, write, constants),
  );
}

/** The mean of one number per image over the images of the batch. */
export const overBatch = expressionOperator('mean', 'y = mean over the batch of x', 1, (context) =>
  context.apply('op mean(x[], w[]) -> y[] = sum(batch) x * w', [context.inputs[0]!, context.weight]),
);
