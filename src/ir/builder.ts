/**
 * @file Builds graphs in normal form: the body of every formula is either free of reductions or is one reduction. A body
 * such as `b[o] + sum(c) x[c] * w[o, c]` becomes two nodes; fusion joins them again when that is wise.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { axisIndex } from './affine.ts';
import {
  elementCount,
  type Formula,
  type Graph,
  type Node,
  type Result,
  type Shape,
  type Source,
  type State,
  viewedNode,
} from './graph.ts';
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
  readonly layer?: string;
  readonly label?: string;
}

/** Where and with whom a formula is computed, if not element by element on its own. */
export interface Placing extends Pick<Formula, 'output' | 'shared'> {
  /** Of the result, if the axes do not say it. */
  readonly shape?: Shape;
}

export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly results: Result[] = [];
  readonly #names = new Set<string>();
  readonly #states = new Map<State, Node>();

  constructor(readonly name: string) {}

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
      layer: '',
      label: source.role,
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
      layer: options.layer ?? '',
      label: options.label ?? 'view',
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
    const parts = [...operands];
    const pointwise =
      body.kind === 'reduce' && !reductionOf(body.body) ? body : this.#extractReductions(parts, axes, body, options);
    return this.#formulaNode(parts, axes, pointwise, options, placing);
  }

  /** Each reduction inside `body` becomes a node over the axes it depends on, appended to `parts`. */
  #extractReductions(parts: Node[], axes: readonly Axis[], body: Scalar, options: NodeOptions): Scalar {
    const extract = (part: Scalar): Scalar => {
      const inner = mapOperands(part, extract);
      if (inner.kind !== 'reduce') return inner;
      const free = axes.filter((axis) => dependsOnAxis(inner, axis.name));
      const node = this.#formulaNode(parts, free, inner, { ...options, name: `${options.name}.${inner.operator}` });
      parts.push(node);
      return access(
        parts.length - 1,
        free.map((axis) => axisIndex(axis.name)),
      );
    };
    return extract(body);
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
      layer: options.layer ?? '',
      label: options.label ?? 'formula',
    });
  }

  /** Keeps a name for a node that comes later. */
  reserve(name: string): void {
    this.#names.add(name);
  }

  /** Gives a reserved name back, for the node that is rebuilt under it. */
  release(name: string): void {
    this.#names.delete(name);
  }

  /** A node as it was, on new inputs and with a new body if one is given; it keeps its name. */
  keep(node: Node, inputs: readonly Node[], body?: Scalar): Node {
    const same = !body && inputs.every((input, k) => input === node.inputs[k]);
    if (same) return this.#append(node);
    if (node.definition.kind !== 'formula') return this.#append({ ...node, inputs });
    const { formula } = node.definition;
    const compact = compactOperands(inputs, body ?? formula.body);
    const definition = { kind: 'formula', formula: { ...formula, body: compact.body } } as const;
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
    let name = wanted;
    for (let number = 2; this.#names.has(name); number++) name = `${wanted}.${number}`;
    this.#names.add(name);
    return name;
  }

  #append(node: Node): Node {
    this.#names.add(node.name);
    if (node.definition.kind === 'source' && node.definition.source.role === 'state')
      this.#states.set(node.definition.source.state, node);
    this.nodes.push(node);
    return node;
  }
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
  const compact = mapAccesses(body, (part: Access) => {
    const node = operands[part.operand];
    if (!node) throw new InternalError('builder', `operand ${part.operand} of ${operands.length} in ${describe(body)}`);
    let position = inputs.indexOf(node);
    if (position < 0) position = inputs.push(node) - 1;
    return position === part.operand ? part : access(position, part.indices);
  });
  return { inputs, body: compact };
}

/** The distinct accesses of a body, in order of appearance. */
export function distinctAccesses(body: Scalar): Access[] {
  const distinct: Access[] = [];
  for (const found of accessesOf(body)) if (!distinct.some((known) => accessEqual(known, found))) distinct.push(found);
  return distinct;
}

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
  const builder = new GraphBuilder(graph.name);
  for (const node of graph.nodes) builder.reserve(node.name);
  const replacement = new Map<Node, Node>();
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => replacement.get(input)!);
    replacement.set(
      node,
      node.definition.kind === 'source' ? builder.keep(node, inputs) : rewrite(node, inputs, builder),
    );
  }
  for (const result of graph.results) builder.results.push({ ...result, node: replacement.get(result.node)! });
  return builder.finish();
}
