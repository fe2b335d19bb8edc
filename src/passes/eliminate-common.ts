/**
 * @file Common subexpressions: two nodes with the same formula over the same inputs are one. Axis names do not matter.
 * A softmax output and a cross-entropy on the same logits share their exponentials this way.
 */
import { compactOperands, rewriteGraph } from '../ir/builder.ts';
import type { Formula, Graph, Node } from '../ir/graph.ts';
import { memoize, obtain } from '../ir/memoize.ts';
import { printScalar, renameAxes, type Scalar } from '../ir/scalar.ts';

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
  const { formula } = node.definition;
  const compact = compactOperands(inputs, formula.body);
  const text = canonicalText({ ...formula, body: compact.body });
  return `${head}${text}|${compact.inputs.map(({ name }) => name)}`;
}

const texts = memoize((_: Scalar) => new Map<string, string>());

/** The body with axes and operands numbered: equal for formulas that differ in the names of their axes alone. */
export function canonicalText({ axes, body }: Pick<Formula, 'axes' | 'body'>): string {
  const key = axes.map(({ name }) => name).join();
  return obtain(texts(body), key, () => printScalar(canonicalBody({ axes, body }), (operand) => `#${operand}`));
}

function canonicalBody({ axes, body }: Pick<Formula, 'axes' | 'body'>): Scalar {
  const names = new Map(axes.map(({ name }, k) => [name, `#${k}`]));
  return renameAxes(body, names, ({ extent }, k) => `$${k}:${extent}`);
}
