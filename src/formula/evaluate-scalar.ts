/** @file The value of arithmetic and comparisons in f64, and of whole expressions without accesses. */
import { InternalError } from '../diagnostics/diagnostic.ts';
import type { Arithmetic, Comparison, Scalar } from '../ir/scalar.ts';

export function fold(operator: Arithmetic, left: number, right: number): number {
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  return operator === '*' ? left * right : left / right;
}

export function compare(comparison: Comparison, left: number, right: number): boolean {
  switch (comparison) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '==':
      return left === right;
    default:
      return left !== right;
  }
}

/** Of an expression of constants and constant positions; `callFunction` gives the values of functions. */
export function evaluateClosed(scalar: Scalar, callFunction: (name: string, args: number[]) => number): number {
  const evaluate = (part: Scalar) => evaluateClosed(part, callFunction);
  switch (scalar.kind) {
    case 'constant':
      return scalar.value;
    case 'position':
      if (scalar.index.terms.length > 0) throw new InternalError('evaluate-scalar', 'this position is of an open axis');
      return scalar.index.constant;
    case 'arithmetic':
      return fold(scalar.operator, evaluate(scalar.left), evaluate(scalar.right));
    case 'call':
      return callFunction(scalar.name, scalar.arguments.map(evaluate));
    case 'select':
      return compare(scalar.comparison, evaluate(scalar.left), evaluate(scalar.right))
        ? evaluate(scalar.whenTrue)
        : evaluate(scalar.whenFalse);
    default:
      throw new InternalError('evaluate-scalar', `a ${scalar.kind} has no value of its own`);
  }
}
