/** @file What is compressed, unpacked: parts of archives, and files piece by piece. */

import { damaged, unreadable } from './files.ts';
import { nodeModule } from './node-module.ts';
import { TrainerError } from './trainer-error.ts';

/** Of a deflated part of a file, the first bytes, or all of `length`. CNN4143 when it is damaged or holds more. */
export async function inflate(bytes: Uint8Array, length: number, whole: boolean, path: string): Promise<Uint8Array> {
  const { inflateRawSync, constants } = await nodeModule('zlib');
  try {
    // A buffer of just this size is not copied.
    const sizes = { maxOutputLength: Math.max(length, 1), chunkSize: Math.max(length, 64) };
    const part = { finishFlush: constants.Z_SYNC_FLUSH };
    const found = inflateRawSync(bytes, whole ? sizes : part);
    return new Uint8Array(found.buffer, found.byteOffset, found.length);
  } catch (error) {
    throw damaged(path, error);
  }
}

/** The bytes of a file piece by piece, decompressed when they begin as gzip does, whatever the file is called. */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array, void, void> {
  const { createReadStream } = await nodeModule('fs');
  const { createGunzip } = await nodeModule('zlib');
  const source = createReadStream(path, { highWaterMark: 2 ** 18 });
  const pieces: AsyncIterator<Uint8Array> = source[Symbol.asyncIterator]();
  const next = () =>
    pieces.next().catch((error) => {
      throw unreadable(path, error);
    });
  let { value: piece, done } = await next();
  const gunzip = piece?.[0] === 0x1f && piece[1] === 0x8b ? createGunzip({ chunkSize: 2 ** 18 }) : undefined;
  try {
    if (!gunzip) {
      for (; !done; { value: piece, done } = await next()) yield piece!;
      return;
    }
    const { Readable } = await nodeModule('stream');
    const compressed = Readable.from(
      (async function* () {
        for (; !done; { value: piece, done } = await next()) yield piece;
      })(),
    );
    compressed.on('error', (error) => gunzip.destroy(error));
    try {
      for await (const bytes of compressed.pipe(gunzip)) yield bytes;
    } catch (error) {
      throw error instanceof TrainerError ? error : damaged(path, error);
    }
  } finally {
    source.destroy();
  }
}
