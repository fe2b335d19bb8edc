/**
 * @file safetensors: the length of the header as 64 bits little endian, a JSON header `{name: {dtype, shape,
 * data_offsets}}`, then the tensors' bytes. Source: https://github.com/huggingface/safetensors
 */

import { shortened } from '../common/printable.ts';
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

/** As the reference reader has it. */
const LONGEST_HEADER = 100_000_000;

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
  if (length > LONGEST_HEADER) throw malformed(`its header has ${length} bytes, more than ${LONGEST_HEADER}`);
  const [header, entries] = parseHeader(bytes.subarray(8, 8 + length));
  if (typeof header !== 'object' || !header || Array.isArray(header))
    throw malformed('the header is not a JSON object');
  // A name that occurs twice is there once when JSON has been read.
  if (entries !== Object.values(header).filter((entry) => Object.hasOwn(Object(entry), 'data_offsets')).length)
    throw malformed('a name occurs twice');
  return { header: header as Record<string, unknown>, body: bytes.subarray(8 + length) };
}

/** What the JSON says, and how many places it has for a tensor; within a text quotes are escaped. */
function parseHeader(bytes: Uint8Array): [header: unknown, entries: number] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return [JSON.parse(text), text.match(/"data_offsets"\s*:\s*\[/g)?.length ?? 0];
  } catch {
    return [undefined, 0];
  }
}

function quote(name: string): string {
  return `\`${shortened(name, 60)}\``;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readTensor(name: string, entry: unknown, body: Uint8Array): Tensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const described = typeof dtype === 'string' && Array.isArray(shape) && shape.every(isCount);
  if (!described || !Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw malformed(`the entry of ${quote(name)} is incomplete`);
  }
  const [start, end] = offsets as [number, number];
  const size = typeBytes[dtype as string];
  if (start > end || end > body.length)
    throw malformed(`${quote(name)} lies at bytes ${start} to ${end} of ${body.length}`);
  if (size && end - start !== size * sizeOf(shape))
    throw malformed(`${quote(name)} has ${end - start} bytes, its shape needs ${size * sizeOf(shape)}`);
  return { dtype: dtype as string, shape, bytes: body.subarray(start, end) };
}

/**
 * Reads the table of contents; the tensors stay views of `bytes`. CNN4120 for anything that is not whole: the tensors must
 * lie one after the other and fill the file.
 */
export function parseSafetensors(bytes: Uint8Array): TensorFile {
  const { header, body } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(entries)) tensors.set(name, readTensor(name, entry, body));
  const start = body.byteOffset;
  let end = start;
  for (const [name, { bytes }] of [...tensors].sort(
    ([, a], [, b]) => a.bytes.byteOffset - b.bytes.byteOffset || a.bytes.length - b.bytes.length,
  )) {
    if (bytes.byteOffset !== end)
      throw malformed(`${quote(name)} begins at byte ${bytes.byteOffset - start}, not ${end - start}`);
    end += bytes.length;
  }
  if (end !== start + body.length)
    throw malformed(`its tensors have ${end - start} bytes, the file has ${body.length}`);
  if (!isTextRecord(metadata)) throw malformed('its metadata are no texts');
  return { tensors, metadata };
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
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
  throw new TrainerError('CNN4122', `${quote(name)} is stored as ${quote(dtype)}`, 'store it as F32, F64, F16 or BF16');
}

/** Writes F32 tensors in the order given; the header is padded so that they are aligned to 8 bytes. */
export function writeSafetensors(
  tensors: readonly { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array }[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
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
