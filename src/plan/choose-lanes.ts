/**
 * @file Lanes for one image. Where a batch has a lane for each image, a single image has neighbours along a dimension, mostly
 * channels: a map `[C, H, W]` lies as `[H][W][C]`, C rounded up to whole vectors. The formulas stay as they are. Each is computed
 * along one of its axes, that which takes least work; what it reads along the same axis are vectors, all else is numbers.
 *
 * Weights are read as vectors from copies in groups of lanes, made once; of what images hold, only what lies along
 * another dimension has to be copied. What cannot be computed in vectors is computed number by number.
 */
import { axisIndex, coefficientOf, soleAxis } from '../ir/affine.ts';
import { dependsOnAxis, GraphBuilder } from '../ir/builder.ts';
import { elementCount, type Formula, formulaOf, type Graph, type Node, type Shape } from '../ir/graph.ts';
import { type Access, access, accessesOf, reductionOf, type Scalar, visitScalar } from '../ir/scalar.ts';
import type { LaneDimension, Lanes } from '../loop/layout.ts';
import { isElementwise } from './flatten-uniform.ts';
import type { ValueLayouts } from './lanes.ts';

export interface GraphInLanes {
  readonly graph: Graph;
  readonly layouts: ValueLayouts;
}

/** Of a graph of a single image: with the copies that it needs, and how everything lies. */
export function chooseLanes(graph: Graph, width: number): GraphInLanes {
  return new LaneChooser(graph, width).run();
}

/** What a copy of a number costs, in terms of a contraction. */
const COPY = 4;

/** How a formula would be computed along an axis. */
interface Plan {
  readonly axis: string;
  /** The dimension of the result that the axis numbers. */
  readonly dimension: number;
  /** By number of the operand: the dimension along which vectors of it are read. */
  readonly along: ReadonlyMap<number, number>;
  readonly cost: number;
}

class LaneChooser {
  readonly #builder: GraphBuilder;
  readonly #replaced = new Map<Node, Node>();
  readonly #lanes = new Map<Node, Lanes>();
  readonly #axes = new Map<Node, string>();
  /** Copies that lie in another way, by what is copied and how they lie. */
  readonly #copies = new Map<Node, Map<string, Node>>();
  /** By the name of what they view. */
  readonly #views = new Map<string, Node[]>();

  constructor(
    readonly graph: Graph,
    readonly width: number,
  ) {
    this.#builder = new GraphBuilder(graph.name, graph.nodes);
    for (const node of graph.nodes)
      if (node.definition.kind === 'view')
        this.#views.set(node.inputs[0]!.name, [...(this.#views.get(node.inputs[0]!.name) ?? []), node]);
  }

  run(): GraphInLanes {
    for (const node of this.graph.nodes) this.#replaced.set(node, this.#place(node));
    for (const result of this.graph.results) {
      const node = this.#plain(this.#replaced.get(result.node)!);
      this.#builder.results.push({ ...result, node });
    }
    const layouts: ValueLayouts = {
      lanesOf: (node) => this.#lanes.get(node) ?? 'none',
      laneAxisOf: (node) => this.#axes.get(node),
      width: this.width,
      padded: new Map(),
    };
    return { graph: this.#builder.finish(), layouts };
  }

  #place(node: Node): Node {
    const inputs = node.inputs.map((input) => this.#replaced.get(input)!);
    if (node.definition.kind === 'source') return this.#source(node);
    if (!node.varying) return this.#builder.keep(node, inputs);
    if (node.definition.kind === 'view') return this.#view(node, inputs[0]!);
    const plan = this.width > 1 ? this.#cheapest(node, inputs) : undefined;
    if (!plan) return this.#byNumbers(node, inputs);
    const made = this.#builder.keep(
      node,
      inputs.map((input, operand) => {
        const dimension = plan.along.get(operand);
        return dimension === undefined ? input : this.#vectorsOf(input, dimension);
      }),
    );
    this.#axes.set(made, plan.axis);
    const { dimension } = plan;
    const isWhole = node.shape[dimension]! % this.width === 0;
    this.#lanes.set(made, isWhole ? this.#withJoined(node, dimension) : { dimension, groups: 'inner' });
    return made;
  }

  /** The host writes pictures as they are used; parameters are files' and lie as these have them. */
  #source(node: Node): Node {
    const made = this.#builder.keep(node, []);
    if (node.varying && this.#isMap(node)) this.#lanes.set(made, { dimension: 0, groups: 'inner' });
    return made;
  }

