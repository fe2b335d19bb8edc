/**
 * @file safetensors: the length of the header as 64 bits little endian, a JSON header `{name: {dtype, shape,
 * data_offsets}}`, then the tensors' bytes. Source: https://github.com/huggingface/safetensors
 */

import { shortened } from '../common/printable.ts';
import { sizeOf } from '../data/dataset.ts';
import { TrainerError } from '../data/trainer-error.ts';

/** One tensor of a file: a view of its bytes is made when it is asked for, as a file may have very many. */
export class Tensor {
  constructor(
    readonly dtype: string,
    readonly shape: readonly number[],
    readonly body: Uint8Array,
    /** In the body. */
    readonly start: number,
    readonly end: number,
  ) {}

  get bytes(): Uint8Array {
    return this.body.subarray(this.start, this.end);
  }
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

function malformed(what: string): TrainerError {
  return new TrainerError(
    'CNN4120',
    `this is no whole safetensors file: ${what}`,
    'save it again, or convert it to safetensors',
  );
}

function readHeader(bytes: Uint8Array): { header: Map<string, Entry>; body: Uint8Array } {
  if (bytes.length < 8) throw malformed(`${bytes.length} bytes are too few`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint32(0, true) + 0x100000000 * view.getUint32(4, true);
  if (length > bytes.length - 8)
    throw malformed(`the header should have ${length} bytes, the file has ${bytes.length}`);
  if (length > LONGEST_HEADER) throw malformed(`its header has ${length} bytes, more than ${LONGEST_HEADER}`);
  return { header: parseHeader(bytes.subarray(8, 8 + length)), body: bytes.subarray(8 + length) };
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
      if (header.has(key)) throw malformed('a name occurs twice');
      if (header.size > MOST_TENSORS) throw malformed(`it names more than ${MOST_TENSORS} tensors`);
      header.set(key, JSON.parse(entry!));
      after = next!;
    }
    if (after === '}' && MEMBER.lastIndex === text.length) return header;
  } catch (error) {
    if (error instanceof TrainerError) throw error;
  }
  throw malformed('the header is not a JSON object of tensors');
}

function quote(name: string): string {
  return `\`${shortened(name, 60)}\``;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readTensor(name: string, { dtype, shape, data_offsets: offsets }: Entry, body: Uint8Array): Tensor {
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
  return new Tensor(dtype as string, shape, body, start, end);
}

/** CNN4120 unless the tensors lie one after the other and fill the file. */
function checkPlaces(tensors: ReadonlyMap<string, Tensor>, length: number): void {
  let end = 0;
  let inOrder = true;
  for (const tensor of tensors.values()) {
    inOrder &&= tensor.start === end;
    end = tensor.end;
  }
  if (inOrder && end === length) return;
  end = 0;
  const byPlace = [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  for (const [name, tensor] of byPlace) {
    if (tensor.start !== end) throw malformed(`${quote(name)} begins at byte ${tensor.start}, not ${end}`);
    end = tensor.end;
  }
  if (end !== length) throw malformed(`its tensors have ${end} bytes, the file has ${length}`);
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
  if (!isTextRecord(metadata)) throw malformed('its metadata are no texts');
  return { tensors, metadata };
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
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
