/** @file What a trained network makes of single examples: the maps of its layers, and which pixels its loss depends on. */

import { product } from '../common/shape.ts';
import { type Graph, type Node, type Result, viewedNode } from '../ir/graph.ts';
import { deriveBackward } from '../passes/derive-backward.ts';
import { type DrawnPlanes, drawn, type Planes, planesOf } from '../report/bytes.ts';
import type { AnyTrainer } from '../runtime/any-trainer.ts';
import type { Elaboration, Layer, ModelInput } from '../semantics/model.ts';
import { GraphObserver } from './observe-graph.ts';
import type { TakenBatch } from './take-batch.ts';

export interface SeenLayer extends DrawnPlanes {
  readonly layer: string;
  readonly operator: string;
  /** Channels that the layer has; the first of them are drawn. */
  readonly channels: number;
}

export interface Inside {
  readonly layers: readonly SeenLayer[];
  /** Magnitude of the gradient of the loss by each pixel, of its largest channel; absent for inputs that are no maps. */
  readonly saliency?: DrawnPlanes;
}

/** A layer with more values of one image is left out. */
const MOST_VALUES = 2 ** 20;
const MOST_LAYERS = 24;
const MOST_PLANES = 16;
const LEAST_SIDE = 8;
const MOST_SIDE = 32;
const SALIENCY_SIDE = 64;

export class Looker {
  readonly #observer: GraphObserver;
  readonly #layers: readonly Layer[];
  readonly #input: Node;
  /** Whether the loss depends on the input. */
  readonly #hasGradient: boolean;
  /** The graph has images that are divided by these. */
  readonly #deviations: readonly number[];

  /** `budget`: bytes for the maps of one example. */
  constructor(
    elaboration: Elaboration,
    readonly budget: number,
  ) {
    const { inference } = elaboration;
    this.#layers = chooseLayers(inference.layers);
    const { inputs } = inference;
    const { node, name } = ([3, 2].flatMap((axes) => inputs.filter(({ shape }) => shape.length === axes))[0] ??
      inputs[0]) as ModelInput;
    this.#input = node;
    this.#deviations = elaboration.settings.normalize?.get(name)?.deviation ?? [1];
    const outputs = this.#layers.map(({ name, output }): Result => ({ role: 'output', name, node: output }));
    const graph = lossAndMaps(inference.graph, outputs, this.#input);
    this.#hasGradient = graph.results.length > 1 + outputs.length;
    this.#observer = new GraphObserver(graph, elaboration, 1);
  }

  /** `batch`: one example. */
  look(trainer: AnyTrainer, batch: TakenBatch): Inside {
    const values = this.#observer.run(trainer, batch);
    const budget = Math.floor(this.budget / Math.max(1, this.#layers.length));
    const layers = this.#layers.map(({ name, operator, output }, k): SeenLayer => {
      const form = planesOf(output.shape);
      return { layer: name, operator, channels: form.planes, ...withinBudget(values(1 + k), form, budget) };
    });
    const form = planesOf(this.#input.shape);
    if ((form.height === 1 && !form.lines) || !this.#hasGradient) return { layers };
    const gradient = largestChannel(values(1 + this.#layers.length), form, this.#deviations);
    const side = form.lines ? MOST_PLACES : SALIENCY_SIDE;
    return { layers, saliency: withLines(drawn(gradient, { ...form, planes: 1 }, side), form) };
  }
}

/** The loss, the layers in order, and the gradient by the input. */
function lossAndMaps(graph: Graph, outputs: readonly Result[], input: Node): Graph {
  const loss = graph.results.filter(({ role }) => role === 'loss');
  const derived = deriveBackward({ ...graph, results: [...loss, ...outputs] }, [input]);
  return { ...derived, results: derived.results.filter(({ role }) => role !== 'gradient') };
}

/** Those with values of their own; of many, some from all over the network. */
function chooseLayers(layers: readonly Layer[]): readonly Layer[] {
  const seen = new Set<Node>();
  const own = layers.filter(({ output }) => {
    const isNew = output.varying && viewedNode(output) === output && !seen.has(output);
    seen.add(output);
    return isNew && product(output.shape) <= MOST_VALUES;
  });
  if (own.length <= MOST_LAYERS) return own;
  return Array.from({ length: MOST_LAYERS }, (_, k) => own[Math.round((k * (own.length - 1)) / (MOST_LAYERS - 1))]!);
}

type Form = ReturnType<typeof planesOf>;

function withLines(made: DrawnPlanes, { lines }: Form): DrawnPlanes {
  return lines ? { ...made, lines } : made;
}

const MOST_OF_A_ROW = 256;
/** Of a signal. */
const MOST_PLACES = 128;

function withinBudget(values: readonly number[], form: Form, budget: number): DrawnPlanes {
  if (form.lines) {
    const places = Math.min(form.width, MOST_PLACES, budget);
    const planes = Math.max(1, Math.min(form.planes, MOST_PLANES, Math.floor(budget / places)));
    return withLines(drawn(values.slice(0, planes * form.width), { ...form, planes }, places), form);
  }
  if (form.height === 1) {
    const width = Math.min(form.width, MOST_OF_A_ROW, budget);
    return drawn(values.slice(0, width), { planes: 1, height: 1, width }, width);
  }
  const wanted = Math.min(form.planes, MOST_PLANES);
  const side = Math.min(MOST_SIDE, Math.max(LEAST_SIDE, Math.floor(Math.sqrt(budget / wanted))));
  const planes = Math.max(1, Math.min(wanted, Math.floor(budget / side ** 2)));
  return drawn(values.slice(0, planes * form.height * form.width), { ...form, planes }, side);
}

function largestChannel(
  values: readonly number[],
  { planes, height, width }: Planes,
  deviations: readonly number[],
): Float32Array {
  const result = new Float32Array(height * width);
  const plane = (planes * result.length) / deviations.length;
  for (const [k, value] of values.entries()) {
    const at = k % result.length;
    result[at] = Math.max(result[at]!, Math.abs(value / deviations[Math.floor(k / plane)]!));
  }
  return result;
}
