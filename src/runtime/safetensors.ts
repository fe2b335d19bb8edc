/**
 * @file safetensors: the length of the header as 64 bits little endian, a JSON header `{name: {dtype, shape,
 * data_offsets}}`, then the tensors' bytes. Source: https://github.com/huggingface/safetensors
 */

import { shortened } from '../common/printable.ts';
import { sizeOf } from '../data/dataset.ts';
import { refuse, TrainerError } from '../data/trainer-error.ts';

/** One tensor of a file: a view of its bytes is made when it is asked for, as a file may have very many. */
export interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** In the body. */
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

export interface TensorFile {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** As the reference reader has it. */
const LONGEST_HEADER = 100_000_000;

/** Far more than networks have; that many are read in a second. */
const MOST_TENSORS = 100_000;

const typeBytes: Readonly<Record<string, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

function malformed(what: string): never {
  refuse('CNN4120', `this is no whole safetensors file: ${what}`, 'save it again, or convert it to safetensors');
}

function readHeader(bytes: Uint8Array): { header: Map<string, Entry>; body: Uint8Array } {
  const { length } = bytes;
  if (length < 8) malformed(`${length} bytes are too few`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = 8 + view.getUint32(0, true) + 0x100000000 * view.getUint32(4, true);
  if (end > length) malformed(`the header should end at byte ${end} of ${length}`);
  if (end > LONGEST_HEADER) malformed(`its header has more than ${LONGEST_HEADER} bytes`);
  return { header: parseHeader(bytes.subarray(8, end)), body: bytes.subarray(end) };
}

type Entry = Readonly<Record<string, unknown>>;

/** A name and an object that holds no other, and what follows. */
const MEMBER = /\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:\s*(\{[^{}"]*(?:"[^"\\]*(?:\\.[^"\\]*)*"[^{}"]*)*\})\s*([,}])/y;

/**
 * The JSON of a header, member by member: as one object, many names would take seconds, and a name that occurs twice
 * would be there once.
 */
function parseHeader(bytes: Uint8Array): Map<string, Entry> {
  const header = new Map<string, Entry>();
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
    if (/^\{\s*\}$/.test(text)) return header;
    let after = text[0] === '{' ? ',' : '';
    for (MEMBER.lastIndex = 1; after === ','; ) {
      const [, name, entry, next] = MEMBER.exec(text)!;
      const key = JSON.parse(name!);
      if (header.has(key)) malformed('a name occurs twice');
      if (header.size > MOST_TENSORS) malformed(`it names more than ${MOST_TENSORS} tensors`);
      header.set(key, JSON.parse(entry!));
      after = next!;
    }
    if (after === '}' && MEMBER.lastIndex === text.length) return header;
  } catch (error) {
    if (error instanceof TrainerError) throw error;
  }
  malformed('the header is not a JSON object of tensors');
}

export function quote(name: unknown): string {
  return `\`${shortened(String(name), 60)}\``;
}

function areCounts(values: unknown): values is number[] {
  return Array.isArray(values) && values.every((value) => Number.isSafeInteger(value) && value >= 0);
}

function readTensor(name: string, { dtype, shape, data_offsets: offsets }: Entry, body: Uint8Array): Tensor {
  if (typeof dtype !== 'string' || !areCounts(shape) || !areCounts(offsets) || offsets.length !== 2)
    malformed(`the entry of ${quote(name)} is incomplete`);
  const [start, end] = offsets as [number, number];
  const needed = typeBytes[dtype]! * sizeOf(shape);
  if (start > end || end > body.length) malformed(`${quote(name)} lies at bytes ${start} to ${end} of ${body.length}`);
  if (needed !== end - start && needed >= 0)
    malformed(`${quote(name)} has ${end - start} bytes, its shape needs ${needed}`);
  return {
    dtype,
    shape,
    start,
    end,
    get bytes() {
      return body.subarray(start, end);
    },
  };
}

/** CNN4120 unless the tensors lie one after the other and fill the file. */
function checkPlaces(tensors: ReadonlyMap<string, Tensor>, length: number): void {
  let end = 0;
  for (const [name, tensor] of [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (tensor.start !== end) malformed(`${quote(name)} begins at byte ${tensor.start}, not ${end}`);
    end = tensor.end;
  }
  if (end !== length) malformed(`its tensors have ${end} bytes, the file has ${length}`);
}

/**
 * Reads the table of contents; the tensors stay views of `bytes`. CNN4120 for anything that is not whole: the tensors must
 * lie one after the other and fill the file.
 */
export function parseSafetensors(bytes: Uint8Array): TensorFile {
  const { header, body } = readHeader(bytes);
  const metadata = header.get('__metadata__') ?? {};
  header.delete('__metadata__');
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of header) tensors.set(name, readTensor(name, entry, body));
  checkPlaces(tensors, body.length);
  if (!isTextRecord(metadata)) malformed('its metadata are no texts');
  return { tensors, metadata };
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return Object(value) === value && Object.values(value as object).every((text) => typeof text === 'string');
}

/** IEEE 754 half precision. */
export function halfToFloat(bits: number): number {
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
  refuse('CNN4122', `${quote(name)} is stored as ${quote(dtype)}`, 'store it as F32, F64, F16 or BF16');
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
