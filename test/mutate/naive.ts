/** @file Readers as short as can be, which believe what they read: what a file says, if it says anything. */
import { crc32, gunzipSync, inflateSync } from 'node:zlib';
import { unzipSync } from 'fflate';

const unpacked = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;

/** The elements of an IDX file of bytes. */
export function idxElements(file: Uint8Array): number[] {
  const bytes = unpacked(file);
  return [...bytes.subarray(4 + 4 * bytes[3]!)];
}

/** Labels and pixels of CIFAR-10. */
export function cifarRecords(file: Uint8Array): { labels: number[]; pixels: number[] } {
  const bytes = [...unpacked(file)];
  const starts = Array.from({ length: bytes.length / 3073 }, (_, k) => 3073 * k);
  return {
    labels: starts.map((at) => bytes[at]!),
    pixels: starts.flatMap((at) => bytes.slice(at + 1, at + 3073)),
  };
}

/** The elements of a `.npy` file of version 1 in its own order: of bytes, or of floats of 32 bits. */
export function npyElements(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = 10 + view.getUint16(8, true);
  const header = new TextDecoder('latin1').decode(bytes.subarray(10, start));
  const type = /'descr'\s*:\s*'(.)(\w)(\d)'/.exec(header)!;
  const count = [.../'shape'\s*:\s*\(([^)]*)\)/.exec(header)![1]!.matchAll(/\d+/g)].reduce(
    (all, [n]) => all * Number(n),
    1,
  );
  const little = type[1] !== '>';
  const read = (k: number): number => {
    const at = start + Number(type[3]) * k;
    const readers: Record<string, () => number | bigint> = {
      u1: () => view.getUint8(at),
      b1: () => view.getUint8(at),
      i1: () => view.getInt8(at),
      u2: () => view.getUint16(at, little),
      i2: () => view.getInt16(at, little),
      u4: () => view.getUint32(at, little),
      i4: () => view.getInt32(at, little),
      u8: () => view.getBigUint64(at, little),
      i8: () => view.getBigInt64(at, little),
      f4: () => view.getFloat32(at, little),
      f8: () => view.getFloat64(at, little),
    };
    return Number(readers[type[2]! + type[3]!]!());
  };
  return Array.from({ length: count }, (_, k) => read(k));
}

/** By another unpacker, which looks at no checksum. */
export const zipMembers = (bytes: Uint8Array): Record<string, Uint8Array> => unzipSync(bytes);

/** Numbers of a table, line by line. */
export function csvNumbers(bytes: Uint8Array): number[] {
  const lines = new TextDecoder()
    .decode(unpacked(bytes))
    .split(/\r?\n/)
    .filter((line) => line.trim());
  return lines.flatMap((line) => line.split(',').map((field) => Number(field.replaceAll('"', ''))));
}

/** Tensors of 32-bit floats by name. */
export function tensorsOf(bytes: Uint8Array): Map<string, number[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = Number(view.getBigUint64(0, true));
  const header: Record<string, { data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + length)),
  );
  const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return new Map(
    tensors.map(
      ([
        name,
        {
          data_offsets: [start, end],
        },
      ]) => {
        const values = Array.from({ length: (end - start) / 4 }, (_, k) =>
          view.getFloat32(8 + length + start + 4 * k, true),
        );
        return [name, values];
      },
    ),
  );
}

/** Pixel after pixel of a PNG of 8-bit RGB; nothing for other kinds. Throws where a part that counts is damaged. */
export function pngPixels(bytes: Uint8Array): { width: number; height: number; pixels: Uint8Array } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const packed: Uint8Array[] = [];
  let header: Uint8Array | undefined;
  // What counts is there even if the end of the file is not.
  for (let at = 8; at + 12 <= bytes.length; ) {
    const [length, name] = [view.getUint32(at), new TextDecoder('latin1').decode(bytes.subarray(at + 4, at + 8))];
    const body = bytes.subarray(at + 8, at + 8 + length);
    // Behind the pixels nothing counts, however damaged.
    if (name !== 'IHDR' && name !== 'IDAT' && packed.length > 0) break;
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      throw new Error(`damaged ${name}`);
    if (name === 'IHDR') header = body;
    else if (name === 'IDAT') packed.push(body);
    else return undefined;
    at += 12 + length;
  }
  const [width, height] = [0, 4].map((at) => new DataView(header!.buffer, header!.byteOffset).getUint32(at)) as [
    number,
    number,
  ];
  if (header!.subarray(8).join() !== '8,2,0,0,0') return undefined;
  return { width, height, pixels: unfiltered(inflateSync(Buffer.concat(packed)), width, height) };
}

function unfiltered(lines: Uint8Array, width: number, height: number): Uint8Array {
  const row = 3 * width;
  const pixels = new Uint8Array(row * height);
  const at = (y: number, x: number) => (y < 0 || x < 0 ? 0 : pixels[y * row + x]!);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < row; x++) {
      const [a, b, c] = [at(y, x - 3), at(y - 1, x), at(y - 1, x - 3)];
      const [pa, pb, pc] = [b - c, a - c, a + b - 2 * c].map(Math.abs) as [number, number, number];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      const guess = [0, a, b, (a + b) >> 1, paeth][lines[y * (row + 1)]!]!;
      pixels[y * row + x] = lines[y * (row + 1) + 1 + x]! + guess;
    }
  return pixels;
}
