/** @file The graph of a model made again from the records of its layers, by the operators' own `build`. */
import { DiagnosticError } from '../../src/diagnostics/diagnostic.ts';
import { Instantiations } from '../../src/formula/instantiations.ts';
import { GraphBuilder } from '../../src/ir/builder.ts';
import { type Graph, type Node, type State, sourceOf } from '../../src/ir/graph.ts';
import { printGraph } from '../../src/ir/printer.ts';
import { Facts, StateRegistry } from '../../src/ops/context.ts';
import { ContinuingContext } from '../../src/semantics/layers/apply-operator.ts';
import type { Layer, Model } from '../../src/semantics/model.ts';

/** The states that the record of a layer has, for an operator that asks for them by their leaves. */
class RecordedStates extends StateRegistry {
  constructor(readonly states: readonly State[]) {
    super();
  }

  override obtain({ name, owner }: State): State {
    const found = this.states.find((state) => state.owner!.leaf === owner!.leaf && state.owner!.part === owner!.part);
    if (found) return found;
    throw new Error(`the record has no ${name}`);
  }
}

export function rebuilt(model: Model): Graph {
  const builder = new GraphBuilder(model.name);
  const made = new Map<Node, Node>();
  for (const { node } of [...model.inputs, ...model.targets])
    made.set(node, builder.source(sourceOf(node)!, node.shape, node.name));
  const draft = { builder, assigned: new Map<Node, Node>() };
  let streams = 0;
  let [weight, seed]: (Node | undefined)[] = [];
  const contextOf = ({ name, definition, operands, resolved, states }: Layer) =>
    new ContinuingContext(draft, {
      builder,
      states: new RecordedStates(states),
      formulas: new Instantiations(),
      layer: name,
      operator: definition.name,
      operands: operands.map((operand) => ('number' in operand ? operand.number : made.get(operand.node)!)),
      attributes: resolved,
      mode: model.mode,
      weight: () => (weight ??= builder.source({ role: 'weight' }, [], 'weight')),
      seed: () => (seed ??= builder.source({ role: 'seed' }, [], 'seed')),
      nextStream: () => streams++,
      weightInitializer: { kind: 'kaiming' },
      facts: new Facts(),
      fail: ({ code, message }) => new DiagnosticError({ code, severity: 'error', message, notes: [] }),
    });
  for (const layer of model.steps) made.set(layer.output, layer.definition.build(contextOf(layer)));
  const results = model.graph.results.flatMap((result) =>
    result.role === 'assign' ? [] : [{ ...result, node: made.get(result.node)! }],
  );
  return { ...builder.finish(), results: [...builder.results, ...results] };
}

/** Lines of a graph, in no order: sources are made when something asks for them. */
export function linesOf(graph: Graph): string[] {
  return printGraph(graph).split('\n').toSorted();
}