  #isMap({ shape }: Node): boolean {
    return this.width > 1 && shape.length > 1 && shape[0]! > this.width / 2;
  }

  /** Of maps in lanes those views that keep the channels apart, or group them; others are of a copy. */
  #view(node: Node, viewed: Node): Node {
    const lanes = this.#lanesOf(viewed);
    if (typeof lanes === 'string') return this.#builder.keep(node, [viewed]);
    const kept = keptLanes(viewed.shape, node.shape, lanes);
    if (!kept) return this.#builder.keep(node, [this.#plain(viewed)]);
    const made = this.#builder.keep(node, [viewed]);
    this.#lanes.set(made, kept);
    return made;
  }

  /** The dimension with those before it, if a view joins them: groups of channels lie side by side from the beginning. */
  #withJoined({ shape, name }: Node, dimension: number): LaneDimension {
    const size = elementCount(shape.slice(0, dimension + 1));
    const behind = elementCount(shape.slice(dimension + 1));
    const joins = (view: Node) => view.shape[0] === size && elementCount(view.shape.slice(1)) === behind;
    const isJoined = dimension > 0 && this.#views.get(name)?.some(joins);
    return { dimension, groups: 'inner', ...(isJoined && { joined: dimension }) };
  }

  /** Computed without vectors; a map lies as others do all the same, for those that read it. */
  #byNumbers(node: Node, inputs: readonly Node[]): Node {
    const flat = isElementwise({ ...node, inputs }, (one) => this.#lanesOf(one));
    const made = this.#builder.keep(node, inputs);
    if (flat || formulaOf(node)!.shared) return made;
    const joined = node.shape.map((_, k) => this.#withJoined(node, k)).find((lanes) => lanes.joined);
    if (joined) this.#lanes.set(made, joined);
    else if (this.#isMap(node)) this.#lanes.set(made, { dimension: 0, groups: 'inner' });
    return made;
  }

  #lanesOf(node: Node): Lanes {
    return this.#lanes.get(node) ?? 'none';
  }

  #cheapest(node: Node, inputs: readonly Node[]): Plan | undefined {
    const formula = formulaOf(node)!;
    const terms = termsOf(formula);
    let cost = isElementwise({ ...node, inputs }, (one) => this.#lanesOf(one)) ? terms / this.width : terms;
    let best: Plan | undefined;
    for (const { name, extent } of formula.axes) {
      const places = extent > 1 ? placesAlong(formula, name, inputs, this.width) : undefined;
      if (!places) continue;
      const vectors = (terms / extent) * Math.ceil(extent / this.width);
      if (!this.#canCopy(formula, places.along, inputs)) continue;
      const plan = { axis: name, ...places, cost: vectors + this.#costOfCopies(places.along, inputs) };
      if (plan.cost < cost) [best, cost] = [plan, plan.cost];
    }
    return best;
  }

  /** What formulas of the same loop hand to each other is never there as a whole. */
  #canCopy({ shared }: Formula, along: ReadonlyMap<number, number>, inputs: readonly Node[]): boolean {
    return [...along].every(
      ([operand, dimension]) =>
        this.#hasVectors(inputs[operand]!, dimension) ||
        shared === undefined ||
        formulaOf(inputs[operand]!)?.shared?.loop !== shared.loop,
    );
  }

  #costOfCopies(along: ReadonlyMap<number, number>, inputs: readonly Node[]): number {
    let cost = 0;
    for (const [operand, dimension] of along) {
      const input = inputs[operand]!;
      if (input.varying && !this.#hasVectors(input, dimension)) cost += COPY * elementCount(input.shape);
    }
    return cost;
  }

  #hasVectors(node: Node, dimension: number): boolean {
    const lanes = this.#lanesOf(node);
    if (typeof lanes !== 'string')
      return lanes.dimension === dimension && (!lanes.joined || node.shape[dimension]! % this.width === 0);
    // Rows of whole vectors, or a single one: places begin at cache lines, and behind them lies nothing that counts.
    const behind = elementCount(node.shape.slice(dimension + 1));
    const before = elementCount(node.shape.slice(0, dimension));
    return behind === 1 && (before === 1 || node.shape[dimension]! % this.width === 0);
  }

  #vectorsOf(node: Node, dimension: number): Node {
    if (this.#hasVectors(node, dimension)) return node;
    return this.#copy(node, { dimension, groups: node.varying ? 'inner' : 'outer' });
  }

  /** The value, its elements one after the other. */
  #plain(node: Node): Node {
    const lanes = this.#lanesOf(node);
    const isPlain = typeof lanes === 'string' || laneCount(node.shape, lanes) === elementCount(node.shape);
    return isPlain ? node : this.#copy(node, 'none');
  }

  #copy(node: Node, lanes: Lanes): Node {
    const copies = this.#copies.get(node) ?? new Map<string, Node>();
    this.#copies.set(node, copies);
    const key = JSON.stringify(lanes);
    const known = copies.get(key);
    if (known) return known;
    const axes = node.shape.map((extent, k) => ({ name: `k${k}`, extent }));
    const indices = axes.map(({ name }) => axisIndex(name));
    const origins = node.origins.map((origin) => ({ ...origin, part: 'in lanes' }));
    const copy = this.#builder.formula([node], axes, access(0, indices), { name: `${node.name}.lanes`, origins });
    copies.set(key, copy);
    if (lanes !== 'none') this.#lanes.set(copy, lanes);
    return copy;
  }
}

