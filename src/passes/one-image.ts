/** @file A batch of one image: what is summed over it is what the image has, and its weight is 1. */
import { simplifyScalar } from '../formula/simplify-scalar.ts';
import { rewriteGraph } from '../ir/builder.ts';
import { formulaOf, type Graph, type Node, sourceOf } from '../ir/graph.ts';
import { constant, rewriteScalar, type Scalar } from '../ir/scalar.ts';

export function oneImage(graph: Graph): Graph {
  return rewriteGraph(graph, (node, inputs, builder) => {
    const formula = formulaOf(node);
    if (!formula) return builder.keep(node, inputs);
    const body = ofOneImage(formula.body, inputs);
    if (body === formula.body) return builder.keep(node, inputs);
    builder.release(node.name);
    return builder.formula(inputs, formula.axes, simplifyScalar(body), node, formula);
  });
}

function ofOneImage(body: Scalar, inputs: readonly Node[]): Scalar {
  return rewriteScalar(body, (part) => {
    if (part.kind === 'access' && sourceOf(inputs[part.operand]!)?.role === 'weight') return constant(1);
    if (part.kind !== 'reduce' || !part.batch) return part;
    return part.axes.length > 0 ? { ...part, batch: false } : part.body;
  });
}
