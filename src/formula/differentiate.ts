/**
 * @file Symbolic differentiation of a reduction-free scalar expression with respect to one of its accesses: the chain
 * rule on the expression tree. Conditions of selects are constants almost everywhere.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import {
  type Access,
  accessEqual,
  add,
  constant,
  divide,
  multiply,
  negate,
  type Scalar,
  select,
} from '../ir/scalar.ts';
import { functionNamed } from './functions.ts';
import { simplifyScalar } from './simplify-scalar.ts';

const zero = constant(0);

export function differentiate(scalar: Scalar, by: Access): Scalar {
  return simplifyScalar(derivative(scalar, by));
}

function derivative(scalar: Scalar, by: Access): Scalar {
  switch (scalar.kind) {
    case 'access':
      return accessEqual(scalar, by) ? constant(1) : zero;
    case 'constant':
    case 'entry':
    case 'position':
    case 'inside':
    case 'random':
      return zero;
    case 'arithmetic':
      return arithmeticDerivative(scalar, by);
    case 'call': {
      const factors = functionNamed(scalar.name).derivative(scalar.arguments, scalar);
      return scalar.arguments
        .map((argument, k) => product(factors[k]!, derivative(argument, by)))
        .reduce((sum, term) => simplifyScalar(add(sum, term)), zero);
    }
    case 'select': {
      const { left, comparison, right } = scalar;
      return select(left, comparison, right, derivative(scalar.whenTrue, by), derivative(scalar.whenFalse, by));
    }
    case 'reduce':
      throw new InternalError('differentiate', 'a reduction inside a scalar body');
  }
}

function arithmeticDerivative(scalar: Extract<Scalar, { kind: 'arithmetic' }>, by: Access): Scalar {
  const { operator, left, right } = scalar;
  const [dLeft, dRight] = [simplifyScalar(derivative(left, by)), simplifyScalar(derivative(right, by))];
  switch (operator) {
    case '+':
      return add(dLeft, dRight);
    case '-':
      return { ...scalar, left: dLeft, right: dRight };
    case '*':
      return add(product(dLeft, right), product(left, dRight));
    case '/':
      // d(l/r) = dl/r - (l/r) dr / r
      return add(product(dLeft, divide(constant(1), right)), negate(product(divide(scalar, right), dRight)));
  }
}

function product(left: Scalar, right: Scalar): Scalar {
  return simplifyScalar(multiply(left, right));
}
