/** @file One node of an ONNX graph with its inputs and attributes, as the tables of layers ask for them. */

import type { OnnxAttribute, OnnxNode, OnnxTensor } from '../../exchange/onnx/messages.ts';
import type { ExternalPlace } from '../../exchange/onnx/tensors.ts';
import { tensorValues } from '../../exchange/onnx/tensors.ts';
import { makeStep, type StepParts } from '../layer-steps.ts';
import { labelOf } from '../names.ts';
import { type Constant, isStep, refuse, type Step, type Value } from '../values.ts';

export type ReadExternal = (place: ExternalPlace) => Uint8Array;

export type Layer = (reader: NodeReader) => Step;

export class NodeReader {
  readonly #attributes: ReadonlyMap<string, OnnxAttribute>;

  constructor(
    readonly node: OnnxNode,
    readonly inputs: readonly (Value | undefined)[],
    readonly opset: number,
    /** Images that the model takes at a time; NaN for any number, undefined if no dimension counts images. */
    readonly images: number | undefined,
    readonly external?: ReadExternal,
  ) {
    this.#attributes = new Map(node.attributes.map((attribute) => [attribute.name, attribute]));
  }

  /** Dimensions before those of one image. */
  get leading(): 0 | 1 {
    return this.images === undefined ? 0 : 1;
  }

  get batch(): number {
    return this.images ?? 1;
  }

  /** The shape of a feature as the model sees it. */
  withImages(shape: readonly number[]): readonly number[] {
    return this.images === undefined ? shape : [this.images, ...shape];
  }

  int(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.int ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.float ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    return this.#attributes.get(name)?.text ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attributes.get(name)?.ints;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attributes.get(name)?.floats;
  }

  tensor(name: string): Constant | undefined {
    const tensor = this.#attributes.get(name)?.tensor;
    return tensor && constantOf(tensor, this.node.name, this.external);
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  /** What the network computes. */
  feature(k: number): Step {
    const value = this.inputs[k];
    if (!value) refuse('an input is missing');
    if (!isStep(value)) refuse(`input ${k + 1} is constant`);
    if (value.shape.length === 0) refuse('one number for each image');
    return value;
  }

  /** Undefined where it is left out. */
  constant(k: number): Constant | undefined {
    const value = this.inputs[k];
    if (value && isStep(value)) refuse(`input ${k + 1} is computed`);
    return value as Constant | undefined;
  }

  needed(k: number): Constant {
    return this.constant(k) ?? refuse(`input ${k + 1} is missing`);
  }

  /** Whole numbers of an input, or of an attribute where older versions have them. */
  list(k: number, name: string): readonly number[] | undefined {
    const value = this.constant(k);
    return value ? Array.from(value.data) : this.ints(name);
  }

  /** `weight`: the initialiser that gives a layer its name. */
  label(weight: Constant | undefined, word: string): string {
    return labelOf(weight?.name ?? '', this.node, word);
  }

  /** `others`: what it reads besides, as a layer may that has weights. */
  stage(
    word: string,
    operand: Step,
    shape: readonly number[],
    parts: StepParts = {},
    others: readonly Step[] = [],
  ): Step {
    return makeStep('stage', word, [operand, ...others], shape, parts, this.node);
  }

  call(word: string, operands: readonly (Step | number)[], shape: readonly number[], parts: StepParts = {}): Step {
    return makeStep('call', word, operands, shape, parts, this.node);
  }

  infix(left: Step | number, sign: string, right: Step | number, shape: readonly number[]): Step {
    return makeStep('infix', sign, [left, right], shape, {}, this.node);
  }
}

const WHOLE = new Set([
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'bool',
  'uint32',
  'uint64',
  'uint4',
  'int4',
]);

export function constantOf(tensor: OnnxTensor, name = tensor.name, external?: ReadExternal): Constant {
  const { type, shape, data } = tensorValues(tensor, external);
  const whole = WHOLE.has(type);
  const numbers =
    data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
  return { shape, data: numbers as ArrayLike<number>, name, whole };
}
