/**
 * @file Scales of channels, folded into weights. Behind a convolution or a dense layer a batch norm in inference is `a[o]*y + b[o]`, a and b
 * being the same for all images: so `a` may as well multiply the weights, once, when they are loaded.
 *
 *     (sum(c, p, q) x[…] * w[o, c, p, q]) * a[o] + b[o]  =  (sum(c, p, q) x[…] * (w[o, c, p, q] * a[o])) + b[o]
 */
import { isIdentityAccess } from '../formula/inline.ts';
import { simplifyScalar } from '../formula/simplify-scalar.ts';
import { axisIndex, type Index, soleAxis } from '../ir/affine.ts';
import { dependsOnAxis, type GraphBuilder, rewriteGraph } from '../ir/builder.ts';
import { type Formula, formulaOf, type Graph, type Node, usersOf } from '../ir/graph.ts';
import {
  type Access,
  access,
  accessesOf,
  add,
  constant,
  divide,
  mapAccesses,
  multiply,
  type Reduction,
  type Scalar,
  substituteAxes,
  subtract,
} from '../ir/scalar.ts';

export function foldScales(graph: Graph): Graph {
  const users = usersOf(graph);
  const results = new Set(graph.results.map(({ node }) => node));
  const isPrivate = new Set(
    graph.nodes.filter((node) => users.get(node)!.length === 1 && !results.has(node)).map(({ name }) => name),
  );
  return rewriteGraph(
    graph,
    (node, inputs, builder) => folded(node, inputs, isPrivate, builder) ?? builder.keep(node, inputs),
  );
}

/** What a formula makes of a sum: `scale * sum + shift`. */
interface Affine {
  readonly scale: Scalar;
  readonly shift: Scalar;
}

function folded(
  node: Node,
  inputs: readonly Node[],
  isPrivate: ReadonlySet<string>,
  builder: GraphBuilder,
): Node | undefined {
  const formula = formulaOf(node);
  if (!formula || !node.varying || formula.body.kind === 'reduce') return undefined;
  const { axes } = formula;
  const found = withSum(formula.body, axes, inputs, isPrivate);
  if (!found) return undefined;
  const { body, operands, sum } = found;
  const { scale, shift } = affineIn(body, operands.indexOf(sum)) ?? {};
  if (!scale || !shift || scale.kind === 'constant') return undefined;
  const isUniform = (scalar: Scalar) => accessesOf(scalar).every((read) => !operands[read.operand]!.varying);
  const product = weightedSum(formulaOf(sum)!, sum);
  if (!product || !isUniform(scale) || !isUniform(shift)) return undefined;
  const { weight, read } = product;
  // Of the axes of the result, those that the scale depends on number the weights, too.
  const places = new Map<string, Index>();
  for (const [k, { name }] of axes.entries()) {
    if (!dependsOnAxis(scale, name)) continue;
    const own = formulaOf(sum)!.axes[k]!.name;
    const dimension = read.indices.findIndex((index) => soleAxis(index) === own);
    if (dimension < 0) return undefined;
    places.set(name, axisIndex(`k${dimension}`));
  }
  const scaled = scaleWeights(weight, substituteAxes(scale, places), operands, builder, node);
  const made = reweighted(sum, product.operand, scaled, builder);
  const indicesOf = (some: Formula['axes']) => some.map(({ name }) => axisIndex(name));
  const free = axes.filter(({ name }) => dependsOnAxis(shift, name));
  const shifted = builder.formula(operands, free, shift, { name: `${node.name}.shift`, origins: node.origins });
  builder.release(node.name);
  return builder.formula([made, shifted], axes, add(access(0, indicesOf(axes)), access(1, indicesOf(free))), node);
}

