/** @file What rules ask about a model: which layers something depends on, and how they are connected. */
import type { Node } from '../ir/graph.ts';
import type { Traits } from '../ops/operator.ts';
import { findOperator } from '../ops/registry.ts';
import type { Elaboration, Layer, Model } from '../semantics/model.ts';

/** Of an operator that is built in; those of expressions and programs have none. */
export function traitsOf({ operator }: { readonly operator: string }): Traits {
  return findOperator(operator)?.traits ?? {};
}

export interface ModelFacts {
  readonly elaboration: Elaboration;
  /** For training. */
  readonly model: Model;
  /** Without those that nothing depends on: they are reported as unused. */
  readonly layers: readonly Layer[];
  /** Which layer a value comes from. */
  readonly producers: ReadonlyMap<Node, Layer>;
  /** The layers that read a layer's output. */
  readonly usersOf: (layer: Layer) => readonly Layer[];
  /** The layers whose outputs a layer reads. */
  readonly sourcesOf: (layer: Layer) => readonly Layer[];
}

export function modelFacts(elaboration: Elaboration): ModelFacts {
  const model = elaboration.training;
  const needed = neededNodes(model);
  const layers = model.layers.filter(({ output }) => needed.has(output));
  // A layer that passes its input on (dropout of rate 0) does not take the place of the one that made it, nor makes an image.
  const makers = layers.filter(({ inputs, output }) => !inputs.includes(output));
  const producers = new Map<Node, Layer>();
  for (const layer of makers) if (!producers.has(layer.output)) producers.set(layer.output, layer);
  const sourcesOf = (layer: Layer) => layer.inputs.flatMap((input) => producers.get(input) ?? []);
  const users = new Map<Layer, Layer[]>(layers.map((layer) => [layer, []]));
  for (const layer of layers) for (const source of sourcesOf(layer)) users.get(source)!.push(layer);
  return { elaboration, model, layers, producers, sourcesOf, usersOf: (layer) => users.get(layer) ?? [] };
}

/** What the loss, the metrics and the outputs depend on; without any of them, everything. */
function neededNodes({ graph }: Model): ReadonlySet<Node> {
  const results = graph.results.filter(({ role }) => role !== 'assign');
  if (results.length === 0) return new Set(graph.nodes);
  const needed = new Set(results.map(({ node }) => node));
  for (const node of graph.nodes.toReversed()) if (needed.has(node)) for (const input of node.inputs) needed.add(input);
  return needed;
}

/** As `chainLengths`, along the path that counts least: that of a residual connection, where there is one. */
export function shortestChains(
  { layers, producers }: ModelFacts,
  counts: (layer: Layer) => boolean,
): Map<Layer, number> {
  const lengths = new Map<Layer, number>();
  for (const layer of layers) {
    const before = layer.inputs.map((input) => lengths.get(producers.get(input)!) ?? 0);
    lengths.set(layer, (before.length > 0 ? Math.min(...before) : 0) + (counts(layer) ? 1 : 0));
  }
  return lengths;
}

/** The longest chain of layers up to each one, counting 1 where `counts`; a layer that `resets` starts anew. */
export function chainLengths(
  { layers, sourcesOf }: ModelFacts,
  counts: (layer: Layer) => boolean,
  resets: (layer: Layer) => boolean,
): Map<Layer, number> {
  const lengths = new Map<Layer, number>();
  for (const layer of layers) {
    const before = Math.max(0, ...sourcesOf(layer).map((source) => lengths.get(source) ?? 0));
    lengths.set(layer, resets(layer) ? 0 : before + (counts(layer) ? 1 : 0));
  }
  return lengths;
}
