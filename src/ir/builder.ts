/**
 * @file Builds graphs in normal form: the body of every formula is either free of reductions or is one reduction. A body
 * such as `b[o] + sum(c) x[c] * w[o, c]` becomes two nodes; fusion joins them again when that is wise.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { axisIndex } from './affine.ts';
import {
  elementCount,
  type Formula,
  formulaOf,
  type Graph,
  type Node,
  type Result,
  type Shape,
  type Source,
  type State,
  viewedNode,
} from './graph.ts';
import { memoize, obtain } from './memoize.ts';
import type { Origins } from './origin.ts';
import {
  type Access,
  type Axis,
  access,
  accessEqual,
  accessesOf,
  mapAccesses,
  mapOperands,
  printScalar,
  type Reduction,
  reductionOf,
  type Scalar,
  visitScalar,
} from './scalar.ts';

export interface NodeOptions {
  readonly name: string;
  readonly origins?: Origins;
}

/** Where and with whom a formula is computed, if not element by element on its own. */
export interface Placing extends Pick<Formula, 'output' | 'shared'> {
  /** Of the result, if the axes do not say it. */
  readonly shape?: Shape;
}

export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly results: Result[] = [];
  /** Made when a name is asked for: most passes keep those there are. */
  #names: Set<string> | undefined;
  readonly #states = new Map<State, Node>();

  /** The names of `reserved` are kept for nodes that come later. */
  constructor(
    readonly name: string,
    readonly reserved: readonly Node[] = [],
  ) {}

  /** Continues from a finished graph; its nodes keep their identity. */
  static from(graph: Graph): GraphBuilder {
    const builder = new GraphBuilder(graph.name);
    for (const node of graph.nodes) builder.#append(node);
    builder.results.push(...graph.results);
    return builder;
  }

  finish(): Graph {
    return { name: this.name, nodes: [...this.nodes], results: [...this.results] };
  }

  source(source: Source, shape: Shape, name: string): Node {
    const varying = source.role !== 'state' && source.role !== 'scalar';
    return this.#append({
      name: this.uniqueName(name),
      shape,
      varying,
      definition: { kind: 'source', source },
      inputs: [],
      origins: [{ layer: '', operator: source.role, role: 'forward' }],
    });
  }

  /** The current value of a state; one node for all its readers. */
  state(state: State): Node {
    let node = this.#states.get(state);
    if (!node) {
      node = this.source({ role: 'state', state }, state.shape, state.name);
      this.#states.set(state, node);
    }
    return node;
  }

  /** The same elements, row-major, under another shape. */
  view(node: Node, shape: Shape, options: NodeOptions): Node {
    if (elementCount(shape) !== elementCount(node.shape))
      throw new InternalError('builder', `view of ${node.shape} as ${shape}`);
    if (shape.length === node.shape.length && shape.every((extent, k) => extent === node.shape[k])) return node;
    return this.#append({
      name: this.uniqueName(options.name),
      shape,
      varying: node.varying,
      definition: { kind: 'view' },
      inputs: [node],
      origins: options.origins ?? [{ layer: '', operator: 'view', role: 'forward' }],
    });
  }

  /** `value[axes] = body`, the accesses of `body` numbering `operands`. */
  formula(
    operands: readonly Node[],
    axes: readonly Axis[],
    body: Scalar,
    options: NodeOptions,
    placing: Placing = {},
  ): Node {
    if (isNormal(body)) return this.#formulaNode(operands, axes, body, options, placing);
    const { reductions, body: pointwise } = withoutReductions(axes, body, operands.length);
    const parts = [...operands];
    for (const { axes: free, body: inner } of reductions)
      parts.push(this.#formulaNode(parts, free, inner, { ...options, name: `${options.name}.${inner.operator}` }));
    return this.#formulaNode(parts, axes, pointwise, options, placing);
  }

  #formulaNode(
    operands: readonly Node[],
    axes: readonly Axis[],
    body: Scalar,
    options: NodeOptions,
    { output, shared, shape }: Placing = {},
  ): Node {
    const { inputs, body: compact } = compactOperands(operands, body);
    const reduction = compact.kind === 'reduce' ? compact : undefined;
    return this.#append({
      name: this.uniqueName(options.name),
      shape: shape ?? axes.map((axis) => axis.extent),
      varying: inputs.some((input) => input.varying) && !reduction?.batch,
      definition: {
        kind: 'formula',
        formula: { axes, body: compact, ...(output && { output }), ...(shared && { shared }) },
      },
      inputs,
      origins: options.origins ?? [{ layer: '', operator: 'formula', role: 'forward' }],
    });
  }

  /** Gives a reserved name back, for the node that is rebuilt under it. */
  release(name: string): void {
    this.#takenNames().delete(name);
  }

  #takenNames(): Set<string> {
    if (!this.#names) {
      this.#names = new Set();
      for (const nodes of [this.reserved, this.nodes]) for (const { name } of nodes) this.#names.add(name);
    }
    return this.#names;
  }

  /** A node as it was, on new inputs and with a new body if one is given; it keeps its name. */
  keep(node: Node, inputs: readonly Node[], body?: Scalar): Node {
    const formula = formulaOf(node);
    const isSame = inputs.length === node.inputs.length && inputs.every((input, k) => input === node.inputs[k]);
    if (isSame && (!body || body === formula?.body)) return this.#append(node);
    if (!formula) return this.#append({ ...node, inputs });
    const compact = compactOperands(inputs, body ?? formula.body);
    // Passes that look at formulas know those that they have seen before.
    const definition =
      compact.body === formula.body
        ? node.definition
        : ({ kind: 'formula', formula: { ...formula, body: compact.body } } as const);
    return this.#append({ ...node, definition, inputs: compact.inputs });
  }

  /** A value of its own, where a view would only be another name for a source. */
  materialize(node: Node, options: NodeOptions): Node {
    if (viewedNode(node).definition.kind !== 'source') return node;
    const axes = node.shape.map((extent, k) => ({ name: `k${k}`, extent }));
    return this.formula(
      [node],
      axes,
      access(
        0,
        axes.map((axis) => axisIndex(axis.name)),
      ),
      options,
    );
  }

  uniqueName(wanted: string): string {
    const taken = this.#takenNames();
    let name = wanted;
    for (let number = 2; taken.has(name); number++) name = `${wanted}.${number}`;
    taken.add(name);
    return name;
  }

  #append(node: Node): Node {
    this.#names?.add(node.name);
    if (node.definition.kind === 'source' && node.definition.source.role === 'state')
      this.#states.set(node.definition.source.state, node);
    this.nodes.push(node);
    return node;
  }
}

