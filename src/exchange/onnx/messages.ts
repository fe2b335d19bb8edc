/**
 * @file What an ONNX file holds, as records, and the table of fields that reads and writes them. Names and meaning are
 * those of the specification (https://onnx.ai/onnx/api/classes.html); what only values need that are not tensors
 * (sequences, maps), sparse tensors, quantisation notes and training information are left out.
 */
import { bytes, double, float, int, long, type Message, many, maybe, one, record, text } from '../protobuf.ts';

export interface OnnxModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly modelVersion: number;
  readonly doc: string;
  readonly graph?: OnnxGraph;
  /** Which version of each domain's operators the nodes mean; the standard domain is `''`. */
  readonly opsets: readonly OnnxOpset[];
  readonly metadata: readonly OnnxEntry[];
  /** Operators of the file's own, as graphs. */
  readonly functions: readonly OnnxFunction[];
}

export interface OnnxOpset {
  readonly domain: string;
  readonly version: number;
}

export interface OnnxEntry {
  readonly key: string;
  readonly value: string;
}

export interface OnnxGraph {
  /** In an order of execution. */
  readonly nodes: readonly OnnxNode[];
  readonly name: string;
  readonly initializers: readonly OnnxTensor[];
  readonly doc: string;
  /** May name initialisers too, as old files have to. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Types of values between; need not be complete. */
  readonly values: readonly OnnxValue[];
}

