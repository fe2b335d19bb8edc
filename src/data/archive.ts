/** @file The members of a zip archive, or the files of a folder. Source: PKWARE's APPNOTE 4.3, Zip64 included. */

import { isFolder, listFolder, type OpenFile, openFile } from './read-files.ts';
import { TrainerError } from './trainer-error.ts';
import { inflate } from './unpack.ts';

export interface Member {
  readonly size: number;
  /** The first bytes, at least `length` unless it is shorter or packed tightly. */
  head(length: number): Promise<Uint8Array>;
  /** Everything. CNN4143 when it is damaged. */
  all(): Promise<Uint8Array>;
}

export interface Archive {
  readonly members: ReadonlyMap<string, Member>;
  close(): Promise<unknown>;
}

export function malformed(path: string, what: string): TrainerError {
  return new TrainerError(
    'CNN4149',
    `\`${path}\`: ${what}`,
    'write it with numpy.savez(file, x_train=, y_train=, x_test=, y_test=)',
  );
}

const crcTable = Int32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ crcTable[(crc ^ bytes[i]!) & 255]!;
  return ~crc >>> 0;
}

const stored = 0;
const deflated = 8;

/** Where a number has no room in its field: it stands in 64 bits elsewhere. */
const elsewhere = 0xffffffff;

function readLong(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** Size, packed size and place of an entry: in their fields, or those that are too large in the extra field of Zip64. */
function extentOf(entry: DataView): { size: number; packed: number; local: number } {
  const fields = [24, 20, 42].map((at) => entry.getUint32(at, true));
  let at = 46 + entry.getUint16(28, true);
  const end = at + entry.getUint16(30, true);
  while (at < end && entry.getUint16(at, true) !== 1) at += 4 + entry.getUint16(at + 2, true);
  at += 4;
  const [size, packed, local] = fields.map((field) => {
    if (field !== elsewhere) return field;
    if (at + 8 > end) throw new RangeError('a number of 64 bits is missing');
    at += 8;
    return readLong(entry, at - 8);
  });
  return { size: size!, packed: packed!, local: local! };
}

/** The member that an entry of the directory describes. */
function memberOf(file: OpenFile, entry: DataView, path: string, name: string): Member {
  const method = entry.getUint16(10, true);
  const sum = entry.getUint32(16, true);
  if ((method !== stored && method !== deflated) || entry.getUint16(8, true) & 1)
    throw malformed(path, `\`${name}\` is encrypted, or compressed by another method than deflate`);
  const { size, packed, local } = extentOf(entry);
  // No byte of deflated data stands for more.
  if (size > 1032 * (packed + 1)) throw malformed(path, `\`${name}\` promises more than it can hold`);
  const read = async (length: number) => {
    const head = await file.read(local, 30);
    if (head.length < 30) throw malformed(path, `\`${name}\` is truncated`);
    const view = new DataView(head.buffer);
    return file.read(local + 30 + view.getUint16(26, true) + view.getUint16(28, true), Math.min(length, packed));
  };
  return {
    size,
    head: async (length) => {
      const bytes = await read(length);
      return method === stored ? bytes : inflate(bytes, length, false, path);
    },
    all: async () => {
      const bytes = await read(packed);
      const content = method === stored ? bytes : await inflate(bytes, size, true, path);
      if (content.length === size && crc32(content) === sum) return content;
      const problem = `\`${name}\` in \`${path}\` is damaged: its checksum is wrong`;
      throw new TrainerError('CNN4143', problem, 'fetch or write the file again');
    },
  };
}

interface DirectoryPlace {
  readonly place: number;
  readonly length: number;
  readonly count: number;
}

/** What the record at the end says; before that of Zip64 stands where another one is, which has more room. */
async function findDirectory(file: OpenFile, tail: DataView, end: number): Promise<DirectoryPlace> {
  const [length, place, count] = [
    tail.getUint32(end + 12, true),
    tail.getUint32(end + 16, true),
    tail.getUint16(end + 10, true),
  ];
  const locator = end - 20;
  const isLong = locator >= 0 && tail.getUint32(locator, true) === 0x07064b50;
  if (!isLong) return { place, length, count };
  const record = await file.read(readLong(tail, locator + 8), 56);
  const view = new DataView(record.buffer, record.byteOffset, record.length);
  if (view.getUint32(0, true) !== 0x06064b50) throw new RangeError('no record of Zip64');
  return { place: readLong(view, 48), length: readLong(view, 40), count: readLong(view, 32) };
}

/** By the central directory at the end. */
async function readDirectory(file: OpenFile, path: string): Promise<Map<string, Member>> {
  // The record at the end is followed by a comment of at most 64 KB.
  const tail = await file.read(Math.max(file.size - 65557, 0), 65557);
  const view = new DataView(tail.buffer, 0, tail.length);
  let end = tail.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) {
    const what = String.fromCharCode(...tail.subarray(1, 6)) === 'NUMPY' ? 'it is one array; put it into a folder' : '';
    throw malformed(path, what || 'it is no zip archive, or it is truncated');
  }
  const { place, length: bytes, count } = await findDirectory(file, view, end);
  const directory = await file.read(place, bytes);
  const members = new Map<string, Member>();
  let at = 0;
  for (let left = count; left > 0; left--) {
    const entry = new DataView(directory.buffer, at);
    const length = entry.getUint16(28, true);
    const name = new TextDecoder().decode(directory.subarray(at + 46, at + 46 + length));
    if (members.has(name)) throw malformed(path, `it has \`${name}\` twice`);
    members.set(name, memberOf(file, entry, path, name));
    at += 46 + length + entry.getUint16(30, true) + entry.getUint16(32, true);
  }
  return members;
}

async function openFolder(path: string): Promise<Archive> {
  const names = (await listFolder(path)).filter((name) => name.endsWith('.npy'));
  const files = await Promise.all(names.map((name) => openFile(`${path}/${name}`)));
  const members = files.map(({ size, read }, i): [string, Member] => [
    names[i]!,
    { size, head: (length) => read(0, length), all: () => read(0, size) },
  ]);
  return { members: new Map(members), close: () => Promise.all(files.map((file) => file.close())) };
}

/** A zip archive, or a folder with the files that it would hold. Throws CNN4141, CNN4149. */
export async function openArchive(path: string): Promise<Archive> {
  if (await isFolder(path)) return openFolder(path);
  const file = await openFile(path);
  try {
    return { members: await readDirectory(file, path), close: file.close };
  } catch (error) {
    await file.close();
    throw error instanceof RangeError ? malformed(path, 'its directory is damaged') : error;
  }
}