const isNormal = memoize((body: Scalar) => {
  const inner = body.kind === 'reduce' ? body.body : body;
  return reductionOf(inner) === undefined;
});

interface Extraction {
  /** Formulas of their own, which are further operands. */
  readonly reductions: readonly { readonly axes: readonly Axis[]; readonly body: Reduction }[];
  readonly body: Scalar;
}

const extractions = memoize((_: Scalar) => new Map<string, Extraction>());

/** Each reduction inside `body` becomes a formula over the axes it depends on. */
function withoutReductions(axes: readonly Axis[], body: Scalar, operands: number): Extraction {
  const key = `${operands}:${axes.map(({ name, extent }) => `${name}<${extent}`)}`;
  return obtain(extractions(body), key, () => {
    const reductions: { axes: readonly Axis[]; body: Reduction }[] = [];
    const extract = (part: Scalar): Scalar => {
      const inner = mapOperands(part, extract);
      if (inner.kind !== 'reduce') return inner;
      const free = axes.filter((axis) => dependsOnAxis(inner, axis.name));
      const indices = free.map((axis) => axisIndex(axis.name));
      return access(operands + reductions.push({ axes: free, body: inner }) - 1, indices);
    };
    return { body: extract(body), reductions };
  });
}

export function dependsOnAxis(scalar: Scalar, axis: string): boolean {
  let found = false;
  visitScalar(scalar, (part) => {
    if (part.kind === 'access')
      found ||= part.indices.some((index) => index.affine.terms.some(([name]) => name === axis));
    else if (part.kind === 'inside') found ||= part.index.affine.terms.some(([name]) => name === axis);
    else if (part.kind === 'entry')
      found ||= [part.row, part.column].some((affine) => affine.terms.some(([name]) => name === axis));
    else if (part.kind === 'position') found ||= part.index.terms.some(([name]) => name === axis);
    else if (part.kind === 'random') found ||= part.element.terms.some(([name]) => name === axis);
  });
  return found;
}

