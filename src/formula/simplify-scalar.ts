/**
 * @file Algebra on scalar expressions: constants folded, neutral elements dropped, selects pushed outwards. The rules are
 * exact in real arithmetic and keep the sign conventions of gradients; `0 * x` becomes 0 (a gradient that is not finite
 * shows in the loss first).
 */

import { memoize } from '../ir/memoize.ts';
import {
  add,
  constant,
  divide,
  isConstant,
  mapOperands,
  multiply,
  negate,
  type Scalar,
  select,
  subtract,
} from '../ir/scalar.ts';
import { compare, fold } from './evaluate-scalar.ts';
import { evaluateFunction } from './functions.ts';

export const simplifyScalar: (scalar: Scalar) => Scalar = memoize(simplified);

function simplified(scalar: Scalar): Scalar {
  return rule(mapOperands(scalar, simplified));
}

function rule(scalar: Scalar): Scalar {
  switch (scalar.kind) {
    case 'arithmetic':
      return simplifyArithmetic(scalar);
    case 'call':
      if (scalar.name === 'pow' && isConstant(scalar.arguments[1]!, 1)) return scalar.arguments[0]!;
      return scalar.arguments.every((argument) => isConstant(argument))
        ? constant(evaluateFunction(scalar.name, scalar.arguments.map(constantValue)))
        : scalar;
    case 'select':
      return simplifySelect(scalar);
    case 'inside':
      return scalar.extent < 1 ? constant(0) : scalar;
    case 'reduce':
      return scalar.operator === 'sum' && isConstant(scalar.body, 0) ? constant(0) : scalar;
    default:
      return scalar;
  }
}

function constantValue(scalar: Scalar): number {
  return scalar.kind === 'constant' ? scalar.value : Number.NaN;
}

function simplifyArithmetic(scalar: Extract<Scalar, { kind: 'arithmetic' }>): Scalar {
  const { operator, left, right } = scalar;
  if (isConstant(left) && isConstant(right)) return constant(fold(operator, constantValue(left), constantValue(right)));
  const negated = negatedOperand(right);
  switch (operator) {
    case '+':
      if (isConstant(left, 0)) return right;
      if (isConstant(right, 0)) return left;
      return negated ? rule(subtract(left, negated)) : scalar;
    case '-':
      if (isConstant(right, 0)) return left;
      if (isConstant(left, 0) && negated) return negated;
      if (negated) return rule(add(left, negated));
      return scalar;
    case '*':
      return simplifyProduct(scalar, left, right);
    case '/':
      if (isConstant(left, 0)) return left;
      if (isConstant(right, 1)) return left;
      return scalar;
  }
}

function simplifyProduct(scalar: Scalar, left: Scalar, right: Scalar): Scalar {
  if (isConstant(left, 0) || isConstant(right, 1)) return left;
  if (isConstant(right, 0) || isConstant(left, 1)) return right;
  if (isConstant(right)) return rule(multiply(right, left));
  const [negatedLeft, negatedRight] = [negatedOperand(left), negatedOperand(right)];
  if (negatedLeft) return rule(negate(rule(multiply(negatedLeft, right))));
  if (negatedRight) return rule(negate(rule(multiply(left, negatedRight))));
  if (isConstant(left, -1)) return rule(negate(right));
  if (isConstant(left) && right.kind === 'arithmetic' && right.operator === '*' && isConstant(right.left))
    return rule(multiply(constant(constantValue(left) * constantValue(right.left)), right.right));
  // a * (1 / b) is a / b.
  if (right.kind === 'arithmetic' && right.operator === '/' && isConstant(right.left, 1))
    return rule(divide(left, right.right));
  if (left.kind === 'arithmetic' && left.operator === '/' && isConstant(left.left, 1))
    return rule(divide(right, left.right));
  // A product with a mask is the mask of the product.
  if (right.kind === 'select' && (isConstant(right.whenTrue, 0) || isConstant(right.whenFalse, 0)))
    return pushInto(right, left);
  if (left.kind === 'select' && (isConstant(left.whenTrue, 0) || isConstant(left.whenFalse, 0)))
    return pushInto(left, right);
  return scalar;
}

function pushInto(mask: Extract<Scalar, { kind: 'select' }>, factor: Scalar): Scalar {
  const { left, comparison, right } = mask;
  const whenTrue = rule(multiply(factor, mask.whenTrue));
  return rule(select(left, comparison, right, whenTrue, rule(multiply(factor, mask.whenFalse))));
}

/** x, when the expression is -x. */
function negatedOperand(scalar: Scalar): Scalar | undefined {
  return scalar.kind === 'arithmetic' && scalar.operator === '-' && isConstant(scalar.left, 0)
    ? scalar.right
    : undefined;
}

function simplifySelect(scalar: Extract<Scalar, { kind: 'select' }>): Scalar {
  const { left, comparison, right, whenTrue, whenFalse } = scalar;
  if (isConstant(left) && isConstant(right))
    return compare(comparison, constantValue(left), constantValue(right)) ? whenTrue : whenFalse;
  if (isConstant(whenTrue) && isConstant(whenFalse, constantValue(whenTrue))) return whenTrue;
  return scalar;
}
