/**
 * @file Reverse-mode differentiation of a graph, at compile time: walks the nodes from the loss backwards, adds up the
 * contributions to each value's gradient, and appends the adjoint formulas as ordinary nodes. Only values on a path from
 * a wanted state to the loss get a gradient, so that of the input image is never computed.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { type Adjoint, type AdjointProblem, adjointOf } from '../formula/adjoint.ts';
import { axisIndex } from '../ir/affine.ts';
import { distinctAccesses, GraphBuilder } from '../ir/builder.ts';
import { type Formula, formulaOf, type Graph, type Node, type Shape, sourceOf, usersOf } from '../ir/graph.ts';
import { obtain } from '../ir/memoize.ts';
import type { Origin, Origins } from '../ir/origin.ts';
import { type Access, type Axis, access, add, constant, type Scalar } from '../ir/scalar.ts';

/**
 * Appends a `gradient` result for every trainable parameter that the loss depends on, and an output `d.x` for each
 * further value x in `alsoBy`.
 */
export function deriveBackward(graph: Graph, alsoBy: readonly Node[] = []): Graph {
  const loss = graph.results.find((result) => result.role === 'loss')?.node;
  if (!loss) throw new InternalError('derive-backward', 'the graph has no loss');
  return new Derivation(graph, alsoBy).run(loss);
}

class Derivation {
  readonly #builder: GraphBuilder;
  readonly #graph: Graph;
  readonly #contributions = new Map<Node, Node[]>();
  readonly #winners = new Map<Node, Node>();
  readonly #adjoints = new Map<Scalar, Map<string, readonly [Adjoint | undefined]>>();
  readonly #wanted: ReadonlySet<Node>;
  readonly #users: ReadonlyMap<Node, readonly Node[]>;

  constructor(
    graph: Graph,
    readonly alsoBy: readonly Node[],
  ) {
    this.#graph = graph;
    this.#builder = GraphBuilder.from(graph);
    this.#wanted = dependentsOf(graph, alsoBy);
    this.#users = usersOf(graph);
  }

  run(loss: Node): Graph {
    const one = this.#builder.formula([], [], constant(1), {
      name: `d.${loss.name}`,
      origins: [{ layer: '', operator: 'loss', role: 'gradient' }],
    });
    this.#contributions.set(loss, [one]);
    for (const node of [...this.#graph.nodes].reverse()) this.#visit(node);
    return this.#builder.finish();
  }

  #visit(node: Node): void {
    const contributions = this.#contributions.get(node);
    if (!contributions || !this.#wanted.has(node)) return;
    const gradient = this.#total(node, contributions);
    const source = sourceOf(node);
    if (this.alsoBy.includes(node))
      this.#builder.results.push({ role: 'output', name: `d.${node.name}`, node: gradient });
    if (source?.role === 'state') this.#builder.results.push({ role: 'gradient', state: source.state, node: gradient });
    else if (node.definition.kind === 'view') this.#viewBack(node, gradient);
    else if (node.definition.kind === 'formula') this.#formulaBack(node, node.definition.formula, gradient);
  }

  #total(node: Node, contributions: readonly Node[]): Node {
    return contributions.reduce((sum, next) => {
      const axes = formulaOf(node)?.axes ?? axesOf(node.shape);
      const indices = axes.map((axis) => axisIndex(axis.name));
      const body = add(access(0, indices), access(1, indices));
      return this.#builder.formula([sum, next], axes, body, {
        name: `d.${node.name}`,
        origins: derived(node, 'gradient'),
      });
    });
  }

  #viewBack(node: Node, gradient: Node): void {
    const input = node.inputs[0]!;
    if (this.#wanted.has(input))
      this.#contribute(input, this.#builder.view(gradient, input.shape, this.#optionsFor(input, node)));
  }

  #formulaBack(node: Node, formula: Formula, gradient: Node): void {
    const isMax = formula.body.kind === 'reduce' && formula.body.operator === 'max';
    for (const read of distinctAccesses(formula.body)) {
      const input = node.inputs[read.operand]!;
      if (this.#wanted.has(input)) this.#accessBack(node, formula, read, gradient, isMax);
    }
  }

  #accessBack(node: Node, formula: Formula, read: Access, gradient: Node, isMax: boolean): void {
    const input = node.inputs[read.operand]!;
    const operands = [...node.inputs, gradient, node];
    const batchwise = formula.body.kind === 'reduce' && formula.body.batch;
    const adjoint = this.#adjointOf(formula, {
      access: read,
      shape: input.shape,
      dy: node.inputs.length,
      y: node.inputs.length + 1,
      winner: node.inputs.length + 2,
      overBatch: !input.varying && (node.varying || batchwise),
    });
    if (!adjoint) return;
    if (isMax) operands.push(this.#winnerOf(node, formula));
    this.#contribute(input, this.#builder.formula(operands, adjoint.axes, adjoint.body, this.#optionsFor(input, node)));
  }

  /** Of layers of equal shape there is one. */
  #adjointOf({ axes, body }: Formula, request: Omit<AdjointProblem, 'axes' | 'body'>): Adjoint | undefined {
    const { access: read, shape, dy, overBatch } = request;
    const same = obtain(this.#adjoints, body, () => new Map<string, readonly [Adjoint | undefined]>());
    const number = distinctAccesses(body).indexOf(read);
    const key = `${number}|${shape}|${dy}|${overBatch}|${axes.map(({ name, extent }) => `${name}<${extent}`)}`;
    return obtain(same, key, () => [adjointOf({ axes, body, ...request })] as const)[0];
  }

  /** A value with several users has several contributions, each named after its user; their sum is `d.value`. */
  #optionsFor(input: Node, user: Node) {
    const isShared = this.#users.get(input)!.filter((other) => this.#wanted.has(other)).length > 1;
    return {
      name: isShared ? `d.${input.name}.by.${user.name}` : `d.${input.name}`,
      origins: derived(user, 'gradient'),
    };
  }

  /** The companion of a `max`: the number of the tap that won. */
  #winnerOf(node: Node, formula: Formula): Node {
    let winner = this.#winners.get(node);
    if (!winner && formula.body.kind === 'reduce') {
      winner = this.#builder.formula(
        node.inputs,
        formula.axes,
        { ...formula.body, operator: 'argmax' },
        { name: `${node.name}.winner`, origins: derived(node, 'winner') },
      );
      this.#winners.set(node, winner);
    }
    return winner!;
  }

  #contribute(node: Node, contribution: Node): void {
    const known = this.#contributions.get(node);
    if (known) known.push(contribution);
    else this.#contributions.set(node, [contribution]);
  }
}

/** Trainable parameters, the other values asked for, and everything that depends on them. */
function dependentsOf(graph: Graph, alsoBy: readonly Node[]): Set<Node> {
  const wanted = new Set<Node>(alsoBy);
  for (const node of graph.nodes) {
    const source = sourceOf(node);
    const isTrainable = source?.role === 'state' && source.state.role === 'parameter' && source.state.trainable;
    if (isTrainable || node.inputs.some((input) => wanted.has(input))) wanted.add(node);
  }
  return wanted;
}

function axesOf(shape: Shape): Axis[] {
  return shape.map((extent, k) => ({ name: `u${k}`, extent }));
}

function derived({ origins }: Node, role: Origin['role']): Origins {
  return origins.map((origin) => ({ ...origin, role }));
}
