/** @file An ONNX model as a network: its text, and its weights by the names that they have there. */
import { diagnostic } from '../../diagnostics/catalogue.ts';
import { DiagnosticError, InternalError } from '../../diagnostics/diagnostic.ts';
import { readModel } from '../../exchange/onnx/model-file.ts';
import { understand } from '../../semantics/understand.ts';
import { format } from '../../syntax/format.ts';
import { parse } from '../../syntax/parse.ts';
import { identifier } from './names.ts';
import { type Printed, printNetwork } from './print-network.ts';
import { type ReadOptions, readGraph } from './read-graph.ts';

export interface Imported {
  /** Formatted. */
  readonly text: string;
  readonly network: string;
  readonly weights: Printed['weights'];
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
  return { ...checkedText(printed, name), weights: printed.weights };
}

/** Graphs are often called what their exporter calls all graphs. */
function titleOf(graph: string, file: string): string {
  const own = identifier(graph, '');
  const name = /^(main_graph|torch_jit|torch_jit_export|tf2onnx|graph|model)?$/i.test(own)
    ? identifier(file, 'Network')
    : own;
  return `${name[0]!.toUpperCase()}${name.slice(1)}`;
}

/** The text is a network with these parameters; what the language refuses of it is told. */
export function checkedText({ text, weights }: Printed, name: string): { text: string; network: string } {
  const file = `${name}.cnn`;
  const { elaboration, diagnostics } = understand(text, file);
  if (!elaboration) {
    const [first] = diagnostics.filter(({ severity }) => severity === 'error');
    if (!first) throw new InternalError('import', 'wrote what is no network, and nothing says why');
    const message = `a network cannot be what this model is: ${first.message}`;
    throw new DiagnosticError(
      diagnostic('CNN4306', message, { notes: [{ message: `the language says so with ${first.code}` }] }),
    );
  }
  const wanted = elaboration.states.filter(({ role }) => role !== 'optimizer');
  const found = new Map(weights.map(({ name: own, shape }) => [own, shape.join()]));
  const stray = wanted.find(({ name: own, shape }) => found.get(own) !== shape.join());
  if (stray || wanted.length !== weights.length)
    throw new InternalError('import', `parameters differ from those of the text: ${stray?.name ?? weights.length}`);
  return { text: format(parse(text, file).program, text), network: elaboration.training.name };
}