export interface OnnxNode {
  /** Names of values; `''` where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attributes: readonly OnnxAttribute[];
  readonly doc: string;
  readonly domain: string;
}

/** What `OnnxAttribute.type` says; 0 in very old files, where the field that is there tells. */
export const ATTRIBUTE = { float: 1, int: 2, text: 3, tensor: 4, graph: 5, floats: 6, ints: 7, texts: 8 } as const;

export interface OnnxAttribute {
  readonly name: string;
  readonly float?: number;
  readonly int?: number;
  readonly text?: string;
  readonly tensor?: OnnxTensor;
  readonly graph?: OnnxGraph;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly texts: readonly string[];
  readonly doc: string;
  readonly type: number;
  /** Within a function: the attribute of its call that stands here. */
  readonly reference: string;
}

/** Values lie in `raw`, in one of the lists (which one is a matter of the type), or in a file of their own. */
export interface OnnxTensor {
  readonly shape: readonly number[];
  /** A number of `ELEMENTS`. */
  readonly type: number;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly texts: readonly string[];
  readonly longs: readonly bigint[];
  readonly name: string;
  readonly raw: Uint8Array;
  readonly doubles: readonly number[];
  readonly unsignedLongs: readonly bigint[];
  readonly doc: string;
  /** Where the values lie, if `location` is 1: `location`, `offset`, `length`. */
  readonly external: readonly OnnxEntry[];
  readonly location: number;
}

export interface OnnxValue {
  readonly name: string;
  readonly type?: OnnxType;
  readonly doc: string;
}

export interface OnnxType {
  /** Absent of values that are no tensors. */
  readonly tensor?: OnnxTensorType;
}

export interface OnnxTensorType {
  readonly element: number;
  /** Absent where not even the number of dimensions is known. */
  readonly shape?: OnnxShape;
}

export interface OnnxShape {
  readonly dimensions: readonly OnnxDimension[];
}

/** A number, a name (equal names are equal numbers), or neither: unknown. */
export interface OnnxDimension {
  readonly size?: number;
  readonly name?: string;
}

export interface OnnxFunction {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly doc: string;
  readonly opsets: readonly OnnxOpset[];
  readonly domain: string;
  /** Attributes with defaults. */
  readonly defaults: readonly OnnxAttribute[];
}

export const OPSET: Message<OnnxOpset> = {
  name: 'OperatorSetId',
  fields: { domain: one(1, text), version: one(2, int) },
};

export const ENTRY: Message<OnnxEntry> = {
  name: 'StringStringEntry',
  fields: { key: one(1, text), value: one(2, text) },
};

/** Metadata of a model: initialisers, a line each, whose readers are one layer in several places. No exporter but ours says so. */
export const SHARED_WEIGHTS = 'shared_weights';

export const TENSOR: Message<OnnxTensor> = {
  name: 'Tensor',
  fields: {
    shape: many(1, int),
    type: one(2, int),
    floats: many(4, float, true),
    ints: many(5, int, true),
    texts: many(6, text),
    longs: many(7, long, true),
    name: one(8, text),
    raw: one(9, bytes),
    doubles: many(10, double, true),
    unsignedLongs: many(11, long, true),
    doc: one(12, text),
    external: many(
      13,
      record(() => ENTRY),
    ),
    location: one(14, int),
  },
};

export const DIMENSION: Message<OnnxDimension> = {
  name: 'Dimension',
  fields: { size: maybe(1, int), name: maybe(2, text) },
};

export const SHAPE: Message<OnnxShape> = {
  name: 'TensorShape',
  fields: {
    dimensions: many(
      1,
      record(() => DIMENSION),
    ),
  },
};

export const TENSOR_TYPE: Message<OnnxTensorType> = {
  name: 'Type.Tensor',
  fields: {
    element: one(1, int),
    shape: maybe(
      2,
      record(() => SHAPE),
    ),
  },
};

export const TYPE: Message<OnnxType> = {
  name: 'Type',
  fields: {
    tensor: maybe(
      1,
      record(() => TENSOR_TYPE),
    ),
  },
};

export const VALUE: Message<OnnxValue> = {
  name: 'ValueInfo',
  fields: {
    name: one(1, text),
    type: maybe(
      2,
      record(() => TYPE),
    ),
    doc: one(3, text),
  },
};

export const ATTRIBUTES: Message<OnnxAttribute> = {
  name: 'Attribute',
  fields: {
    name: one(1, text),
    float: maybe(2, float),
    int: maybe(3, int),
    text: maybe(4, text),
    tensor: maybe(
      5,
      record(() => TENSOR),
    ),
    graph: maybe(
      6,
      record(() => GRAPH),
    ),
    floats: many(7, float),
    ints: many(8, int),
    texts: many(9, text),
    doc: one(13, text),
    type: one(20, int),
    reference: one(21, text),
  },
};

export const NODE: Message<OnnxNode> = {
  name: 'Node',
  fields: {
    inputs: many(1, text),
    outputs: many(2, text),
    name: one(3, text),
    opType: one(4, text),
    attributes: many(
      5,
      record(() => ATTRIBUTES),
    ),
    doc: one(6, text),
    domain: one(7, text),
  },
};

export const GRAPH: Message<OnnxGraph> = {
  name: 'Graph',
  fields: {
    nodes: many(
      1,
      record(() => NODE),
    ),
    name: one(2, text),
    initializers: many(
      5,
      record(() => TENSOR),
    ),
    doc: one(10, text),
    inputs: many(
      11,
      record(() => VALUE),
    ),
    outputs: many(
      12,
      record(() => VALUE),
    ),
    values: many(
      13,
      record(() => VALUE),
    ),
  },
};

export const FUNCTION: Message<OnnxFunction> = {
  name: 'Function',
  fields: {
    name: one(1, text),
    inputs: many(4, text),
    outputs: many(5, text),
    attributes: many(6, text),
    nodes: many(
      7,
      record(() => NODE),
    ),
    doc: one(8, text),
    opsets: many(
      9,
      record(() => OPSET),
    ),
    domain: one(10, text),
    defaults: many(
      11,
      record(() => ATTRIBUTES),
    ),
  },
};

export const MODEL: Message<OnnxModel> = {
  name: 'Model',
  fields: {
    irVersion: one(1, int),
    producerName: one(2, text),
    producerVersion: one(3, text),
    domain: one(4, text),
    modelVersion: one(5, int),
    doc: one(6, text),
    graph: maybe(
      7,
      record(() => GRAPH),
    ),
    opsets: many(
      8,
      record(() => OPSET),
    ),
    metadata: many(
      14,
      record(() => ENTRY),
    ),
    functions: many(
      25,
      record(() => FUNCTION),
    ),
  },
};
