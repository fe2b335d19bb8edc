/**
 * @file An ONNX graph as it grows: nodes with the shapes of their results, constants that are there once, and names that are
 * given when all is known. A value is varying, its first dimension being the batch, or uniform.
 */
import {
  ATTRIBUTE,
  ATTRIBUTES,
  DIMENSION,
  GRAPH,
  NODE,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
  type OnnxValue,
  SHAPE,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from '../../exchange/onnx/messages.ts';
import { tensorOf } from '../../exchange/onnx/tensors.ts';
import { filled } from '../../exchange/protobuf.ts';

export const BATCH = 'batch';
/** Of a dimension that the images are joined with: so many for each. */
export interface Multiple {
  readonly batches: number;
}
export type Extent = number | typeof BATCH | Multiple;

/** Numbers of the specification. */
const ELEMENT = { float: 1, int64: 7, bool: 9 } as const;
export type ElementName = keyof typeof ELEMENT;

export class Value {
  /** What it is called outside. */
  name: string | undefined;
  #label: string | undefined;

  constructor(
    readonly shape: readonly Extent[],
    readonly element: ElementName,
    /** What the name is made of, if no other is given. */
    readonly hint: string,
    readonly kind: 'input' | 'initializer' | 'node',
  ) {}

  /** Of the layer or formula that it is the result of. */
  get label(): string {
    return this.#label ?? this.hint;
  }

  /** The first label counts: of layers that give back what they got, that of the layer before. */
  call(label: string): void {
    this.#label ??= label;
  }

  get varying(): boolean {
    return this.shape[0] === BATCH;
  }

  /** Without the batch. */
  get extents(): readonly number[] {
    return (this.varying ? this.shape.slice(1) : this.shape) as number[];
  }
}

export class Float {
  constructor(readonly value: number) {}
}

/** A number is an integer unless it says that it is none. */
export const float = (value: number): Float => new Float(value);

export type AttributeEntries = Readonly<Record<string, number | Float | string | readonly number[]>>;

interface PendingNode {
  readonly opType: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly output: Value;
  readonly attributes: AttributeEntries;
  readonly scope: string;
  readonly doc: string;
}

export interface Emission {
  /** Of the result, the batch included. */
  readonly shape: readonly Extent[];
  readonly element?: ElementName;
  readonly attributes?: AttributeEntries;
}

/** Constants of up to so many elements are looked for among those there are. */
const SHARED = 64;

export class GraphWriter {
  readonly #nodes: PendingNode[] = [];
  readonly #initializers: { readonly value: Value; readonly tensor: OnnxTensor }[] = [];
  readonly #constants = new Map<string, Value>();
  readonly #inputs: Value[] = [];
  /** The layer that is being written: names and texts of its nodes. */
  scope = '';
  doc = '';

  input(name: string, shape: readonly Extent[], element: ElementName = 'float'): Value {
    const value = new Value(shape, element, name, 'input');
    value.name = name;
    this.#inputs.push(value);
    return value;
  }

  get inputs(): readonly Value[] {
    return this.#inputs;
  }

  initializer(name: string, shape: readonly number[], data: Float32Array): Value {
    return this.#keep(new Value(shape, 'float', name, 'initializer'), tensorOf('', shape, data));
  }

  #keep(value: Value, tensor: OnnxTensor): Value {
    this.#initializers.push({ value, tensor });
    return value;
  }

  constant(data: ArrayLike<number>, shape: readonly number[] = []): Value {
    const values = Float32Array.from(data);
    return this.#shared(`float ${shape} ${values.length > SHARED ? '' : values}`, values.length, () =>
      this.#keep(new Value(shape, 'float', 'constant', 'initializer'), tensorOf('', shape, values)),
    );
  }

  number(value: number): Value {
    return this.constant([value]);
  }

  /** Places and extents: a vector unless a shape is given. */
  integers(data: readonly number[], shape: readonly number[] = [data.length]): Value {
    return this.#shared(`int64 ${shape} ${data.length > SHARED ? '' : data}`, data.length, () =>
      this.#keep(
        new Value(shape, 'int64', 'places', 'initializer'),
        tensorOf('', shape, BigInt64Array.from(data, BigInt)),
      ),
    );
  }

  #shared(key: string, size: number, make: () => Value): Value {
    const known = size > SHARED ? undefined : this.#constants.get(key);
    if (known) return known;
    const made = make();
    if (size <= SHARED) this.#constants.set(key, made);
    return made;
  }

  /** A node with one result. */
  emit(opType: string, inputs: readonly (Value | undefined)[], emission: Emission): Value {
    const { shape, element = 'float', attributes = {} } = emission;
    const output = new Value(shape, element, `${this.scope}/${opType}`, 'node');
    this.#nodes.push({ opType, inputs, output, attributes, scope: this.scope, doc: this.doc });
    return output;
  }

  /** The value under a name: its own if it has none yet, else that of a copy. */
  named(value: Value, name: string): Value {
    if (value.kind === 'node' && value.name === undefined) {
      value.name = name;
      return value;
    }
    const copy = this.emit('Identity', [value], { shape: value.shape, element: value.element });
    copy.name = name;
    return copy;
  }

  /** `batch`: a number of images in place of any. */
  finish(name: string, doc: string, outputs: readonly Value[], batch?: number): OnnxGraph {
    const { nodes, read } = this.#needed(outputs);
    const initializers = this.#initializers.filter(({ value }) => read.has(value));
    const nameOf = namesOf([
      ...[...this.#inputs, ...outputs].map((value) => [value, value.name!] as const),
      ...initializers.map(({ value }) => [value, value.label] as const),
      ...nodes.map(({ output }) => [output, output.label] as const),
    ]);
    const described = (value: Value): OnnxValue =>
      filled(VALUE, { name: nameOf.get(value)!, type: typeOf(value, batch) });
    const outer = new Set(outputs);
    return filled(GRAPH, {
      name,
      doc,
      nodes: nodes.map((node): OnnxNode => writtenNode(node, nameOf)),
      initializers: initializers.map(({ value, tensor }) => ({ ...tensor, name: nameOf.get(value)! })),
      inputs: this.#inputs.map(described),
      outputs: outputs.map(described),
      values: nodes.flatMap(({ output }) => (outer.has(output) ? [] : described(output))),
    });
  }

  /** The nodes that outputs depend on, and every value that is read. */
  #needed(outputs: readonly Value[]) {
    const read = new Set<Value | undefined>(outputs);
    const nodes: PendingNode[] = [];
    for (const node of [...this.#nodes].reverse()) {
      if (!read.has(node.output)) continue;
      nodes.push(node);
      for (const input of node.inputs) read.add(input);
    }
    return { nodes: nodes.reverse(), read };
  }
}

