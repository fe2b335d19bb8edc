/**
 * @file One step of training as an ONNX model: forward, loss, gradients and update are ordinary nodes, written from the
 * formulas that our own modules compute. It takes a batch, the states, the learning rate and the number of the step, and
 * gives the loss, the metrics and the next states: whoever runs it hands them in again.
 */
import { COMPILER_VERSION } from '../../common/version.ts';
import { ENTRY, MODEL, type OnnxModel, OPSET } from '../../exchange/onnx/messages.ts';
import { filled } from '../../exchange/protobuf.ts';
import {
  type Graph,
  type HostExpression,
  type Result,
  type Shape,
  type Source,
  type State,
  sourceOf,
} from '../../ir/graph.ts';
import { formulaGraph } from '../../plan/program-graphs.ts';
import type { Elaboration } from '../../semantics/model.ts';
import { requireLoss } from '../../semantics/network.ts';
import { attempt, IR_VERSION, OPSET_VERSION } from './export.ts';
import { NOTHING } from './fold.ts';
import { Inexpressible } from './gather.ts';
import { BATCH, GraphWriter, type Value } from './graph-writer.ts';
import { NetworkWriter } from './network-writer.ts';
import { elementwise, reshaped } from './nodes.ts';
import { compared } from './pointwise.ts';

export interface OnnxTraining {
  readonly model: OnnxModel;
  /** What the model takes and gives the next of, with how each starts. */
  readonly states: readonly State[];
}

/** Reports CNN2008 without a loss, CNN4301. */
export function exportOnnxTraining(elaboration: Elaboration, batch?: number): OnnxTraining {
  requireLoss(elaboration);
  const graph = formulaGraph(elaboration);
  const writer = new GraphWriter();
  const { training, settings, place } = elaboration;
  const mixing = settings.augment.mix?.words.map(({ kind }) => `\`${kind}\``).join(', ');
  const outside = new Outside(writer, mixing);
  const network = new NetworkWriter(writer, {
    graph,
    steps: [],
    inputs: training.inputs.filter(({ node }) => graph.nodes.includes(node)),
    weights: () => new Float32Array(0),
    folding: NOTHING,
    docOf: () => '',
    given: (source, node) => outside.value(source, node.shape),
    ...(settings.normalize && { normalize: settings.normalize }),
  });
  const states = statesOf(graph);
  const values = attempt(place, training.name, () => {
    for (const node of graph.nodes) network.value(node);
    return graph.results.flatMap((result) => {
      const name = resultName(result);
      const value = network.value(result.node);
      // Updates see a parameter as a row of numbers.
      const whole = result.role === 'assign' ? reshaped(writer, value, result.state.shape) : value;
      return name === undefined ? [] : writer.named(whole, name);
    });
  });
  const model = filled(MODEL, {
    irVersion: IR_VERSION,
    producerName: 'cnnc',
    producerVersion: COMPILER_VERSION,
    opsets: [filled(OPSET, { version: OPSET_VERSION })],
    doc: `A step of training of ${training.name}, written by cnnc ${COMPILER_VERSION}`,
    metadata: [
      filled(ENTRY, { key: 'network', value: training.name }),
      filled(ENTRY, { key: 'lr', value: `${settings.optimizer.lr}` }),
    ],
    graph: writer.finish(training.name, 'Each state NAME comes back as NAME.next.', values, batch),
  });
  return { model, states };
}

function resultName(result: Result): string | undefined {
  if (result.role === 'assign') return `${result.state.name}.next`;
  if (result.role === 'metric') return result.name;
  return result.role === 'loss' ? 'loss' : undefined;
}

function statesOf(graph: Graph): State[] {
  const read = graph.nodes.flatMap((node) => {
    const source = sourceOf(node);
    return source?.role === 'state' ? [source.state] : [];
  });
  return [...new Set(read)];
}

/** What a step is given, each as an input of the model that is made when it is asked for. */
class Outside {
  readonly #inputs = new Map<string, Value>();

  /** `mixing`: the words that mix images in pairs. */
  constructor(
    readonly writer: GraphWriter,
    readonly mixing: string | undefined,
  ) {}

  #input(name: string, make: () => Value): Value {
    const known = this.#inputs.get(name) ?? make();
    this.#inputs.set(name, known);
    return known;
  }

  value(source: Source, shape: Shape): Value | undefined {
    const { writer } = this;
    if ('mixed' in source && source.mixed)
      throw new Inexpressible(`leave ${this.mixing} out: what runs the model mixes images`);
    if (source.role === 'target') {
      const classes = source.classes !== undefined;
      const value = writer.input(source.name, [BATCH, ...shape], classes ? 'int64' : 'float');
      return classes ? writer.emit('Cast', [value], { shape: value.shape, attributes: { to: 1 } }) : value;
    }
    // Random numbers are the runtime's, and nothing is left of the seed.
    if (source.role === 'seed') return writer.number(0);
    if (source.role === 'state')
      return this.#input(source.state.name, () => writer.input(source.state.name, source.state.shape));
    if (source.role === 'scalar') {
      writer.scope = source.scalar.name;
      return this.#number(source.scalar.expression);
    }
    return undefined;
  }

  #number(expression: HostExpression): Value {
    const { writer } = this;
    const number = (part: HostExpression) => this.#number(part);
    switch (expression.kind) {
      case 'constant':
        return writer.number(expression.value);
      case 'lr':
      case 'step':
      case 'dip':
        return this.#input(expression.kind, () => writer.input(expression.kind, []));
      case 'binary':
        return elementwise(writer, BINARY[expression.operator], [number(expression.left), number(expression.right)]);
      case 'sqrt':
      case 'floor':
        return elementwise(writer, expression.kind === 'sqrt' ? 'Sqrt' : 'Floor', [number(expression.operand)]);
      case 'above': {
        const condition = compared(writer, '>', number(expression.left), number(expression.right));
        return writer.emit('Where', [condition, number(expression.yes), number(expression.no)], { shape: [] });
      }
      case 'product':
        throw new Inexpressible('its optimiser needs a product over all steps');
    }
  }
}

const BINARY = { '+': 'Add', '-': 'Sub', '*': 'Mul', '/': 'Div', '**': 'Pow' } as const;