/** Drops operands that are not accessed and merges equal ones, renumbering the accesses. */
export function compactOperands(operands: readonly Node[], body: Scalar): { inputs: Node[]; body: Scalar } {
  const inputs: Node[] = [];
  const used = operandsOf(body);
  const positions = used.map((operand) => {
    const node = operands[operand];
    if (!node) throw new InternalError('builder', `operand ${operand} of ${operands.length} in ${describe(body)}`);
    const known = inputs.indexOf(node);
    return known < 0 ? inputs.push(node) - 1 : known;
  });
  if (positions.every((position, k) => position === used[k])) return { inputs, body };
  return { inputs, body: obtain(renumbered(body), positions.join(), () => renumber(body, used, positions)) };
}

/** Numbers of the operands that are read, in order of appearance. */
const operandsOf = memoize((body: Scalar): readonly number[] => [
  ...new Set(accessesOf(body).map(({ operand }) => operand)),
]);

/** A body with its operands under other numbers, which stand in the order of `operandsOf`. */
const renumbered = memoize((_: Scalar) => new Map<string, Scalar>());

function renumber(body: Scalar, used: readonly number[], positions: readonly number[]): Scalar {
  const positionOf = new Map(used.map((operand, k) => [operand, positions[k]!]));
  return mapAccesses(body, (part) => {
    const position = positionOf.get(part.operand)!;
    return position === part.operand ? part : access(position, part.indices);
  });
}

/** The distinct accesses of a body, in order of appearance. */
export const distinctAccesses: (body: Scalar) => readonly Access[] = memoize((body) => {
  const distinct: Access[] = [];
  for (const found of accessesOf(body)) if (!distinct.some((known) => accessEqual(known, found))) distinct.push(found);
  return distinct;
});

/** Axes of a reduction and of the result, for range questions. */
export function axisExtents(axes: readonly Axis[], reduction?: Reduction): Map<string, number> {
  return new Map([...axes, ...(reduction?.axes ?? [])].map((axis) => [axis.name, axis.extent]));
}

function describe(body: Scalar): string {
  return printScalar(body, (operand) => `#${operand}`);
}

/**
 * Rebuilds a graph node by node. `rewrite` receives each formula or view with its inputs already replaced and returns
 * the node to stand in its place: `builder.keep(node, inputs)` for no change, or any node it makes.
 */
export function rewriteGraph(
  graph: Graph,
  rewrite: (node: Node, inputs: readonly Node[], builder: GraphBuilder) => Node,
): Graph {
  const builder = new GraphBuilder(graph.name, graph.nodes);
  // What stays as it was is not in it.
  const replacement = new Map<Node, Node>();
  const replaced = (node: Node): Node => replacement.get(node) ?? node;
  for (const node of graph.nodes) {
    const inputs = node.inputs.some((input) => replacement.has(input)) ? node.inputs.map(replaced) : node.inputs;
    const made = node.definition.kind === 'source' ? builder.keep(node, inputs) : rewrite(node, inputs, builder);
    if (made !== node) replacement.set(node, made);
  }
  for (const result of graph.results) builder.results.push({ ...result, node: replaced(result.node) });
  return builder.finish();
}
