/** @file An ONNX model as a network: its text, and its weights by the names that they have there. */
import { readModel } from '../../exchange/onnx/model-file.ts';
import { checkedText, saidOfNorms } from '../finish-import.ts';
import { identifier } from '../names.ts';
import { type Printed, printNetwork } from '../print-network.ts';
import { type ReadOptions, readGraph } from './read-graph.ts';

export interface Imported {
  /** Formatted. */
  readonly text: string;
  readonly network: string;
  readonly weights: Printed['weights'];
  /** What became of the model, in words, where that is not what it is. */
  readonly said: readonly string[];
}

/** `name`: of the file, for a graph that has no name of its own. Reports CNN4302 to CNN4306. */
export function importOnnx(file: Uint8Array, name: string, options: ReadOptions = {}): Imported {
  const model = readModel(file);
  const { producerName, producerVersion, graph } = model;
  const network = readGraph(model, options);
  const writer = [producerName, producerVersion]
    .map((part) => part.replace(/\s+/g, ' ').trim())
    .join(' ')
    .trim();
  const comment = `Read from an ONNX model${writer ? ` that ${writer.slice(0, 60)} wrote` : ''}.`;
  const printed = printNetwork(network, titleOf(graph.name, name), comment);
  return {
    ...checkedText(printed, name),
    weights: printed.weights,
    said: [...toldOf(printed), ...saidOfNorms(network)],
  };
}

function toldOf({ copied }: Printed): readonly string[] {
  if (copied === 0) return [];
  const what =
    copied === 1 ? 'a tensor that several layers read has' : `${copied} tensors that several layers read have`;
  return [`${what} a copy for each: the model does not say that they are one layer`];
}

/** Graphs are often called what their exporter calls all graphs. */
function titleOf(graph: string, file: string): string {
  const own = identifier(graph, '');
  const name = /^(main_graph|torch_jit|torch_jit_export|tf2onnx|graph|model)?$/i.test(own)
    ? identifier(file, 'Network')
    : own;
  return `${name[0]!.toUpperCase()}${name.slice(1)}`;
}
