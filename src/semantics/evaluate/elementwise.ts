/** @file Operators that only expressions apply, and that have no file of their own: `-x`, `x ^ 2`, `exp(x)`, means. */
import { functionNamed, functionNames } from '../../formula/functions.ts';
import type { Node } from '../../ir/graph.ts';
import { applyElementwise } from '../../ops/broadcast.ts';
import { oneHot } from '../../ops/mse.ts';
import type { OperatorContext, OperatorDefinition } from '../../ops/operator.ts';

export function expressionOperator(
  name: string,
  formula: string,
  inputs: number,
  build: (context: OperatorContext) => Node,
): OperatorDefinition {
  return { name, summary: formula, formula, kind: 'layer', inputs, attributes: [], example: formula, build };
}

/** The same expression at every element, with broadcasting; `write` gets the text of each operand. */
function elementwise(name: string, inputs: number, write: (...operands: string[]) => string): OperatorDefinition {
  const operands = ['a', 'b', 'c', 'd'].slice(0, inputs);
  return expressionOperator(name, `y = ${write(...operands)}`, inputs, (context) =>
    applyElementwise(context, name, write),
  );
}

export const negation = elementwise('neg', 1, (x) => `-${x}`);

const FUNCTIONS: ReadonlyMap<string, OperatorDefinition> = new Map(
  functionNames().map((name) => [
    name,
    elementwise(name, functionNamed(name).arity, (...operands) => `${name}(${operands.join(', ')})`),
  ]),
);

/** A pointwise function of the language; `x ^ a` is `pow(x, a)`. */
export function functionOperator(name: string): OperatorDefinition {
  return FUNCTIONS.get(name)!;
}

/** The mean of one number per image over the images of the batch. */
export const overBatch = expressionOperator('mean', 'y = mean over the batch of x', 1, (context) =>
  context.apply('op mean(x[], w[]) -> y[] = sum(batch) x * w', [context.inputs[0]!, context.weight]),
);

/** What a class target is to all but the losses and metrics, which know classes. */
export const oneHotVector = expressionOperator('onehot', 'y[k] = 1 if k == class else 0', 1, (context) =>
  oneHot(context, context.inputs[0]!),
);
