/** @file Batch norms folded into the convolutions before them: what inference does with a channel is one factor and one number. */
import { type Graph, type Node, type State, usersOf } from '../../ir/graph.ts';
import type { Layer } from '../../semantics/model.ts';

export type Weights = (state: State) => Float32Array;

export interface Folded {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Layers whose parameters take the norm's in, and the value that stands for the norm's. */
export interface Folding {
  readonly layers: ReadonlyMap<Layer, Folded>;
  readonly instead: ReadonlyMap<Node, Node>;
}

export const NOTHING: Folding = { layers: new Map(), instead: new Map() };

const LINEAR: ReadonlySet<string> = new Set(['conv', 'depthwise', 'convtranspose', 'dense']);

/** Where nothing else reads the convolution, and no other layer has its weights. */
export function foldNorms(graph: Graph, steps: readonly Layer[], weights: Weights): Folding {
  const makers = new Map(steps.map((layer) => [layer.output, layer]));
  const owners = new Map<State, number>();
  for (const { states } of steps) for (const state of states) owners.set(state, (owners.get(state) ?? 0) + 1);
  const wanted = new Set(graph.results.map(({ node }) => node));
  const users = usersOf(graph);
  const layers = new Map<Layer, Folded>();
  const instead = new Map<Node, Node>();
  for (const norm of steps) {
    const source = norm.inputs[0];
    const layer = source && makers.get(source);
    if (norm.operator !== 'batchnorm' || !layer || !LINEAR.has(layer.operator)) continue;
    const own = [...layer.states, ...norm.states].every((state) => owners.get(state) === 1);
    if (!own || wanted.has(source) || users.get(source)?.length !== 1) continue;
    layers.set(layer, folded(layer, norm, weights));
    instead.set(norm.output, source);
  }
  return { layers, instead };
}

function folded(layer: Layer, norm: Layer, weights: Weights): Folded {
  const of = ({ states }: Layer, leaf: string) => {
    const state = states.find(({ owner }) => owner?.leaf === leaf);
    return state && weights(state);
  };
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((leaf) =>
    of(norm, leaf),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const eps = norm.resolved.eps as number;
  const scale = Float64Array.from(gamma, (value, k) => value / Math.sqrt(variance[k]! + eps));
  const bias = of(layer, 'bias');
  return {
    weight: scaled(layer, of(layer, 'weight')!, scale),
    bias: Float32Array.from(beta, (value, k) => ((bias?.[k] ?? 0) - mean[k]!) * scale[k]! + value),
  };
}

function scaled(layer: Layer, weight: Float32Array, scale: Float64Array): Float32Array {
  const channelOf = layer.operator === 'convtranspose' ? transposedChannel(layer) : rowOf(weight, scale);
  return Float32Array.from(weight, (value, k) => value * scale[channelOf(k)]!);
}

const rowOf = (weight: Float32Array, { length }: Float64Array) => {
  const row = weight.length / length;
  return (k: number) => Math.floor(k / row);
};

/** The weight has input channels first, and the output channels of one group behind them. */
function transposedChannel(layer: Layer): (k: number) => number {
  const groups = layer.resolved.groups as number;
  const [inputs, outputs, height, width] = layer.states.find(({ owner }) => owner?.leaf === 'weight')!.shape;
  return (k) => {
    const taps = height! * width!;
    const input = Math.floor(k / (taps * outputs!));
    return Math.floor(input / (inputs! / groups)) * outputs! + (Math.floor(k / taps) % outputs!);
  };
}
