/** @file What the operands of an expression are, where code for them is shorter. */
import { type Expression, varianceOf } from '../../loop/ir.ts';

type Product = Extract<Expression, { kind: 'arithmetic' }>;

export function isSumWithProduct(expression: Expression): boolean {
  if (expression.kind !== 'arithmetic' || expression.operator !== '+') return false;
  return [expression.left, expression.right].some((side) => isVaryingProduct(side) || isSumWithProduct(side));
}

/** Not -0, which has a bit set. */
export function isZero(expression: Expression): boolean {
  return expression.kind === 'constant' && Object.is(expression.value, 0);
}

export function isVaryingProduct(expression: Expression): expression is Product {
  return expression.kind === 'arithmetic' && expression.operator === '*' && varianceOf(expression) === 'varying';
}
