/**
 * @file Writes each pointwise function that has a definition in simpler ones by that definition, down to the primitives
 * that every target prints. Runs after differentiation, which knows the functions by name.
 */
import { expansionOf } from '../formula/functions.ts';
import { simplifyScalar } from '../formula/simplify-scalar.ts';
import { rewriteGraph } from '../ir/builder.ts';
import type { Graph } from '../ir/graph.ts';
import { memoize } from '../ir/memoize.ts';
import { rewriteScalar, type Scalar } from '../ir/scalar.ts';

export function expandFunctions(graph: Graph): Graph {
  return rewriteGraph(graph, (node, inputs, builder) => {
    if (node.definition.kind !== 'formula') return builder.keep(node, inputs);
    return builder.keep(node, inputs, expanded(node.definition.formula.body));
  });
}

const expanded = memoize((body: Scalar): Scalar => {
  const rewritten = rewriteScalar(body, expandCall);
  return rewritten === body ? body : simplifyScalar(rewritten);
});

function expandCall(scalar: Scalar): Scalar {
  if (scalar.kind !== 'call') return scalar;
  const expansion = expansionOf(scalar.name, scalar.arguments);
  return expansion ? rewriteScalar(expansion, expandCall) : scalar;
}
