/** @file What `cnnc summary` says about a network: the layers in execution order with their figures, and the totals. */
import { elementCount, type Graph, type Node, type Shape, type State } from '../ir/graph.ts';
import type { BlockInstance, Layer, Model } from '../semantics/model.ts';
import type { AttributeValues } from '../specs/attributes.ts';
import { countFlops, type Flops, type LayerFlops, layerFlops, multiplyAdds } from './cost.ts';
import {
  BYTES,
  countElements,
  type MemoryUse,
  memoryUse,
  type PlannedMemory,
  type PredictionMemory,
  predictionMemory,
} from './memory.ts';
import { type ReceptiveField, receptiveFields } from './receptive-field.ts';
import type { LayerTime, TimeEstimate } from './time-estimate.ts';

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
    /** Bytes, of a module that trains. */
    readonly memory: MemoryUse;
    /** Bytes, of one that only predicts. */
    readonly prediction: PredictionMemory;
  };
  readonly layers: readonly LayerSummary[];
  /** Images that `totals.memory` and `totals.prediction` are for. */
  readonly batch: number;
  /** Images that are computed side by side, an image in each lane: the memory has room for so many at least. */
  readonly block: number;
  /** Lanes that compute nothing new in a step, since the batch is no multiple of the block. */
  readonly idleLanes: number;
  /** Where a machine was measured. */
  readonly time?: Omit<TimeEstimate, 'layers'>;
  /** The network has errors: these are the layers before those that failed, and their totals. */
  readonly incomplete?: true;
}

export interface LayerSummary {
  readonly name: string;
  /** The parts of the name, from the outermost block on. */
  readonly path: readonly string[];
  readonly op: string;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  /** Counted where they are used first: a layer that shares them has none of its own. */
  readonly parameters: number;
  readonly macs: number;
  /** Of the operator, those left out with their defaults. */
  readonly attributes: AttributeValues;
  /** Per image; none where other layers compute the same, or nothing depends on it. */
  readonly flops: LayerFlops;
  /**
   * Bytes of the parameters, and of the result for one image. `moved`: read and written once, forward for one image: what
   * flows in, the weights and the result; nothing for a layer that only looks at its input in another shape.
   */
  readonly memory: { readonly parameters: number; readonly output: number; readonly moved: number };
  readonly receptiveField: ReceptiveField | NoReceptiveField;
  /** Milliseconds of a step, where a machine was measured. */
  readonly time?: LayerTime;
  /** The blocks around it, outermost first; absent outside of all. */
  readonly blocks?: readonly BlockSummary[];
}

export interface BlockSummary {
  /** As it is declared: `Bottleneck`. */
  readonly block: string;
  /** What the names of its layers begin with: `layer1.0`. */
  readonly path: string;
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
  readonly prediction: PlannedMemory;
  readonly batch: number;
  readonly block: number;
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

export function summarize(request: SummaryRequest): Summary {
  const { model, states, step, memory, prediction, batch, block } = request;
  return {
    schema: 1,
    network: model.name,
    inputs: Object.fromEntries(model.inputs.map(({ name, shape }) => [name, shape])),
    totals: {
      ...countedTotals(model, states),
      flops: countFlops(step),
      memory: memoryUse(step, memory),
      prediction: predictionMemory(prediction),
    },
    layers: summarizeLayers(model, step),
    batch,
    block,
    idleLanes: (block - (batch % block)) % block,
  };
}

function summarizeLayers(model: Model, step: Graph): LayerSummary[] {
  const fields = receptiveFields(model);
  const macs = multiplyAdds(model.graph);
  const flops = layerFlops(step);
  const counted = new Set<State>();
  return model.layers.map((layer) => {
    const parameters = ownParameters(layer, counted);
    return {
      name: layer.name,
      path: layer.path,
      op: layer.operator,
      inputs: layer.inputs.map(({ shape }) => shape),
      output: layer.output.shape,
      parameters,
      macs: macs.get(layer.name) ?? 0,
      receptiveField: fieldOf(layer.output, fields),
      attributes: layer.attributes,
      flops: flops.get(layer.name) ?? { forward: 0, backward: 0 },
      memory: {
        parameters: BYTES * parameters,
        output: BYTES * elementCount(layer.output.shape),
        moved: BYTES * elementsMoved(layer),
      },
      ...(layer.instance && { blocks: blocksAround(layer.instance) }),
    };
  });
}

function elementsMoved({ inputs, output, states }: Layer): number {
  if (output.definition.kind === 'view') return 0;
  const weights = states.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return inputs.reduce((sum, { shape }) => sum + elementCount(shape), weights) + elementCount(output.shape);
}

function blocksAround({ block, path, outer }: BlockInstance): BlockSummary[] {
  return [...(outer ? blocksAround(outer) : []), { block, path }];
}

function fieldOf(node: Node, fields: ReadonlyMap<Node, ReceptiveField | null>): LayerSummary['receptiveField'] {
  return fields.get(node) ?? WHOLE;
}

function ownParameters({ states }: Layer, counted: Set<State>): number {
  const own = states.filter((state) => state.role === 'parameter' && !counted.has(state));
  for (const state of own) counted.add(state);
  return countElements(own);
}

/** With what its layers are estimated to take. */
export function withTimes(summary: Summary, { layers, ...time }: TimeEstimate): Summary {
  const none: LayerTime = { forward: 0, backward: 0, update: 0 };
  return {
    ...summary,
    time,
    layers: summary.layers.map((layer) => ({ ...layer, time: layers.get(layer.name) ?? none })),
  };
}
