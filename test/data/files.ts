/** @file Small data files, written independently of the readers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A fresh folder with these files. */
export function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const folder = temporaryFolder('cnnc-data-');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** An IDX file of bytes. */
export function idx(shape: readonly number[], data: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [i, extent] of shape.entries()) header.writeUInt32BE(extent, 4 + 4 * i);
  return Buffer.concat([header, Buffer.from(Array.from(data))]);
}

export const ramp = (length: number, start = 0) => Uint8Array.from({ length }, (_, i) => (start + i) % 256);

/** The four files of a set of 4 training and 2 test images of 3×2 pixels. */
export function tinyMnist(): Record<string, Buffer> {
  return {
    'train-images-idx3-ubyte': idx([4, 3, 2], ramp(24)),
    'train-labels-idx1-ubyte': idx([4], [3, 1, 0, 2]),
    't10k-images-idx3-ubyte': idx([2, 3, 2], ramp(12, 100)),
    't10k-labels-idx1-ubyte': idx([2], [1, 2]),
  };
}

/** A `.npy` file of version 1. */
export function npy(descr: string, shape: readonly number[], data: Uint8Array, fortran = false): Buffer {
  const tuple = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const header = `${text.padEnd(64 * Math.ceil((10 + text.length + 1) / 64) - 10 - 1)}\n`;
  const size = Buffer.alloc(2);
  size.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0]), size, Buffer.from(header), data]);
}

/** A zip archive; the local headers carry an extra field, as NumPy's do. */
export function zip(files: Readonly<Record<string, Buffer>>, deflate = false): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const body = deflate ? deflateRawSync(content) : content;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(deflate ? 8 : 0, 4);
    common.writeUInt32LE(crc32 ? crc32(content) : 0, 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const extra = Buffer.alloc(20);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), extra, body]);
    local.writeUInt16LE(extra.length, 28);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}

/** The same, as it is written where files are larger than 4 GB: all numbers of sizes and places stand in 64 bits. */
export function zip64(files: Readonly<Record<string, Buffer>>): Buffer {
  const plain = zip(files);
  const end = plain.length - 22;
  const [length, place] = [plain.readUInt32LE(end + 12), plain.readUInt32LE(end + 16)];
  const entries: Buffer[] = [];
  for (let at = place; at < place + length; ) {
    const name = plain.readUInt16LE(at + 28);
    const entry = Buffer.from(plain.subarray(at, at + 46 + name));
    const extra = Buffer.alloc(4 + 4 + 4 + 24);
    extra.set([7, 0, 4, 0, 0, 0, 0, 0, 1, 0, 24, 0]); // another extra field comes first
    for (const [k, field] of [24, 20, 42].entries()) {
      extra.writeBigUInt64LE(BigInt(entry.readUInt32LE(field)), 12 + 8 * k);
      entry.writeUInt32LE(0xffffffff, field);
    }
    entry.writeUInt16LE(extra.length, 30);
    entries.push(entry, extra);
    at += 46 + name;
  }
  const directory = Buffer.concat(entries);
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  for (const at of [24, 32]) record.writeBigUInt64LE(BigInt(Object.keys(files).length), at);
  record.writeBigUInt64LE(BigInt(directory.length), 40);
  record.writeBigUInt64LE(BigInt(place), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(place + directory.length), 8);
  locator.writeUInt32LE(1, 16);
  const last = Buffer.from(plain.subarray(end)).fill(0xff, 8, 20);
  return Buffer.concat([plain.subarray(0, place), directory, record, locator, last]);
}
