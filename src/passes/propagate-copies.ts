/**
 * @file Reads through trivial values: a formula whose body is a constant or a single access is never stored; its users
 * read the constant or the original instead. Gradients produce many (the gradient of a sum is a copy).
 */
import { inlineAccess, isIdentityAccess, staysInRange } from '../formula/inline.ts';
import { simplifyScalar } from '../formula/simplify-scalar.ts';
import { axisExtents, type GraphBuilder, rewriteGraph } from '../ir/builder.ts';
import { formulaOf, type Graph, type Node, viewedNode } from '../ir/graph.ts';
import { type Access, constant, mapAccesses, reductionOf, type Scalar } from '../ir/scalar.ts';

export function propagateCopies(graph: Graph): Graph {
  const kept = new Set(graph.results.map((result) => result.node.name));
  return rewriteGraph(graph, (node, inputs, builder) => {
    const formula = formulaOf(node);
    if (!formula) return viewOfRoot(node, inputs, builder);
    const isKept = kept.has(node.name);
    if (!inputs.some(isTrivial)) {
      const simple = simplifyScalar(formula.body);
      return !isKept && isCopyOf(simple, inputs, node) ? copied(simple, inputs) : builder.keep(node, inputs, simple);
    }
    const operands = [...inputs];
    const reduction = reductionOf(formula.body);
    const extents = axisExtents(formula.axes, reduction);
    // Out of range a copy reads 0, as `pad` wants it, but within a maximum it would read what never wins.
    const readsZeros = reduction === undefined || reduction.operator === 'sum';
    const body = mapAccesses(formula.body, (read) => readThrough(read, operands, extents, readsZeros));
    const simple = simplifyScalar(body);
    if (!isKept && isCopyOf(simple, operands, node)) return copied(simple, operands);
    return builder.keep(node, operands, simple);
  });
}

/** A view of a view looks at the value itself, and is that value where the shapes agree. */
function viewOfRoot(node: Node, inputs: readonly Node[], builder: GraphBuilder): Node {
  const root = viewedNode(inputs[0]!);
  const isSame = root.shape.length === node.shape.length && root.shape.every((extent, k) => extent === node.shape[k]);
  return isSame ? root : builder.keep(node, [root]);
}

function copied(body: Scalar, operands: readonly Node[]): Node {
  return operands[(body as Access).operand]!;
}

/** Such as others read through. */
function isTrivial(producer: Node): boolean {
  const kind = formulaOf(producer)?.body.kind;
  return kind === 'constant' || kind === 'access';
}

function isCopyOf(body: Scalar, operands: readonly Node[], node: Node): boolean {
  if (body.kind !== 'access' || !isIdentityAccess(body, formulaOf(node)!.axes)) return false;
  const source = operands[body.operand]!;
  return source.varying === node.varying && source.shape.every((extent, k) => extent === node.shape[k]);
}

function readThrough(
  read: Access,
  operands: Node[],
  extents: ReadonlyMap<string, number>,
  readsZeros: boolean,
): Scalar {
  const producer = operands[read.operand]!;
  const formula = formulaOf(producer);
  if (!formula || (formula.body.kind !== 'constant' && formula.body.kind !== 'access')) return read;
  if (!staysInRange(read, producer.shape, extents)) return read;
  if (formula.body.kind === 'constant') return constant(formula.body.value);
  const source = producer.inputs[formula.body.operand]!;
  const placed = inlineAccess(read, formula.axes, formula.body, () => operands.length) as Access;
  if (!readsZeros && !staysInRange(placed, source.shape, extents)) return read;
  operands.push(source);
  return placed;
}
