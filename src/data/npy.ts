/** @file One array of NumPy: a header in Python's notation, then the elements. Source: numpy.lib.format. */

import { type Member, malformed } from './archive.ts';
import { type Pixels, sizeOf } from './dataset.ts';
import type { Numbers } from './scale.ts';

export interface ArrayHeader {
  readonly name: string;
  readonly shape: readonly number[];
  /** The first index runs fastest. */
  readonly fortran: boolean;
  readonly member: Member;
  /** `b`, `u`, `i` or `f`. */
  readonly letter: string;
  readonly bytes: number;
  readonly bigEndian: boolean;
  /** Where the elements begin. */
  readonly start: number;
}

const types = /^([<>|=]?)([buif])([1248])$/;
/** Enough for the header of an array; it is padded to 64 or 128 bytes. */
const headBytes = 4096;

/** CNN4149 for what is no array, of a type that holds no numbers, or not as long as it says. */
export async function readHeader(member: Member, path: string, name: string): Promise<ArrayHeader> {
  const bytes = await member.head(headBytes);
  if (bytes.length < 12 || bytes[0] !== 0x93) throw malformed(path, `\`${name}\` is no NumPy array, or truncated`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = bytes[6] === 1 ? 10 : 12;
  const start = at + (bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  const header = new TextDecoder().decode(bytes.subarray(at, start));
  const type = /'descr': '([^']*)'/.exec(header)?.[1] ?? 'unknown';
  const extents = /'shape': \(([^)]*)\)/.exec(header)?.[1];
  if (extents === undefined) throw malformed(path, `\`${name}\` is no NumPy array`);
  const [, order, letter, digit] = types.exec(type) ?? [];
  const size = Number(digit);
  if (!letter || (letter === 'b' && size > 1) || (letter === 'f' && size < 2)) {
    const known = 'booleans, whole numbers and floats of 16, 32 and 64 bits can be read';
    throw malformed(path, `\`${name}\` is of type ${type}; ${known}`);
  }
  const shape = (extents.match(/\d+/g) ?? []).map(Number);
  if (member.size !== start + size * sizeOf(shape)) throw malformed(path, `\`${name}\` is truncated or too long`);
  const fortran = /'fortran_order': True/.test(header) && shape.length > 1;
  return { name, shape, fortran, member, letter, bytes: size, bigEndian: order === '>', start };
}

function half(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = !exponent
    ? fraction * 2 ** -24
    : exponent === 31
      ? fraction
        ? Number.NaN
        : Number.POSITIVE_INFINITY
      : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}

/** 64 bits as two numbers of 32; of `signed` numbers the upper one counts down. */
function long(words: Uint32Array, signed: boolean): Float32Array {
  const values = new Float32Array(words.length / 2);
  for (let i = 0; i < values.length; i++) {
    const high = words[2 * i + 1]!;
    values[i] = (signed ? high | 0 : high) * 2 ** 32 + words[2 * i]!;
  }
  return values;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** The elements as they lie in the file. */
export async function readElements(header: ArrayHeader): Promise<Numbers> {
  const { member, letter, bytes: size, start, bigEndian } = header;
  const content = await member.all();
  const aligned = (content.byteOffset + start) % size === 0;
  const body = aligned ? content.subarray(start) : content.slice(start);
  if (bigEndian) swapBytes(body, size);
  const { buffer, byteOffset } = body;
  const count = body.length / size;
  const decode = (): Pixels => {
    switch (`${letter}${size}`) {
      case 'b1':
      case 'u1':
        return body;
      case 'i1':
        return Float32Array.from(new Int8Array(buffer, byteOffset, count));
      case 'u2':
        return Float32Array.from(new Uint16Array(buffer, byteOffset, count));
      case 'i2':
        return Float32Array.from(new Int16Array(buffer, byteOffset, count));
      case 'u4':
        return Float32Array.from(new Uint32Array(buffer, byteOffset, count));
      case 'i4':
        return Float32Array.from(new Int32Array(buffer, byteOffset, count));
      case 'f2':
        return Float32Array.from(new Uint16Array(buffer, byteOffset, count), half);
      case 'f4':
        return new Float32Array(buffer, byteOffset, count);
      case 'f8':
        return Float32Array.from(new Float64Array(buffer, byteOffset, count));
      default:
        return long(new Uint32Array(buffer, byteOffset, 2 * count), letter === 'i');
    }
  };
  return { values: decode(), kind: letter === 'b' ? 'boolean' : letter === 'f' ? 'real' : 'whole' };
}

/** How far apart neighbours along each axis lie. */
export function stridesOf({ shape, fortran }: Pick<ArrayHeader, 'shape' | 'fortran'>): number[] {
  return shape.map((_, axis) => sizeOf(fortran ? shape.slice(0, axis) : shape.slice(axis + 1)));
}

/** The elements in the order of the axes, each of so many steps of such a stride. */
export function reorder(values: Pixels, extents: readonly number[], strides: readonly number[]): Pixels {
  if (strides.every((stride, axis) => stride === sizeOf(extents.slice(axis + 1)))) return values;
  const result = new (values.constructor as new (length: number) => Pixels)(sizeOf(extents));
  let to = 0;
  const walk = (axis: number, from: number): void => {
    const stride = strides[axis]!;
    for (let n = 0; n < extents[axis]!; n++) {
      if (axis < extents.length - 1) walk(axis + 1, from + n * stride);
      else result[to++] = values[from + n * stride]!;
    }
  };
  walk(0, 0);
  return result;
}
