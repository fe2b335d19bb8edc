/**
 * @file The numeric types of ONNX: how wide an element is, which list of a tensor holds it where it is not raw, and what
 * array it becomes. Sources: onnx.proto, TensorProto.DataType; for floats of 8 bits https://onnx.ai/onnx/technical/float8.html
 */
import type { OnnxTensor } from './messages.ts';

export type TypedValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

type List = 'floats' | 'ints' | 'longs' | 'doubles' | 'unsignedLongs';

export interface Element<Name extends string = string> {
  /** Of the enumeration in the specification. */
  readonly number: number;
  readonly type: Name;
  readonly bits: number;
  readonly list: List;
  readonly fromBytes: (bytes: Uint8Array, count: number) => TypedValues;
  readonly fromList: (values: OnnxTensor[List], count: number) => TypedValues;
}

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): TypedValues;
  new (length: number): TypedValues;
}

/** A copy, so that it is aligned. */
const copyOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer as ArrayBuffer;

function filledFrom(type: ArrayType, values: readonly (number | bigint)[]): TypedValues {
  const made = new type(values.length);
  const entry = made instanceof Uint32Array ? Number : (value: number | bigint) => value;
  for (let k = 0; k < values.length; k++) made[k] = entry(values[k]!);
  return made;
}

/** A type that JavaScript has an array for. */
function native<Name extends string>(number: number, type: Name, list: List, array: ArrayType): Element<Name> {
  return {
    number,
    type,
    list,
    bits: array.BYTES_PER_ELEMENT * 8,
    fromBytes: (bytes) => new array(copyOf(bytes)),
    fromList: (values) => filledFrom(array, values),
  };
}

/** A type whose patterns of bits are looked up: each becomes a number of `array`. */
function coded<Name extends string>(
  number: number,
  type: Name,
  bits: 4 | 8 | 16,
  array: ArrayType,
  meaning: (pattern: number) => number,
): Element<Name> {
  let table: readonly number[] | undefined;
  const decode = (patterns: ArrayLike<number>, count: number) => {
    table ??= Array.from({ length: 2 ** bits }, (_, pattern) => meaning(pattern));
    const [values, made] = [table, new array(count)];
    for (let k = 0; k < count; k++)
      made[k] = values[bits === 4 ? (patterns[k >> 1]! >> (4 * (k % 2))) & 15 : patterns[k]! & (2 ** bits - 1)]!;
    return made;
  };
  return {
    number,
    type,
    bits,
    list: 'ints',
    fromBytes: (bytes, count) => decode(bits === 16 ? new Uint16Array(copyOf(bytes)) : bytes, count),
    fromList: (list, count) => decode(list as readonly number[], count),
  };
}

interface FloatLayout {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  /** What the largest exponent is for: infinity and NaN, NaN alone in its last pattern, or numbers like any other. */
  readonly top: 'ieee' | 'last' | 'numbers';
  /** Minus zero is the one NaN. */
  readonly unsignedZero?: true;
}

const small =
  ({ exponent, mantissa, bias, top, unsignedZero }: FloatLayout) =>
  (pattern: number): number => {
    const sign = pattern >> (exponent + mantissa) ? -1 : 1;
    const e = (pattern >> mantissa) & (2 ** exponent - 1);
    const m = pattern & (2 ** mantissa - 1);
    const last = 2 ** exponent - 1;
    if (unsignedZero && sign < 0 && e === 0 && m === 0) return Number.NaN;
    if (top === 'ieee' && e === last) return m ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    if (top === 'last' && e === last && m === 2 ** mantissa - 1) return Number.NaN;
    const fraction = m / 2 ** mantissa;
    return sign * (e ? (1 + fraction) * 2 ** (e - bias) : fraction * 2 ** (1 - bias));
  };

const byte = (exponent: number, mantissa: number, bias: number, top: FloatLayout['top'], unsignedZero?: true) =>
  small({ exponent, mantissa, bias, top, ...(unsignedZero && { unsignedZero }) });

export const ELEMENTS = [
  native(1, 'float', 'floats', Float32Array),
  native(2, 'uint8', 'ints', Uint8Array),
  native(3, 'int8', 'ints', Int8Array),
  native(4, 'uint16', 'ints', Uint16Array),
  native(5, 'int16', 'ints', Int16Array),
  native(6, 'int32', 'ints', Int32Array),
  native(7, 'int64', 'longs', BigInt64Array),
  native(9, 'bool', 'ints', Uint8Array),
  coded(10, 'float16', 16, Float32Array, byte(5, 10, 15, 'ieee')),
  native(11, 'double', 'doubles', Float64Array),
  native(12, 'uint32', 'unsignedLongs', Uint32Array),
  native(13, 'uint64', 'unsignedLongs', BigUint64Array),
  coded(16, 'bfloat16', 16, Float32Array, byte(8, 7, 127, 'ieee')),
  coded(17, 'float8e4m3fn', 8, Float32Array, byte(4, 3, 7, 'last')),
  coded(18, 'float8e4m3fnuz', 8, Float32Array, byte(4, 3, 8, 'numbers', true)),
  coded(19, 'float8e5m2', 8, Float32Array, byte(5, 2, 15, 'ieee')),
  coded(20, 'float8e5m2fnuz', 8, Float32Array, byte(5, 2, 16, 'numbers', true)),
  coded(21, 'uint4', 4, Uint8Array, (pattern) => pattern),
  coded(22, 'int4', 4, Int8Array, (pattern) => (pattern ^ 8) - 8),
  coded(23, 'float4e2m1', 4, Float32Array, byte(2, 1, 1, 'numbers')),
] as const satisfies readonly Element[];

export type ElementType = (typeof ELEMENTS)[number]['type'];
