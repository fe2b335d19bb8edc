/**
 * @file Common subexpressions: two nodes with the same formula over the same inputs are one. Axis names do not matter.
 * A softmax output and a cross-entropy on the same logits share their exponentials this way.
 */
import { axisIndex, type Index } from '../ir/affine.ts';
import { rewriteGraph } from '../ir/builder.ts';
import type { Formula, Graph, Node } from '../ir/graph.ts';
import { type Axis, printScalar, rewriteScalar, type Scalar, substituteAxes } from '../ir/scalar.ts';

export function eliminateCommon(graph: Graph): Graph {
  const known = new Map<string, Node>();
  return rewriteGraph(graph, (node, inputs, builder) => {
    const key = keyOf(node, inputs);
    const same = known.get(key);
    if (same) return same;
    const kept = builder.keep(node, inputs);
    known.set(key, kept);
    return kept;
  });
}

function keyOf(node: Node, inputs: readonly Node[]): string {
  const head = `${node.shape.join(',')}|${node.varying}|`;
  if (node.definition.kind !== 'formula') return `${head}view|${inputs[0]!.name}`;
  return head + printScalar(canonicalBody(node.definition.formula), (operand) => `%${inputs[operand]!.name}`);
}

/** The body with its axes numbered: equal for formulas that differ in the names of their axes alone. */
export function canonicalBody(formula: Formula): Scalar {
  const rename = (axes: readonly Axis[], prefix: string) =>
    new Map<string, Index>(axes.map((axis, k) => [axis.name, axisIndex(`${prefix}${k}`)]));
  const renamed = rewriteScalar(formula.body, (part) => {
    if (part.kind !== 'reduce') return part;
    const axes = part.axes.map((axis, k) => ({ name: `$${k}:${axis.extent}`, extent: axis.extent }));
    const bound = new Map<string, Index>(part.axes.map((axis, k) => [axis.name, axisIndex(axes[k]!.name)]));
    return { ...part, axes, body: substituteAxes(part.body, bound) };
  });
  return substituteAxes(renamed, rename(formula.axes, '#'));
}
