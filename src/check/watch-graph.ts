/** @file The graph of a training step with what `--watch` wants to know of it, as results that are one number or one for each unit. */
import { axisIndex } from '../ir/affine.ts';
import { GraphBuilder } from '../ir/builder.ts';
import { elementCount, type Graph, type Node, type Result, type Shape, sourceOf, viewedNode } from '../ir/graph.ts';
import { type Access, type Axis, access, constant, multiply, type Scalar, select } from '../ir/scalar.ts';
import { deriveBackward } from '../passes/derive-backward.ts';
import type { Elaboration, Layer } from '../semantics/model.ts';

/** Numbers of results. */
export interface LayerProbe {
  readonly layer: string;
  readonly operator: string;
  /** Values of one image. */
  readonly size: number;
  /** Sums over values, of which the images have their share. */
  readonly sum: number;
  readonly squares: number;
  /** For each unit the share of images and places where it is not 0, times the places. */
  readonly active?: number;
  readonly saturated?: number;
  /** Names of trainable parameters, and the sums of squares of their gradients. */
  readonly parameters: readonly string[];
  readonly gradients: readonly number[];
}

export interface WatchGraph {
  readonly graph: Graph;
  readonly probes: readonly LayerProbe[];
}

/** Of what a function can give, this near to a bound counts as at the bound. */
const NEAR = 1 / 80;

export function watchGraph({ training }: Elaboration): WatchGraph {
  const loss = training.graph.results.filter(({ role }) => role === 'loss');
  const derived = deriveBackward({ ...training.graph, results: loss });
  const prober = new Prober(derived);
  const watched = training.layers.filter(
    ({ output, states, definition }) => output.varying && (states.length > 0 || definition.traits?.activation),
  );
  const probes = watched.map((layer) => prober.probe(layer));
  return { graph: prober.finish(), probes };
}

/** By activation the layer with weights that it gets its values from. */
export function feedersOf({ training }: Elaboration): Readonly<Record<string, string>> {
  const feeders = training.layers.map((layer) => [layer.name, feederOf(layer, training.layers)] as const);
  return Object.fromEntries(feeders.flatMap(([name, feeder]) => (feeder === undefined ? [] : [[name, feeder]])));
}

/** Backwards from an activation, over norms and views. */
function feederOf(layer: Layer, layers: readonly Layer[]): string | undefined {
  if (!layer.definition.traits?.activation) return undefined;
  let current: Layer | undefined = layer;
  do {
    const input: Node | undefined = current.inputs[0];
    current = input && layers.find(({ output }) => output === input || viewedNode(output) === viewedNode(input));
  } while (current?.definition.traits?.normalizes && current.inputs[0] !== current.output);
  return current?.states.some(({ owner }) => owner?.part === 'weight') ? current.name : undefined;
}

class Prober {
  readonly #builder: GraphBuilder;
  readonly #weight: Node;
  readonly #results: Result[] = [];
  readonly #gradients = new Map<string, Node>();

  constructor(derived: Graph) {
    this.#builder = GraphBuilder.from(derived);
    const known = derived.nodes.find((node) => sourceOf(node)?.role === 'weight');
    this.#weight = known ?? this.#builder.source({ role: 'weight' }, [], 'weight');
    for (const result of derived.results)
      if (result.role === 'gradient') this.#gradients.set(result.state.name, result.node);
  }

  finish(): Graph {
    return { ...this.#builder.finish(), results: this.#results };
  }

  probe({ name, operator, output, definition, states }: Layer): LayerProbe {
    const { activation, range, saturates } = definition.traits ?? {};
    const trained = states.filter((state) => this.#gradients.has(state.name));
    const [low = 0, high = 0] = range ?? [];
    const margin = (high - low) * NEAR;
    const one = access(1, []);
    const near = (x: Access) =>
      select(x, '<', constant(low + margin), one, select(x, '>', constant(high - margin), one, constant(0)));
    return {
      layer: name,
      operator,
      size: elementCount(output.shape),
      sum: this.#overBatch(output, (x) => multiply(x, one)),
      squares: this.#overBatch(output, (x) => multiply(multiply(x, x), one)),
      ...(activation &&
        low === 0 &&
        range &&
        !saturates && {
          active: this.#overBatch(output, (x) => select(x, '!=', constant(0), one, constant(0)), true),
        }),
      ...(activation && saturates && range && { saturated: this.#overBatch(output, near) }),
      parameters: trained.map((state) => state.name),
      gradients: trained.map((state) => this.#squaresOf(this.#gradients.get(state.name)!)),
    };
  }

  /** The number of the result: a sum over images and values, of each unit by itself if `byUnit`. */
  #overBatch(node: Node, term: (x: Access) => Scalar, byUnit = false): number {
    const axes = axesOf(node.shape);
    const kept = byUnit ? axes.slice(0, 1) : [];
    return this.#add([node, this.#weight], kept, {
      kind: 'reduce',
      operator: 'sum',
      axes: axes.slice(kept.length),
      batch: true,
      body: term(at(0, axes)),
    });
  }

  #squaresOf(node: Node): number {
    const axes = axesOf(node.shape);
    const x = at(0, axes);
    return this.#add([node], [], { kind: 'reduce', operator: 'sum', axes, batch: false, body: multiply(x, x) });
  }

  #add(operands: readonly Node[], axes: readonly Axis[], body: Scalar): number {
    const node = this.#builder.formula(operands, axes, body, { name: 'watched' });
    return this.#results.push({ role: 'metric', name: node.name, node }) - 1;
  }
}

function axesOf(shape: Shape): Axis[] {
  return shape.map((extent, k) => ({ name: `w${k}`, extent }));
}

function at(operand: number, axes: readonly Axis[]): Access {
  return access(
    operand,
    axes.map(({ name }) => axisIndex(name)),
  );
}
