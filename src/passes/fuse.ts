/**
 * @file Fusion of pointwise work. Two moves, each when the value between has one user and is not a result itself:
 * - *epilogue*: a pointwise formula joins the formula that produces what it reads, so bias, activation and residual
 *   addition are applied to the sum while it is still in a register;
 * - *prologue*: a pointwise formula joins a reduction that reads each of its elements exactly once.
 * Nothing is computed twice. A sum over the batch is complete only after the last block, so nothing joins behind it.
 */
import { inlineAccess, isIdentityAccess, staysInRange } from '../formula/inline.ts';
import { simplifyScalar } from '../formula/simplify-scalar.ts';
import { axisIndex, type Index, plainIndex, printAffine, soleAxis } from '../ir/affine.ts';
import { axisExtents, rewriteGraph } from '../ir/builder.ts';
import { type Formula, formulaOf, type Graph, type Node, usersOf } from '../ir/graph.ts';
import { memoize, obtain } from '../ir/memoize.ts';
import { joinOrigins } from '../ir/origin.ts';
import {
  type Access,
  type Axis,
  accessesOf,
  isLarger,
  mapAccesses,
  reductionOf,
  type Scalar,
  substituteAxes,
} from '../ir/scalar.ts';

/** A chain of functions that read their argument twice would double with each of them. */
const MAXIMUM_SIZE = 400;

export function fuse(graph: Graph): Graph {
  const users = usersOf(graph);
  const results = new Set(graph.results.map((result) => result.node));
  const isPrivate = new Set<string>();
  for (const node of graph.nodes) {
    const [first, ...others] = users.get(node)!;
    if (!results.has(node) && first && others.every((user) => user === first)) isPrivate.add(node.name);
  }
  return rewriteGraph(graph, (node, inputs, builder) => {
    let current = node;
    let operands: readonly Node[] = inputs;
    for (let fused = joinOne(current, operands, isPrivate); fused; fused = joinOne(current, operands, isPrivate)) {
      current = fused.node;
      operands = fused.inputs;
    }
    return current === node
      ? builder.keep(node, inputs)
      : builder.keep({ ...current, inputs: [] }, operands, formulaOf(current)!.body);
  });
}

interface Joined {
  readonly node: Node;
  readonly inputs: readonly Node[];
}

/** Joins the first input that can be joined; the caller repeats. */
function joinOne(node: Node, inputs: readonly Node[], isPrivate: ReadonlySet<string>): Joined | undefined {
  const formula = formulaOf(node);
  if (!formula) return undefined;
  for (let operand = inputs.length - 1; operand >= 0; operand--) {
    const producer = inputs[operand]!;
    const produced = formulaOf(producer);
    if (!produced || !isPrivate.has(producer.name)) continue;
    const reads = accessesOf(formula.body).filter((read) => read.operand === operand);
    if (reads.length === 0) continue;
    const candidate = { node, formula, producer, produced, reads, inputs };
    const made = joinAsEpilogue(candidate) ?? joinAsPrologue(candidate);
    if (made && !isTooLarge(formulaOf(made.node)!.body)) return made;
  }
  return undefined;
}

/** A node and one of its inputs, which it may join. */
interface Candidate {
  readonly node: Node;
  readonly formula: Formula;
  readonly producer: Node;
  readonly produced: Formula;
  /** How the node reads the producer. */
  readonly reads: readonly Access[];
  readonly inputs: readonly Node[];
}

