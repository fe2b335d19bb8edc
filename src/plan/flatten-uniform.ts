/**
 * @file Uniform values lane by lane. A pointwise formula over uniform values, such as the update of a parameter, does the
 * same to every element; so it may be read as a formula over fewer elements of which each has one value per lane, and is
 * computed a register at a time like everything else. The last block reaches into the padding behind the value: places
 * of values begin at cache lines.
 */

import { isIdentityAccess } from '../formula/inline.ts';
import { axisIndex } from '../ir/affine.ts';
import { elementCount, type Formula, formulaOf, type Node } from '../ir/graph.ts';
import { access, mapAccesses, type Scalar, visitScalar } from '../ir/scalar.ts';
import type { LanesOf } from './padded-dimensions.ts';

/** Kinds of expressions that mean the same in every lane. */
const LANEWISE: ReadonlySet<Scalar['kind']> = new Set(['constant', 'access', 'arithmetic', 'call', 'select']);

/** Does the formula treat all elements alike, and read single numbers and equally large values alone? */
export function isElementwise(node: Node, lanesOf: LanesOf): boolean {
  const formula = formulaOf(node);
  if (!formula || lanesOf(node) !== 'none' || formula.output || elementCount(node.shape) === 1) return false;
  let alike = node.inputs.every((input) => lanesOf(input) === 'none');
  visitScalar(formula.body, (part) => {
    alike &&= LANEWISE.has(part.kind);
    if (part.kind !== 'access') return;
    const { shape } = node.inputs[part.operand]!;
    alike &&= shape.length === 0 || (shape.join() === node.shape.join() && isIdentityAccess(part, formula.axes));
  });
  return alike;
}

/** The formula over blocks of `lanes` elements; it keeps the name of a sole axis. */
export function formulaByLanes(node: Node, lanes: number): Formula {
  const { axes, body, shared } = formulaOf(node)!;
  const axis = { name: axes.length === 1 ? axes[0]!.name : 'k', extent: blocksOf(node, lanes) };
  return {
    axes: [axis],
    body: mapAccesses(body, (read) =>
      read.indices.length === 0 ? read : access(read.operand, [axisIndex(axis.name)]),
    ),
    ...(shared ? { shared: { ...shared, axis: axis.name } } : {}),
  };
}

export function blocksOf({ shape }: Node, lanes: number): number {
  return Math.ceil(elementCount(shape) / lanes);
}
