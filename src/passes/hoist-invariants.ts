/**
 * @file Distributivity: a factor that does not change over the axes of a sum is multiplied once, outside of it. So
 * average pooling divides its sum, batch norm's two parameter sums serve all four of its gradients, and sums that differ
 * in a factor only become equal and are computed once.
 */

import { simplifyScalar } from '../formula/simplify-scalar.ts';
import { dependsOnAxis, rewriteGraph } from '../ir/builder.ts';
import type { Graph, Node } from '../ir/graph.ts';
import { memoize, obtain } from '../ir/memoize.ts';
import {
  accessesOf,
  constant,
  divide,
  isConstant,
  multiply,
  printScalar,
  type Reduction,
  type Scalar,
  visitScalar,
} from '../ir/scalar.ts';

export function hoistInvariants(graph: Graph): Graph {
  return rewriteGraph(graph, (node, inputs, builder) => {
    if (node.definition.kind !== 'formula') return builder.keep(node, inputs);
    const { axes, body } = node.definition.formula;
    if (body.kind !== 'reduce' || body.operator !== 'sum') return builder.keep(node, inputs);
    const varying = inputs.map((input) => (input.varying ? 'v' : 'u')).join('');
    const split = obtain(splits(body), varying, () => [splitFactors(body, inputs)] as const)[0];
    if (!split) return builder.keep(node, inputs);
    builder.release(node.name);
    return builder.formula(inputs, axes, simplifyScalar(split), node);
  });
}

/** By which operands are varying. */
const splits = memoize((_: Reduction) => new Map<string, readonly [Scalar | undefined]>());

interface Factor {
  readonly scalar: Scalar;
  readonly inverse: boolean;
}

function splitFactors(reduction: Reduction, inputs: readonly Node[]): Scalar | undefined {
  const factors = factorsOf(reduction.body, false);
  const invariant = factors.filter(
    (factor) => isInvariant(factor.scalar, reduction, inputs) && !isRepeated(factor, factors),
  );
  if (invariant.length === 0) return undefined;
  const rest = factors.filter((factor) => !invariant.includes(factor));
  // A sum of ones counts its terms; that is left to the constant folder of the lowering.
  if (rest.length === 0) return undefined;
  return productOf([...invariant, { scalar: { ...reduction, body: productOf(rest) }, inverse: false }]);
}

/**
 * A power of a factor stays: `(x * r)^3` may be an ordinary number where r³ is infinite in f32, and x³ is 0. That is what such
 * a factor is for.
 */
function isRepeated({ scalar, inverse }: Factor, factors: readonly Factor[]): boolean {
  if (scalar.kind === 'constant') return false;
  const text = printScalar(scalar, String);
  return factors.filter((other) => other.inverse === inverse && printScalar(other.scalar, String) === text).length > 1;
}

/** A product as a list of factors; `-x` is `-1 * x`. */
function factorsOf(scalar: Scalar, inverse: boolean): Factor[] {
  if (scalar.kind === 'arithmetic') {
    if (scalar.operator === '*') return [...factorsOf(scalar.left, inverse), ...factorsOf(scalar.right, inverse)];
    if (scalar.operator === '/') return [...factorsOf(scalar.left, inverse), ...factorsOf(scalar.right, !inverse)];
    if (scalar.operator === '-' && isConstant(scalar.left, 0))
      return [{ scalar: constant(-1), inverse: false }, ...factorsOf(scalar.right, inverse)];
  }
  return [{ scalar, inverse }];
}

function productOf(factors: readonly Factor[]): Scalar {
  return factors.reduce<Scalar>(
    (product, { scalar, inverse }) => (inverse ? divide(product, scalar) : simplifyScalar(multiply(product, scalar))),
    constant(1),
  );
}

function isInvariant(scalar: Scalar, reduction: Reduction, inputs: readonly Node[]): boolean {
  if (reduction.axes.some((axis) => dependsOnAxis(scalar, axis.name))) return false;
  let random = false;
  visitScalar(scalar, (part) => {
    random ||= part.kind === 'random';
  });
  return !random && !(reduction.batch && accessesOf(scalar).some((read) => inputs[read.operand]!.varying));
}