function joinAsEpilogue(candidate: Candidate): Joined | undefined {
  const { node, formula, producer, produced, reads, inputs } = candidate;
  const reduction = reductionOf(produced.body);
  if (reductionOf(formula.body) || reduction?.batch || producer.varying !== node.varying) return undefined;
  // A larger result reads the producer out of range in places (concatenation), a smaller one leaves some of it out.
  if (producer.shape.join() !== node.shape.join()) return undefined;
  if (!reads.every((read) => isIdentityAccess(read, formula.axes))) return undefined;
  // The joined formula is written over the producer's axes, whose reduction may use any other name.
  const body = joinedBody(candidate, () => {
    const places = produced.output?.map(plainIndex) ?? produced.axes.map(({ name }) => axisIndex(name));
    const rename = new Map<string, Index>(formula.axes.map((axis, k) => [axis.name, places[k]!]));
    const whole = mapAccesses(produced.body, (read) => ({ ...read, operand: read.operand + inputs.length }));
    return mapAccesses(substituteAxes(formula.body, rename), (read) =>
      inputs[read.operand] === producer ? whole : read,
    );
  });
  return joined(node, producer, inputs, { ...produced, body });
}

function joinAsPrologue(candidate: Candidate): Joined | undefined {
  const { node, formula, producer, produced, reads, inputs } = candidate;
  const reduction = reductionOf(formula.body);
  if (!reduction || reductionOf(produced.body) || produced.output || reads.length !== 1 || !producer.varying)
    return undefined;
  if (!readsEachOnce(reads[0]!, producer, [...formula.axes, ...reduction.axes])) return undefined;
  // What reads 0 out of range would read what never wins within a maximum.
  if (reduction.operator !== 'sum' && !readsInRange(producer, produced)) return undefined;
  const body = joinedBody(candidate, () =>
    mapAccesses(formula.body, (read) =>
      inputs[read.operand] === producer
        ? inlineAccess(read, produced.axes, produced.body, (operand) => inputs.length + operand)
        : read,
    ),
  );
  return joined(node, producer, inputs, { ...formula, body });
}

const joinedBodies = memoize((_: Scalar) => new WeakMap<Scalar, Map<string, Scalar>>());

/** Equal pairs of formulas are joined once. Which way is a question of the two formulas alone. */
function joinedBody({ formula, producer, produced, inputs }: Candidate, make: () => Scalar): Scalar {
  const same = obtain(joinedBodies(formula.body), produced.body, () => new Map<string, Scalar>());
  const places = inputs.map((input) => (input === producer ? 'p' : '-')).join('');
  const names = [formula, produced].map(({ axes }) => axes.map(({ name }) => name).join());
  const key = `${places}|${names.join('|')}|${produced.output?.map(printAffine)}`;
  return obtain(same, key, () => simplified(make()));
}

function readsInRange({ inputs }: Node, { axes, body }: Formula): boolean {
  const extents = axisExtents(axes);
  return accessesOf(body).every((read) => staysInRange(read, inputs[read.operand]!.shape, extents));
}

/** The body numbers the node's inputs first, then the producer's. */
function joined(node: Node, producer: Node, inputs: readonly Node[], formula: Formula): Joined {
  return { node: fusedNode(producer, node, formula), inputs: [...inputs, ...producer.inputs] };
}

/** What is too large is not joined, and simplifying it would take long. */
function simplified(body: Scalar): Scalar {
  return isLarger(body, 2 * MAXIMUM_SIZE) ? body : simplifyScalar(body);
}

const isTooLarge = memoize((body: Scalar) => isLarger(body, MAXIMUM_SIZE));

/** One visit per element: each dimension is indexed by an axis of its own and extent, and no other axis repeats it. */
function readsEachOnce(read: Access, producer: Node, axes: readonly Axis[]): boolean {
  const extents = new Map(axes.filter((axis) => axis.extent > 1).map((axis) => [axis.name, axis.extent]));
  const used = new Set<string>();
  for (const [dimension, index] of read.indices.entries()) {
    const axis = soleAxis(index);
    if (axis === undefined || used.has(axis)) return false;
    if ((extents.get(axis) ?? 1) !== producer.shape[dimension]) return false;
    used.add(axis);
  }
  return [...extents.keys()].every((axis) => used.has(axis));
}

/** The joined node keeps the name of the later value; its origins tell both. */
function fusedNode(producer: Node, node: Node, formula: Formula): Node {
  return {
    ...node,
    origins: joinOrigins(producer.origins, node.origins),
    definition: { kind: 'formula', formula },
  };
}
