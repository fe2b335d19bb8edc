/** @file Values that a formula of positions alone gives, such as the weights of a resampling: known without running. */
import { evaluateClosed } from '../formula/evaluate-scalar.ts';
import { evaluateFunction } from '../formula/functions.ts';
import { affineConstant, type Index, plainIndex } from '../ir/affine.ts';
import { type Formula, formulaOf, type Node } from '../ir/graph.ts';
import { memoize } from '../ir/memoize.ts';
import { type Scalar, substituteAxes, visitScalar } from '../ir/scalar.ts';

const CLOSED: readonly Scalar['kind'][] = ['constant', 'position', 'arithmetic', 'call', 'select'];

const isClosed = memoize((body: Scalar): boolean => {
  let closed = true;
  visitScalar(body, ({ kind }) => {
    closed &&= CLOSED.includes(kind);
  });
  return closed;
});

/** The formula of a value that no other value has a part in. */
export function knownFormula(node: Node): Formula | undefined {
  const formula = formulaOf(node);
  return formula && !formula.output && isClosed(formula.body) ? formula : undefined;
}

/** Its element at the place, in f64. */
export function knownElement({ axes, body }: Formula, place: readonly number[]): number {
  const substitution = new Map<string, Index>(
    axes.map(({ name }, dimension) => [name, plainIndex(affineConstant(place[dimension]!))]),
  );
  return evaluateClosed(substituteAxes(body, substitution), evaluateFunction);
}