/** The body with what it reads of pointwise formulas written out, down to a sum that nothing else reads. */
function withSum(body: Scalar, axes: Formula['axes'], inputs: readonly Node[], isPrivate: ReadonlySet<string>) {
  let [current, operands] = [body, inputs];
  for (;;) {
    const k = operands.findIndex((operand, at) => {
      const reads = accessesOf(current).filter((read) => read.operand === at);
      return (
        operand.varying &&
        isPrivate.has(operand.name) &&
        formulaOf(operand) &&
        reads.length > 0 &&
        reads.every((read) => isIdentityAccess(read, axes))
      );
    });
    if (k < 0) return undefined;
    const operand = operands[k]!;
    const produced = formulaOf(operand)!;
    if (produced.output || produced.shared || produced.axes.some(({ extent }, d) => extent !== axes[d]?.extent))
      return undefined;
    if (produced.body.kind === 'reduce') return { body: current, operands, sum: operand };
    const names = new Map<string, Index>(produced.axes.map(({ name }, d) => [name, axisIndex(axes[d]!.name)]));
    const from = operands.length;
    const inner = mapAccesses(substituteAxes(produced.body, names), (read) =>
      access(read.operand + from, read.indices),
    );
    current = mapAccesses(current, (read) => (read.operand === k ? inner : read));
    operands = [...operands, ...operand.inputs];
  }
}

function affineIn(scalar: Scalar, operand: number): Affine | undefined {
  if (!accessesOf(scalar).some((read) => read.operand === operand)) return { scale: constant(0), shift: scalar };
  if (scalar.kind === 'access') return { scale: constant(1), shift: constant(0) };
  if (scalar.kind !== 'arithmetic') return undefined;
  const [left, right] = [affineIn(scalar.left, operand), affineIn(scalar.right, operand)];
  if (!left || !right) return undefined;
  const isFixed = ({ scale }: Affine) => scale.kind === 'constant' && scale.value === 0;
  const both = (combine: (a: Scalar, b: Scalar) => Scalar) => ({
    scale: simplifyScalar(combine(left.scale, right.scale)),
    shift: simplifyScalar(combine(left.shift, right.shift)),
  });
  const times = ({ scale, shift }: Affine, factor: Scalar) => ({
    scale: simplifyScalar(multiply(scale, factor)),
    shift: simplifyScalar(multiply(shift, factor)),
  });
  switch (scalar.operator) {
    case '+':
      return both(add);
    case '-':
      return both(subtract);
    case '*':
      if (isFixed(right)) return times(left, right.shift);
      return isFixed(left) ? times(right, left.shift) : undefined;
    case '/':
      return isFixed(right) ? times(left, divide(constant(1), right.shift)) : undefined;
  }
}

/** A sum of products of something varying with a weight. */
function weightedSum({ body }: Formula, sum: Node): { operand: number; weight: Node; read: Access } | undefined {
  const { operator, batch, body: term } = body as Reduction;
  if (operator !== 'sum' || batch || term.kind !== 'arithmetic' || term.operator !== '*') return undefined;
  const reads = [term.left, term.right].filter((part): part is Access => part.kind === 'access');
  const weights = reads.filter((read) => !sum.inputs[read.operand]!.varying);
  const [read] = weights;
  if (reads.length !== 2 || weights.length !== 1) return undefined;
  return { operand: read!.operand, weight: sum.inputs[read!.operand]!, read: read! };
}

function scaleWeights(weight: Node, scale: Scalar, operands: readonly Node[], builder: GraphBuilder, node: Node): Node {
  const axes = weight.shape.map((extent, k) => ({ name: `k${k}`, extent }));
  const own = access(
    operands.length,
    axes.map(({ name }) => axisIndex(name)),
  );
  const origins = node.origins.map((origin) => ({ ...origin, part: 'weights' }));
  return builder.formula([...operands, weight], axes, multiply(own, scale), { name: `${weight.name}.scaled`, origins });
}

function reweighted(sum: Node, operand: number, weight: Node, builder: GraphBuilder): Node {
  const { axes, body } = formulaOf(sum)!;
  const inputs = sum.inputs.map((input, k) => (k === operand ? weight : input));
  return builder.formula(inputs, axes, body, { name: `${sum.name}.scaled`, origins: sum.origins });
}
