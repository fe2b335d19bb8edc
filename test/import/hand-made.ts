/** @file ONNX models made by hand, as other exporters write them. */
import {
  ATTRIBUTE,
  ATTRIBUTES,
  DIMENSION,
  GRAPH,
  MODEL,
  NODE,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
  OPSET,
  SHAPE,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from '../../src/exchange/onnx/messages.ts';
import { writeModel } from '../../src/exchange/onnx/model-file.ts';
import { tensorOf } from '../../src/exchange/onnx/tensors.ts';
import { filled } from '../../src/exchange/protobuf.ts';
import { noise } from './onnx-import-oracle.ts';

type Setting = number | string | readonly number[];

interface Made {
  readonly node: OnnxNode;
  readonly tensors: readonly OnnxTensor[];
}

let unnamed = 0;

/** An initialiser of floats; noise unless its values are given. */
export function matrix(shape: readonly number[], name: string, values?: readonly number[]): OnnxTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensorOf(name, shape, values ? Float32Array.from(values) : noise(count, name.length));
}

export function ints(values: readonly number[], shape: readonly number[] = [values.length]): OnnxTensor {
  return tensorOf(`ints${unnamed++}`, shape, BigInt64Array.from(values, BigInt));
}

function attribute(name: string, value: Setting): OnnxAttribute {
  if (typeof value === 'string') return filled(ATTRIBUTES, { name, text: value, type: ATTRIBUTE.text });
  if (typeof value !== 'number') return filled(ATTRIBUTES, { name, ints: value, type: ATTRIBUTE.ints });
  return Number.isInteger(value)
    ? filled(ATTRIBUTES, { name, int: value, type: ATTRIBUTE.int })
    : filled(ATTRIBUTES, { name, float: value, type: ATTRIBUTE.float });
}

export function node(
  opType: string,
  inputs: readonly (string | OnnxTensor)[],
  output: string,
  settings: Readonly<Record<string, Setting>> = {},
): Made {
  const attributes = Object.entries(settings).map(([name, value]) => attribute(name, value));
  const names = inputs.map((input) => (typeof input === 'string' ? input : input.name));
  const tensors = inputs.filter((input) => typeof input !== 'string');
  return { node: filled(NODE, { opType, inputs: names, outputs: [output], attributes }), tensors };
}

/** The output is `y`. A size that is a word is open. */
export function handMade(
  inputs: Readonly<Record<string, readonly (number | string)[]>>,
  nodes: readonly Made[],
  opset = 13,
): Uint8Array {
  const typed = Object.entries(inputs).map(([name, sizes]) => {
    const dimensions = sizes.map((size) => filled(DIMENSION, typeof size === 'number' ? { size } : { name: size }));
    const tensor = filled(TENSOR_TYPE, { element: 1, shape: filled(SHAPE, { dimensions }) });
    return filled(VALUE, { name, type: filled(TYPE, { tensor }) });
  });
  const tensors = new Map(nodes.flatMap((made) => made.tensors).map((tensor) => [tensor.name, tensor]));
  const output = filled(VALUE, { name: 'y', type: filled(TYPE, { tensor: filled(TENSOR_TYPE, { element: 1 }) }) });
  const graph = filled(GRAPH, {
    name: 'made',
    nodes: nodes.map((made) => made.node),
    initializers: [...tensors.values()],
    inputs: typed,
    outputs: [output],
  });
  return writeModel(filled(MODEL, { irVersion: 7, graph, opsets: [filled(OPSET, { domain: '', version: opset })] }));
}
