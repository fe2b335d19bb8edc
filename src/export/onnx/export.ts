/** @file A network as an ONNX model that predicts: opset 17, weights in place, any number of images. */

import { multiplyAdds } from '../../analysis/cost.ts';
import { receptiveFields } from '../../analysis/receptive-field.ts';
import { countedTotals } from '../../analysis/summary.ts';
import { COMPILER_VERSION } from '../../common/version.ts';
import { diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError, type Span } from '../../diagnostics/diagnostic.ts';
import { ENTRY, MODEL, type OnnxModel, OPSET, SHARED_WEIGHTS } from '../../exchange/onnx/messages.ts';
import { filled } from '../../exchange/protobuf.ts';
import { elementCount, type Graph, type Shape, sourceOf } from '../../ir/graph.ts';
import { graphWithHeads, predictedGraph } from '../../plan/program-graphs.ts';
import type { Elaboration, Layer } from '../../semantics/model.ts';
import { foldNorms, NOTHING, type Weights } from './fold.ts';
import { Inexpressible } from './gather.ts';
import { GraphWriter } from './graph-writer.ts';
import { NetworkWriter } from './network-writer.ts';
import { repeated } from './nodes.ts';

/** What runtimes of 2022 and later read. */
export const IR_VERSION = 8;
export const OPSET_VERSION = 17;

export interface OnnxOptions {
  /** Of parameters and running statistics. */
  readonly weights: Weights;
  /** For so many images; any number unless given. */
  readonly batch?: number;
  /** Batch norms become a part of the convolutions before them. */
  readonly fold?: boolean;
  /** Layers that only the loss reads are written, too, as outputs. */
  readonly heads?: boolean;
}

/** Reports CNN4301. */
export function exportOnnx(
  elaboration: Elaboration,
  { weights, batch, fold = false, heads = false }: OnnxOptions,
): OnnxModel {
  const graph = heads ? graphWithHeads(elaboration) : predictedGraph(elaboration);
  const nodes = new Set(graph.nodes);
  const steps = elaboration.inference.steps.filter(
    (layer) => nodes.has(layer.output) && layer.inputs[0] !== layer.output,
  );
  const outputs = graph.results.flatMap((result) => (result.role === 'output' ? [result] : []));
  if (outputs.length === 0) throw refused(elaboration.place, elaboration.inference.name, 'it has no output');
  const writer = new GraphWriter();
  const network = new NetworkWriter(writer, {
    graph,
    steps,
    inputs: elaboration.inference.inputs,
    weights,
    folding: fold ? foldNorms(graph, steps, weights) : NOTHING,
    docOf: describing(elaboration),
    ...(elaboration.settings.normalize && { normalize: elaboration.settings.normalize }),
  });
  for (const layer of steps) attempt(layer.span, layer.name, () => network.value(layer.output));
  const values = outputs.map(({ name, node }) =>
    attempt(elaboration.place, name, () => writer.named(repeated(writer, network.value(node)), name)),
  );
  const { name } = elaboration.inference;
  return filled(MODEL, {
    irVersion: IR_VERSION,
    producerName: 'cnnc',
    producerVersion: COMPILER_VERSION,
    opsets: [filled(OPSET, { version: OPSET_VERSION })],
    doc: `${name}, written by cnnc ${COMPILER_VERSION}`,
    metadata: [...figuresOf(elaboration, graph), ...sharedWeights(steps)].map(([key, value]) =>
      filled(ENTRY, { key, value: `${value}` }),
    ),
    graph: writer.finish(name, summaryOf(elaboration, graph), values, batch),
  });
}

function refused(place: Span, what: string, why: string): DiagnosticError {
  return new DiagnosticError(diagnostic('CNN4301', `\`${what}\` cannot be written for ONNX: ${why}`, { span: place }));
}

export function attempt<Found>(place: Span, what: string, make: () => Found): Found {
  try {
    return make();
  } catch (error) {
    if (error instanceof Inexpressible) throw refused(place, what, error.message);
    throw error;
  }
}

/** What several layers read, a line each: models of other tools may have equal weights once, for layers that are not one. */
function sharedWeights(steps: readonly Layer[]): [string, string][] {
  const owners = new Map<string, number>();
  for (const { states } of steps) for (const { name } of states) owners.set(name, (owners.get(name) ?? 0) + 1);
  const names = [...owners].flatMap(([name, count]) => (count > 1 ? [name] : []));
  return names.length > 0 ? [[SHARED_WEIGHTS, names.join('\n')]] : [];
}

const thousands = (count: number) => `${count}`.replaceAll(/\B(?=(\d{3})+$)/g, ',');
const shapeText = (shape: Shape) => `[${shape.join(', ')}]`;

/** Of what the model has. */
function totalsOf({ inference, states }: Elaboration, graph: Graph) {
  const read = new Set(
    graph.nodes.flatMap((node) => {
      const source = sourceOf(node);
      return source?.role === 'state' ? [source.state] : [];
    }),
  );
  return countedTotals(
    { ...inference, graph },
    states.filter((state) => read.has(state)),
  );
}

function figuresOf(elaboration: Elaboration, graph: Graph): [string, string | number][] {
  const { parameters, trainable, buffers, macs } = totalsOf(elaboration, graph);
  return [
    ['network', elaboration.training.name],
    ['parameters', parameters],
    ['trainable', trainable],
    ['buffers', buffers],
    ['macs', macs],
  ];
}

function summaryOf(elaboration: Elaboration, graph: Graph): string {
  const { inference } = elaboration;
  const inputs = inference.inputs.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(', ');
  const outputs = inference.outputs.map(({ name, node }) => `${name} ${shapeText(node.shape)}`).join(', ');
  const { parameters, macs } = totalsOf(elaboration, graph);
  return `From ${inputs}${outputs && ` to ${outputs}`}: ${thousands(parameters)} parameters, ${thousands(macs)} multiply-adds per image.`;
}

/** What `summary` says of a layer, in a line. */
function describing({ inference }: Elaboration): (layer: Layer) => string {
  const macs = multiplyAdds(inference.graph);
  const fields = receptiveFields(inference);
  return ({ name, definition, inputs, output, states }) => {
    const parameters = states.reduce(
      (sum, { role, shape }) => sum + (role === 'parameter' ? elementCount(shape) : 0),
      0,
    );
    const field = fields.get(output);
    return [
      `${definition.name}: ${inputs.map(({ shape }) => shapeText(shape)).join(', ')} to ${shapeText(output.shape)}`,
      ...(parameters > 0 ? [`${thousands(parameters)} parameters`] : []),
      ...((macs.get(name) ?? 0) > 0 ? [`${thousands(macs.get(name)!)} multiply-adds`] : []),
      ...(field ? [`sees ${field.size.join('x')}`] : []),
    ].join('; ');
  };
}
