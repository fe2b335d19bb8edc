/** @file Operators that expressions are made of and that have no name of their own: `2 * x`, `x ^ 2`, `exp(x)`, sums. */
import { elementCount, type Node, type Shape } from '../ir/graph.ts';
import type { OperatorContext, OperatorDefinition } from '../ops/operator.ts';
import { printShape } from './values.ts';

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
 * The same expression at every element of tensors of one shape; single numbers meet every element. `write` gets the text
 * of each operand and writes the body of the formula, in which `constants` may stand.
 */
export function elementwise(
  name: string,
  inputs: number,
  write: (...operands: string[]) => string,
  constants: Readonly<Record<string, number>> = {},
): OperatorDefinition {
  const names = ['a', 'b', 'c', 'd'].slice(0, inputs);
  return expressionOperator(name, `y = ${write(...names)}`, inputs, (context) => {
    const shape = commonShape(context, name);
    const axes = ['k', 'i', 'j', 'l'].slice(0, shape.length).join(', ');
    const head = names.map((operand, n) => `${operand}[${context.inputs[n]!.shape.length > 0 ? axes : ''}]`);
    const reads = names.map((operand, n) => (context.inputs[n]!.shape.length > 0 ? head[n]! : operand));
    const text = `op ${name}(${head.join(', ')}) -> y[${axes}] = ${write(...reads)}`;
    return context.apply(text, context.inputs, { constants });
  });
}

/** The one shape of all operands; single numbers meet every element. Reports CNN3005. */
export function commonShape(context: OperatorContext, name: string): Shape {
  const tensors = context.inputs.filter(({ shape }) => shape.length > 0);
  const { shape } = tensors[0] ?? context.inputs[0]!;
  const other = tensors.find((tensor) => tensor.shape.join() !== shape.join());
  if (!other) return shape;
  return context.fail({
    code: 'CNN3005',
    message: `\`${name}\` needs equal shapes, found ${printShape(shape)} and ${printShape(other.shape)}`,
    help: 'bring both to the same size',
  });
}

/** The sum over all elements, or their mean: one number per image. */
export function overElements(name: 'sum' | 'mean'): OperatorDefinition {
  return expressionOperator(name, `y = ${name}(k) x[k]`, 1, (context) => {
    const input = context.inputs[0]!;
    const size = elementCount(input.shape);
    const x = context.view(input, [size]);
    const constants = { factor: name === 'mean' ? 1 / size : 1 };
    const body = name === 'mean' ? '(sum(k) x[k]) * factor' : 'sum(k) x[k]';
    return context.apply(`op ${name}(x[k]) -> y[] = ${body}`, [x], { constants });
  });
}

/** The mean of one number per image over the images of the batch. */
export const overBatch = expressionOperator('mean', 'y = mean over the batch of x', 1, (context) =>
  context.apply('op mean(x[], w[]) -> y[] = sum(batch) x * w', [context.inputs[0]!, context.weight]),
);
