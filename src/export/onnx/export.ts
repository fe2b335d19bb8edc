/** @file A network as an ONNX model that predicts: opset 17, weights in place, any number of images. */

import { multiplyAdds } from '../../analysis/cost.ts';
import { receptiveFields } from '../../analysis/receptive-field.ts';
import { countedTotals } from '../../analysis/summary.ts';
import { COMPILER_VERSION } from '../../common/version.ts';
import { diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError, type Span } from '../../diagnostics/diagnostic.ts';
import { ENTRY, MODEL, type OnnxModel, OPSET } from '../../exchange/onnx/messages.ts';
import { filled } from '../../exchange/protobuf.ts';
import { elementCount, type Shape } from '../../ir/graph.ts';
import { predictedGraph } from '../../plan/program-graphs.ts';
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
}

/** Reports CNN4301. */
export function exportOnnx(elaboration: Elaboration, { weights, batch, fold = false }: OnnxOptions): OnnxModel {
  const graph = predictedGraph(elaboration);
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
    metadata: figuresOf(elaboration).map(([key, value]) => filled(ENTRY, { key, value: `${value}` })),
    graph: writer.finish(name, summaryOf(elaboration), values, batch),
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

const thousands = (count: number) => `${count}`.replaceAll(/\B(?=(\d{3})+$)/g, ',');
const shapeText = (shape: Shape) => `[${shape.join(', ')}]`;

function figuresOf({ training, states }: Elaboration): [string, string | number][] {
  const { parameters, trainable, buffers, macs } = countedTotals(training, states);
  return [
    ['network', training.name],
    ['parameters', parameters],
    ['trainable', trainable],
    ['buffers', buffers],
    ['macs', macs],
  ];
}

function summaryOf({ inference, states }: Elaboration): string {
  const inputs = inference.inputs.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(', ');
  const outputs = inference.outputs.map(({ name, node }) => `${name} ${shapeText(node.shape)}`).join(', ');
  const { parameters, macs } = countedTotals(inference, states);
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
