/**
 * @file safetensors: the length of the header as 64 bits little endian, a JSON header `{name: {dtype, shape,
 * data_offsets}}`, then the tensors' bytes. Source: https://github.com/huggingface/safetensors
 */

import { sizeOf } from '../data/dataset.ts';
import { TrainerError } from '../data/trainer-error.ts';

export interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface TensorFile {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const typeBytes: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

function malformed(what: string): TrainerError {
  return new TrainerError(
    'CNN4120',
    `this is no whole safetensors file: ${what}`,
    'save it again, or convert it to safetensors',
  );
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; body: Uint8Array } {
  if (bytes.length < 8) throw malformed(`${bytes.length} bytes are too few`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint32(0, true) + 0x100000000 * view.getUint32(4, true);
  if (length > bytes.length - 8)
    throw malformed(`the header should have ${length} bytes, the file has ${bytes.length}`);
  try {
    const header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
    if (typeof header === 'object' && header && !Array.isArray(header))
      return { header, body: bytes.subarray(8 + length) };
  } catch {}
  throw malformed('the header is not a JSON object');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readTensor(name: string, entry: unknown, body: Uint8Array): Tensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const described = typeof dtype === 'string' && Array.isArray(shape) && shape.every(isCount);
  if (!described || !Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw malformed(`the entry of \`${name}\` is incomplete`);
  }
  const [start, end] = offsets as [number, number];
  const size = typeBytes[dtype as string];
  if (start > end || end > body.length)
    throw malformed(`\`${name}\` lies at bytes ${start} to ${end} of ${body.length}`);
  if (size && end - start !== size * sizeOf(shape))
    throw malformed(`\`${name}\` has ${end - start} bytes, its shape needs ${size * sizeOf(shape)}`);
  return { dtype: dtype as string, shape, bytes: body.subarray(start, end) };
}

/** Reads the table of contents; the tensors stay views of `bytes`. CNN4120 for anything that is not whole. */
export function parseSafetensors(bytes: Uint8Array): TensorFile {
  const { header, body } = readHeader(bytes);
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.set(name, readTensor(name, entry, body));
  }
  return { tensors, metadata: (header.__metadata__ ?? {}) as Record<string, string> };
}

/** IEEE 754 half precision. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

/** The upper half of a float. */
function brainToFloat(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
}

/** The values of a tensor. CNN4122 for a type that is not a float. */
export function tensorValues(name: string, { dtype, bytes }: Tensor): Float32Array {
  const { buffer } = new Uint8Array(bytes); // a copy of its own is aligned; `slice` of a Buffer would be none
  if (dtype === 'F32') return new Float32Array(buffer);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(buffer));
  if (dtype === 'F16') return Float32Array.from(new Uint16Array(buffer), halfToFloat);
  if (dtype === 'BF16') return Float32Array.from(new Uint16Array(buffer), brainToFloat);
  throw new TrainerError('CNN4122', `\`${name}\` is stored as ${dtype}`, 'store it as F32, F64, F16 or BF16');
}

/** Writes F32 tensors in the order given; the header is padded so that they are aligned to 8 bytes. */
export function writeSafetensors(
  tensors: readonly { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array }[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let length = 0;
  for (const { name, shape, data } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [length, (length += data.byteLength)] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + length).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setUint32(0, headerLength, true);
  bytes.set(json, 8);
  let at = 8 + headerLength;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
