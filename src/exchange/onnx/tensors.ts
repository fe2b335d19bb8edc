/** @file The values of ONNX tensors: every numeric type, wherever a file keeps them. */

import { shortened } from '../../common/printable.ts';
import { product } from '../../common/shape.ts';
import { filled } from '../protobuf.ts';
import { ELEMENTS, type ElementType, type TypedValues } from './elements.ts';
import { type OnnxTensor, TENSOR } from './messages.ts';
import { problem } from './model-file.ts';

export interface Values {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Integers and floats in the array of their type; floats of 16 bits and fewer as `Float32Array`, truth values as bytes. */
  readonly data: TypedValues;
}

/** The part of another file that holds a tensor. */
export interface ExternalPlace {
  /** Relative to the folder of the model; does not leave it. */
  readonly location: string;
  readonly offset: number;
  /** To the end of the file if absent. */
  readonly length?: number;
}

const quote = (name: string) => `\`${shortened(name, 60)}\``;

function unreadable({ name }: OnnxTensor, what: string, help = 'export the model again'): Error {
  return problem('CNN4303', `the tensor ${quote(name)} ${what}`, help);
}

/** The number of elements; CNN4303 unless the shape is one. */
function countOf(tensor: OnnxTensor): number {
  const whole = tensor.shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  const count = product(tensor.shape);
  if (whole && Number.isSafeInteger(count)) return count;
  throw unreadable(tensor, `cannot have the shape [${shortened(tensor.shape.join(', '), 60)}]`);
}

/** Where the values lie, if that is in another file. Reports CNN4303 for places out of the model's folder. */
export function externalPlace(tensor: OnnxTensor): ExternalPlace | undefined {
  if (tensor.location !== 1) return undefined;
  const entries = new Map(tensor.external.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  const parts = location.split(/[\\/]/);
  if (parts.some((part) => part === '' || part === '..') || /^[a-z]:|\0/i.test(location))
    throw unreadable(tensor, `lies in ${quote(location)}, which is no file beside the model`);
  const [offset, length] = ['offset', 'length'].map((key) => {
    const given = entries.get(key);
    if (given === undefined) return undefined;
    if (/^\d{1,15}$/.test(given)) return Number(given);
    throw unreadable(tensor, `lies at ${quote(given)}, which is no ${key}`);
  });
  return { location, offset: offset ?? 0, ...(length !== undefined && { length }) };
}

/**
 * `external` reads a part of another file. Reports CNN4303 for types without numbers, for too few or too many values, and
 * for values in another file if there is no `external`.
 */
export function tensorValues(tensor: OnnxTensor, external?: (place: ExternalPlace) => Uint8Array): Values {
  const element = ELEMENTS.find(({ number }) => number === tensor.type);
  if (!element) throw unreadable(tensor, `has elements of type ${tensor.type}, which are no numbers`);
  const count = countOf(tensor);
  const { type } = element;
  const place = externalPlace(tensor);
  if (place && !external) throw unreadable(tensor, `lies in another file, ${quote(place.location)}`);
  const raw = place ? external!(place) : tensor.raw;
  const needed = Math.ceil((count * element.bits) / 8);
  if (place || raw.length > 0) {
    if (raw.length !== needed) throw unreadable(tensor, `has ${raw.length} bytes, its shape needs ${needed}`);
    return { type, shape: tensor.shape, data: element.fromBytes(raw, count) };
  }
  const list = tensor[element.list];
  const entries = element.bits < 8 ? needed : count;
  if (list.length !== entries) throw unreadable(tensor, `has ${list.length} values, its shape needs ${entries}`);
  return { type, shape: tensor.shape, data: element.fromList(list, count) };
}

/** A tensor with its values in the file; `data` is what `tensorValues` gives for a type of its own. */
export function tensorOf(
  name: string,
  shape: readonly number[],
  data: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array,
  type: ElementType = typeOf(data),
): OnnxTensor {
  const { number } = ELEMENTS.find((element) => element.type === type)!;
  return filled(TENSOR, { name, shape, type: number, raw: littleEndian(data) });
}

function typeOf(data: object): ElementType {
  if (data instanceof Float32Array) return 'float';
  if (data instanceof Float64Array) return 'double';
  if (data instanceof Int32Array) return 'int32';
  return data instanceof BigInt64Array ? 'int64' : 'uint8';
}

function littleEndian({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