/** Elements, or terms of their sums. */
function termsOf({ axes, body }: Formula): number {
  return [...axes, ...(reductionOf(body)?.axes ?? [])].reduce((product, { extent }) => product * extent, 1);
}

/** Where the axis of a formula would lie in its result and in what it reads; undefined where it cannot run over lanes. */
function placesAlong(
  { axes, body, output, shared }: Formula,
  axis: string,
  inputs: readonly Node[],
  width: number,
): Pick<Plan, 'dimension' | 'along'> | undefined {
  if (shared?.axis === axis || !isOnlyRead(body, axis)) return undefined;
  const { extent } = axes.find(({ name }) => name === axis)!;
  const places = output ?? axes.map(({ name }) => axisIndex(name).affine);
  const holding = [...places.keys()].filter((k) => coefficientOf(places[k]!, axis) !== 0);
  const [dimension] = holding;
  if (holding.length !== 1 || soleAxis({ affine: places[dimension!]!, divisor: 1 }) !== axis) return undefined;
  const along = new Map<number, number>();
  for (const read of accessesOf(body)) {
    if (!dependsOnAxis(read, axis)) continue;
    const at = dimensionAlong(read, axis, extent, inputs[read.operand]!.shape, width);
    const known = along.get(read.operand);
    if (at === undefined || (known !== undefined && known !== at)) return undefined;
    along.set(read.operand, at);
  }
  return { dimension: dimension!, along };
}

/** Does nothing but the places of what is read depend on the axis? */
function isOnlyRead(body: Scalar, axis: string): boolean {
  let only = true;
  visitScalar(body, (part) => {
    const isOther =
      part.kind === 'inside' || part.kind === 'position' || part.kind === 'random' || part.kind === 'entry';
    if (isOther && dependsOnAxis(part, axis)) only = false;
    if (part.kind === 'reduce' && part.batch) only = false;
  });
  return only;
}

/** The dimension that an access goes along, one by one and from vector to vector; it ends with the operand, or behind the axis. */
function dimensionAlong(read: Access, axis: string, extent: number, shape: Shape, width: number): number | undefined {
  const holding = [...read.indices.keys()].filter((k) => coefficientOf(read.indices[k]!.affine, axis) !== 0);
  const [at] = holding;
  if (holding.length !== 1) return undefined;
  const { affine, divisor } = read.indices[at!]!;
  if (divisor !== 1 || affine.terms.length !== 1 || coefficientOf(affine, axis) !== 1) return undefined;
  const end = shape[at!]! - affine.constant;
  return affine.constant % width === 0 && (end % width === 0 || end >= extent) ? at : undefined;
}

/** How many neighbours there are. */
function laneCount(shape: Shape, { dimension, joined = 0 }: LaneDimension): number {
  return elementCount(shape.slice(dimension - joined, dimension + 1));
}

/** The dimensions of a view that together are those lanes of what it views, with as much before them. */
function keptLanes(viewed: Shape, shape: Shape, lanes: LaneDimension): LaneDimension | undefined {
  const { dimension, joined = 0, groups } = lanes;
  const before = elementCount(viewed.slice(0, dimension - joined));
  const count = laneCount(viewed, lanes);
  const first = shape.findIndex((extent, k) => extent > 1 && elementCount(shape.slice(0, k)) === before);
  for (let last = first; first >= 0 && last < shape.length; last++) {
    if (elementCount(shape.slice(first, last + 1)) !== count) continue;
    if (last === first) return { dimension: last, groups };
    return groups === 'inner' ? { dimension: last, joined: last - first, groups } : undefined;
  }
  return undefined;
}