/** The wanted names in this order; who comes later to one that is taken gets a number. */
function namesOf(wanted: readonly (readonly [value: Value, name: string])[]): Map<Value, string> {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  const names = new Map<Value, string>();
  for (const [value, own] of wanted) {
    if (names.has(value)) continue;
    let name = own;
    for (let k = next.get(own) ?? 1; taken.has(name); k++) {
      name = `${own}_${k}`;
      next.set(own, k + 1);
    }
    taken.add(name);
    names.set(value, name);
  }
  return names;
}

function typeOf({ shape, element }: Value, batch: number | undefined): OnnxType {
  const dimensions = shape.map((extent) => {
    if (typeof extent === 'number') return filled(DIMENSION, { size: extent });
    const times = extent === BATCH ? 1 : extent.batches;
    const name = times === 1 ? BATCH : `${times} * ${BATCH}`;
    return filled(DIMENSION, batch === undefined ? { name } : { size: times * batch });
  });
  return filled(TYPE, {
    tensor: filled(TENSOR_TYPE, { element: ELEMENT[element], shape: filled(SHAPE, { dimensions }) }),
  });
}

function writtenNode({ opType, inputs, output, attributes, doc }: PendingNode, names: ReadonlyMap<Value, string>) {
  return filled(NODE, {
    opType,
    name: names.get(output)!,
    inputs: inputs.map((value) => (value ? names.get(value)! : '')),
    outputs: [names.get(output)!],
    attributes: Object.entries(attributes).map(([name, value]) => writtenAttribute(name, value)),
    doc,
  });
}

function writtenAttribute(name: string, value: AttributeEntries[string]): OnnxAttribute {
  if (value instanceof Float) return filled(ATTRIBUTES, { name, type: ATTRIBUTE.float, float: value.value });
  if (typeof value === 'string') return filled(ATTRIBUTES, { name, type: ATTRIBUTE.text, text: value });
  if (typeof value === 'number') return filled(ATTRIBUTES, { name, type: ATTRIBUTE.int, int: value });
  return filled(ATTRIBUTES, { name, type: ATTRIBUTE.ints, ints: value });
}
