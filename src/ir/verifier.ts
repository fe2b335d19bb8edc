/**
 * @file The rules every graph obeys between passes. A broken rule is our bug, so it throws an `InternalError` that names
 * the pass which ran last.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { type Affine, affineRange } from './affine.ts';
import { elementCount, type Graph, type Node } from './graph.ts';
import { printNode } from './printer.ts';
import { type Axis, printScalar, type Reduction, visitScalar } from './scalar.ts';

export function verifyGraph(graph: Graph, where: string): void {
  const defined = new Set<Node>();
  const names = new Set<string>();
  for (const node of graph.nodes) {
    const fail = (message: string): never => {
      throw new InternalError(where, `${message}\n  in ${printNode(node)}`);
    };
    for (const input of node.inputs) if (!defined.has(input)) fail(`%${input.name} is used before it is defined`);
    if (names.has(node.name)) fail(`the name %${node.name} is taken`);
    verifyNode(node, fail);
    defined.add(node);
    names.add(node.name);
  }
  for (const result of graph.results)
    if (!defined.has(result.node)) throw new InternalError(where, `result %${result.node.name} is not in the graph`);
}

function verifyNode(node: Node, fail: (message: string) => never): void {
  const { definition } = node;
  if (definition.kind === 'view' && elementCount(node.shape) !== elementCount(node.inputs[0]!.shape))
    fail('a view changes the number of elements');
  if (definition.kind !== 'formula') return;
  const { axes, body, output } = definition.formula;
  if (output ? !reachesAll(node, output, axes) : axes.map((axis) => axis.extent).join() !== node.shape.join())
    fail('the axes do not span the shape');
  verifyBody(node, fail);
  const batchwise = reductionsOf(node).some((reduction) => reduction.batch);
  const varies = node.inputs.some((input) => input.varying) && !batchwise;
  // What was varying stays so when all that it read is simplified away.
  const isConstant = node.varying && node.inputs.length === 0;
  if (varies !== node.varying && !isConstant) fail(`the value is ${varies ? '' : 'not '}varying`);
  if (batchwise && body.kind !== 'reduce') fail('a sum over the batch is not the whole formula');
}

function verifyBody(node: Node, fail: (message: string) => never): void {
  if (node.definition.kind !== 'formula') return;
  const { axes, body } = node.definition.formula;
  const reductions = new Set(reductionsOf(node).map((reduction) => printScalar(reduction, (operand) => `${operand}`)));
  if (reductions.size > 1) fail('two different reductions in one formula');
  const known = new Set(axes.map((axis) => axis.name));
  for (const reduction of reductionsOf(node)) for (const axis of reduction.axes) known.add(axis.name);
  const checkAxes = (terms: readonly (readonly [string, number])[]) => {
    for (const [axis] of terms) if (!known.has(axis)) fail(`unknown axis ${axis}`);
  };
  visitScalar(body, (part) => {
    if (part.kind === 'entry') checkAxes([...part.row.terms, ...part.column.terms]);
    if (part.kind === 'position') checkAxes(part.index.terms);
    if (part.kind === 'inside') checkAxes(part.index.affine.terms);
    if (part.kind !== 'access') return;
    const input = node.inputs[part.operand];
    if (!input) return fail(`no operand ${part.operand}`);
    if (part.indices.length !== input.shape.length) fail(`%${input.name} has ${input.shape.length} dimensions`);
    for (const index of part.indices) checkAxes(index.affine.terms);
  });
}

/** Tiles of each dimension begin at 0 and end at its end or beyond it. */
function reachesAll(node: Node, output: readonly Affine[], axes: readonly Axis[]): boolean {
  const extents = new Map(axes.map((axis) => [axis.name, axis.extent]));
  return node.shape.every((extent, k) => {
    const [low, high] = affineRange(output[k]!, (name) => [0, extents.get(name)! - 1]);
    return low === 0 && high >= extent - 1;
  });
}

export function reductionsOf(node: Node): Reduction[] {
  const found: Reduction[] = [];
  if (node.definition.kind === 'formula')
    visitScalar(node.definition.formula.body, (part) => {
      if (part.kind === 'reduce') found.push(part);
    });
  return found;
}
