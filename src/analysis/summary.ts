/** @file What `cnnc summary` says about a network: the layers in execution order with their figures, and the totals. */
import type { Graph, Node, Shape, State } from '../ir/graph.ts';
import type { Layer, Model } from '../semantics/model.ts';
import { countFlops, type Flops, multiplyAdds } from './cost.ts';
import { countElements, type MemoryUse, memoryUse, type PlannedMemory } from './memory.ts';
import { type ReceptiveField, receptiveFields } from './receptive-field.ts';

/** The form of `summary --json`; extended, never changed, under one number. */
export interface Summary {
  readonly schema: 1;
  readonly network: string;
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly totals: {
    readonly parameters: number;
    readonly trainable: number;
    /** Running statistics. */
    readonly buffers: number;
    /** Multiply-adds per image. */
    readonly macs: number;
    readonly flops: Flops;
    /** Bytes. */
    readonly memory: MemoryUse;
  };
  readonly layers: readonly LayerSummary[];
  /** Images that `totals.memory` is for. */
  readonly batch: number;
  /** The network has errors: these are the layers before those that failed, and their totals. */
  readonly incomplete?: true;
}

export interface LayerSummary {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  /** Counted where they are used first: a layer that shares them has none of its own. */
  readonly parameters: number;
  readonly macs: number;
  readonly receptiveField: ReceptiveField | NoReceptiveField;
}

/** The value has no spatial extent: it sees the whole input. */
export interface NoReceptiveField {
  readonly size: null;
  readonly stride: null;
  readonly padding: null;
  readonly smallest: null;
}

const WHOLE: NoReceptiveField = { size: null, stride: null, padding: null, smallest: null };

export interface SummaryRequest {
  /** For training. */
  readonly model: Model;
  /** Of the network, without the optimiser's. */
  readonly states: readonly State[];
  /** The graph of a training step, before fusion. */
  readonly step: Graph;
  readonly memory: PlannedMemory;
  readonly batch: number;
}

/** What follows from the forward graph and its states. */
export function countedTotals({ graph }: Model, states: readonly State[]) {
  const parameters = states.filter((state) => state.role === 'parameter');
  return {
    parameters: countElements(parameters),
    trainable: countElements(parameters.filter((state) => state.trainable)),
    buffers: countElements(states.filter((state) => state.role === 'buffer')),
    macs: [...multiplyAdds(graph).values()].reduce((sum, count) => sum + count, 0),
  };
}

export function summarize({ model, states, step, memory, batch }: SummaryRequest): Summary {
  const macs = multiplyAdds(model.graph);
  return {
    schema: 1,
    network: model.name,
    inputs: Object.fromEntries(model.inputs.map(({ name, shape }) => [name, shape])),
    totals: {
      ...countedTotals(model, states),
      flops: countFlops(step),
      memory: memoryUse(states, step, memory),
    },
    layers: summarizeLayers(model, macs),
    batch,
  };
}

function summarizeLayers(model: Model, macs: ReadonlyMap<string, number>): LayerSummary[] {
  const fields = receptiveFields(model);
  const counted = new Set<State>();
  return model.layers.map((layer) => ({
    name: layer.name,
    op: layer.operator,
    inputs: layer.inputs.map(({ shape }) => shape),
    output: layer.output.shape,
    parameters: ownParameters(layer, counted),
    macs: macs.get(layer.name) ?? 0,
    receptiveField: fieldOf(layer.output, fields),
  }));
}

function fieldOf(node: Node, fields: ReadonlyMap<Node, ReceptiveField | null>): LayerSummary['receptiveField'] {
  return fields.get(node) ?? WHOLE;
}

function ownParameters({ states }: Layer, counted: Set<State>): number {
  const own = states.filter((state) => state.role === 'parameter' && !counted.has(state));
  for (const state of own) counted.add(state);
  return countElements(own);
}
