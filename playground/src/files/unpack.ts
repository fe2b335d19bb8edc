/** @file What is compressed, unpacked by the browser. Takes the place of `src/data/unpack.ts`. */

import { damaged, unreadable } from '../../../src/data/files.ts';
import { fileAt } from './file-system.ts';

type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

async function* piecesOf(stream: Bytes): AsyncGenerator<Uint8Array, void, void> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

/** Of a deflated part of a file, the first bytes, or all of `length`. CNN4143 when it is damaged or holds more. */
export async function inflate(bytes: Uint8Array, length: number, whole: boolean, path: string): Promise<Uint8Array> {
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream() as Bytes;
  const found = new Uint8Array(length);
  let filled = 0;
  try {
    for await (const piece of piecesOf(packed.pipeThrough(new DecompressionStream('deflate-raw')))) {
      if (whole && filled + piece.length > length) throw new Error('it holds more than it says');
      found.set(piece.subarray(0, length - filled), filled);
      filled = Math.min(length, filled + piece.length);
      if (!whole && filled === length) break;
    }
  } catch (error) {
    if (whole) throw damaged(path, error);
  }
  return found.subarray(0, filled);
}

/** The bytes of a file piece by piece, decompressed when they begin as gzip does, whatever the file is called. */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array, void, void> {
  let file: File;
  try {
    file = fileAt(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const plain = file.stream() as Bytes;
  const isPacked = first === 0x1f && second === 0x8b;
  try {
    yield* piecesOf(isPacked ? plain.pipeThrough(new DecompressionStream('gzip')) : plain);
  } catch (error) {
    throw isPacked ? damaged(path, error) : unreadable(path, error);
  }
}
