/**
 * @file Whether the loss of mixed images is the mix of two losses: it is, where the loss is linear in its sums over what is known
 * of the targets. Sums over the targets alone are no matter: a mean that is divided by the weights of its classes has the same
 * divisor for both.
 */
import { formulaOf, type Graph, type Node, sourceOf } from '../../ir/graph.ts';
import type { Scalar } from '../../ir/scalar.ts';

/** How a value depends on some operands: not at all, linearly, or otherwise. */
type Degree = 0 | 1 | 2;

const worst = (degrees: readonly Degree[]): Degree => Math.max(0, ...degrees) as Degree;

function degreeOf(scalar: Scalar, operands: readonly Degree[]): Degree {
  const of = (one: Scalar) => degreeOf(one, operands);
  switch (scalar.kind) {
    case 'access':
      return operands[scalar.operand]!;
    case 'arithmetic': {
      const [left, right] = [of(scalar.left), of(scalar.right)];
      if (scalar.operator === '*') return Math.min(2, left + right) as Degree;
      if (scalar.operator === '/') return right > 0 ? 2 : left;
      return worst([left, right]);
    }
    case 'call':
      return worst(scalar.arguments.map(of)) > 0 ? 2 : 0;
    case 'select':
      return worst([of(scalar.left), of(scalar.right)]) > 0 ? 2 : worst([of(scalar.whenTrue), of(scalar.whenFalse)]);
    case 'reduce':
      return scalar.operator === 'sum' ? of(scalar.body) : of(scalar.body) > 0 ? 2 : 0;
    default:
      return 0;
  }
}

export function isLinearInTargets({ nodes, results }: Graph): boolean {
  const told = new Set<Node>();
  /** What depends on nothing but targets: its sum is that of the partners, who are the same images in another order. */
  const settled = new Set<Node>();
  const degrees = new Map<Node, Degree>();
  for (const node of nodes) {
    const role = sourceOf(node)?.role;
    if (node.varying && (role === 'target' || node.inputs.some((input) => told.has(input)))) told.add(node);
    const isSource = role === 'target' || role === 'weight';
    if (isSource || (node.inputs.length > 0 && node.inputs.every((input) => settled.has(input)))) settled.add(node);
    const isSum = !node.varying && node.inputs.some((input) => told.has(input));
    const given = node.inputs.map((input) => degrees.get(input) ?? 0);
    const formula = formulaOf(node);
    // A sum that reads another sum over targets is not taken for a linear one.
    if (isSum) degrees.set(node, settled.has(node) ? 0 : worst(given) > 0 ? 2 : 1);
    else degrees.set(node, formula ? degreeOf(formula.body, given) : worst(given));
  }
  const loss = results.find(({ role }) => role === 'loss')?.node;
  return !loss || degrees.get(loss)! < 2;
}
