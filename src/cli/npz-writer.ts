/** @file NumPy's archives, written: members that are stored, not compressed. Sources: numpy.lib.format; PKWARE's APPNOTE 4.3. */
import { crc32 } from 'node:zlib';

export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const encode = (text: string) => new TextEncoder().encode(text);

/** Elements begin at a multiple of this. */
const ALIGNMENT = 64;

function npyOf({ shape, data }: NamedArray): Uint8Array {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${extents}), }`;
  const length = Math.ceil((10 + header.length + 1) / ALIGNMENT) * ALIGNMENT;
  const text = encode(`\x00NUMPY\x01\x00\x00\x00${header.padEnd(length - 11)}\n`);
  text[0] = 0x93;
  new DataView(text.buffer).setUint16(8, length - 10, true);
  return concat([text, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Numbers of two and four bytes, little endian. */
function record(values: readonly (readonly [bytes: 2 | 4, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

const VERSION = 20;
/** The first day that the format knows: files are the same whenever they are written. */
const DATE = (1 << 5) | 1;
/** Names are UTF-8. */
const FLAGS = 1 << 11;

/** The archive that `numpy.load` reads, with one float array for each name. */
export function writeNpz(arrays: readonly NamedArray[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const array of arrays) {
    const name = encode(`${array.name}.npy`);
    const content = npyOf(array);
    const common = [
      ...([
        [2, FLAGS],
        [2, 0],
        [2, 0],
        [2, DATE],
        [4, crc32(content)],
      ] as const),
      ...([
        [4, content.length],
        [4, content.length],
        [2, name.length],
        [2, 0],
      ] as const),
    ];
    const local = [record([[4, 0x04034b50], [2, VERSION], ...common]), name, content];
    const place = [
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, offset],
    ] as const;
    directory.push(record([[4, 0x02014b50], [2, VERSION], [2, VERSION], ...common, ...place]), name);
    parts.push(...local);
    offset += local.reduce((sum, { length }) => sum + length, 0);
  }
  const listed = concat(directory);
  const counts = [
    [2, 0],
    [2, 0],
    [2, arrays.length],
    [2, arrays.length],
  ] as const;
  const end = record([[4, 0x06054b50], ...counts, [4, listed.length], [4, offset], [2, 0]]);
  return concat([...parts, listed, end]);
}
