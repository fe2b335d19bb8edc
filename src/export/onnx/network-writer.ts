/** @file A network in ONNX, value by value: layers by their table, everything else by its formulas. */
import { product } from '../../common/shape.ts';
import { InternalError } from '../../diagnostics/diagnostic.ts';
import { formulaOf, type Graph, type Node, type Source, type State, sourceOf } from '../../ir/graph.ts';
import type { Layer, ModelInput } from '../../semantics/model.ts';
import type { Application } from './application.ts';
import type { Folding, Weights } from './fold.ts';
import { FormulaWriter, knownNumbers, type Operands } from './formula-writer.ts';
import { Inexpressible } from './gather.ts';
import { BATCH, type GraphWriter, type Value } from './graph-writer.ts';
import { LAYERS } from './layers.ts';
import { batchSize, elementwise, repeated, reshaped } from './nodes.ts';

type Normalization = { readonly mean: readonly number[]; readonly deviation: readonly number[] };

export interface NetworkParts {
  readonly graph: Graph;
  readonly steps: readonly Layer[];
  readonly inputs: readonly ModelInput[];
  readonly weights: Weights;
  readonly folding: Folding;
  readonly docOf: (layer: Layer) => string;
  /** What else is given from outside: of a training step targets, states and numbers of the optimiser. */
  readonly given?: (source: Source, node: Node) => Value | undefined;
  readonly normalize?: ReadonlyMap<string, Normalization>;
}

export class NetworkWriter implements Operands {
  readonly #values = new Map<Node, Value>();
  readonly #known = new Map<Node, Float64Array | undefined>();
  readonly #states = new Map<string, Value>();
  readonly #makers: ReadonlyMap<Node, Layer>;

  constructor(
    readonly writer: GraphWriter,
    readonly parts: NetworkParts,
  ) {
    this.#makers = new Map(parts.steps.map((layer) => [layer.output, layer]));
    for (const input of parts.inputs) this.#values.set(input.node, this.#input(input));
  }

  /** Images as they come, brought to what the network was trained on. */
  #input({ name, shape }: ModelInput): Value {
    const { writer } = this;
    const image = writer.input(name, [BATCH, ...shape]);
    const found = this.parts.normalize?.get(name);
    if (!found) return image;
    writer.scope = `${name}.normalized`;
    const channels = (numbers: readonly number[]) =>
      writer.constant(numbers, numbers.length > 1 ? [numbers.length, ...shape.slice(1).map(() => 1)] : []);
    const centred = elementwise(writer, 'Sub', [image, channels(found.mean)]);
    const value = elementwise(writer, 'Div', [centred, channels(found.deviation)]);
    value.call(writer.scope);
    return value;
  }

  /** Throws `Inexpressible`. */
  value(node: Node): Value {
    const known = this.#values.get(node);
    if (known) return known;
    const value = this.#made(node);
    this.#values.set(node, value);
    return value;
  }

  #made(node: Node): Value {
    const instead = this.parts.folding.instead.get(node);
    if (instead) return this.value(instead);
    const layer = this.#makers.get(node);
    const written = layer && this.#layer(layer);
    if (written) {
      written.call(layer.name);
      return written;
    }
    const numbers = this.known(node);
    if (numbers) return this.writer.constant(numbers, node.shape);
    const source = sourceOf(node);
    if (source) return this.#source(source, node);
    for (const input of node.inputs) if (!this.known(input)) this.value(input);
    this.#enter(node.name, layer);
    const value = formulaOf(node)
      ? new FormulaWriter(this.writer, node, this).write()
      : reshaped(this.writer, this.value(node.inputs[0]!), node.shape);
    value.call(layer?.name ?? node.name);
    return value;
  }

  #enter(scope: string, layer: Layer | undefined): void {
    this.writer.scope = scope;
    this.writer.doc = layer ? this.parts.docOf(layer) : '';
  }

  known(node: Node): Float64Array | undefined {
    if (this.#known.has(node)) return this.#known.get(node);
    const [viewed] = node.definition.kind === 'view' ? node.inputs : [];
    const numbers = viewed ? this.known(viewed) : knownNumbers(node, (other) => this.known(other));
    this.#known.set(node, numbers);
    return numbers;
  }

  #layer(layer: Layer): Value | undefined {
    const write = Object.hasOwn(LAYERS, layer.operator) ? LAYERS[layer.operator] : undefined;
    if (!write) return undefined;
    const inputs = layer.inputs.map((node) => {
      const value = this.value(node);
      this.#enter(layer.name, layer);
      return repeated(this.writer, value);
    });
    this.#enter(layer.name, layer);
    const application: Application = {
      writer: this.writer,
      layer,
      inputs,
      state: (leaf) => this.#stateOf(layer, leaf),
    };
    return write(application);
  }

  #stateOf(layer: Layer, leaf: string): Value | undefined {
    const folded = this.parts.folding.layers.get(layer);
    const state = layer.states.find(({ owner }) => owner?.leaf === leaf);
    if (folded && leaf === 'bias') return this.#initializer(`${layer.name}.bias`, [folded.bias.length], folded.bias);
    if (!state) return undefined;
    return folded && leaf === 'weight' ? this.#initializer(state.name, state.shape, folded.weight) : this.#state(state);
  }

  #state(state: State): Value {
    return this.#initializer(state.name, state.shape, this.parts.weights(state));
  }

  #initializer(name: string, shape: readonly number[], data: Float32Array): Value {
    const known = this.#states.get(name);
    if (known) return known;
    if (data.length !== product(shape)) throw new InternalError('export-onnx', `${name} has ${data.length} numbers`);
    const made = this.writer.initializer(name, shape, data);
    this.#states.set(name, made);
    return made;
  }

  #source(source: Source, node: Node): Value {
    const given = this.parts.given?.(source, node);
    if (given) return given;
    if (source.role === 'state') return this.#state(source.state);
    if (source.role !== 'weight')
      throw new Inexpressible(
        source.role === 'target' ? `it reads the target \`${source.name}\`` : `it reads the ${source.role}`,
      );
    this.#enter(node.name, undefined);
    const images = this.writer.emit('Cast', [batchSize(this.writer)], { shape: [1], attributes: { to: 1 } });
    const share = this.writer.emit('Reciprocal', [images], { shape: [1] });
    return repeated(this.writer, reshaped(this.writer, share, []));
  }
}
