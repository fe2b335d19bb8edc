/** @file Files of data: in parts, in pieces, decompressed, never more of them in memory than is wanted. */

import { nodeModule, unreadable } from './files.ts';
import { TrainerError } from './trainer-error.ts';

/** A file at whose parts one can look. CNN4141 when it cannot be read, or is a device that never ends. */
export async function openFile(path: string): Promise<OpenFile> {
  const { open } = await nodeModule('fs/promises');
  const refuse = (error: unknown) => {
    throw unreadable(path, error);
  };
  const file = await open(path).catch(refuse);
  const status = await file.stat();
  const close = () => file.close();
  if (!status.isFile()) {
    await close();
    refuse({ code: status.isDirectory() ? 'EISDIR' : 'is no regular file' });
  }
  const read = async (at: number, length: number) => {
    const bytes = new Uint8Array(Math.max(Math.min(length, status.size - at), 0));
    for (let filled = 0; filled < bytes.length; ) {
      // Node reads at most 2 GB at once.
      const { bytesRead } = await file
        .read(bytes, filled, Math.min(bytes.length - filled, 2 ** 30), at + filled)
        .catch(refuse);
      if (!bytesRead) return bytes.subarray(0, filled);
      filled += bytesRead;
    }
    return bytes;
  };
  return { size: status.size, read, close };
}

export interface OpenFile {
  readonly size: number;
  /** Fewer bytes than asked for where the file ends. */
  read(at: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export async function isFolder(path: string): Promise<boolean> {
  const { stat } = await nodeModule('fs/promises');
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** The names of the files in a folder, sorted. CNN4141 when it cannot be read. */
export async function listFolder(path: string): Promise<string[]> {
  const { readdir } = await nodeModule('fs/promises');
  const names = await readdir(path).catch((error) => {
    throw unreadable(path, error);
  });
  return names.sort();
}

function damaged(path: string, error: unknown): TrainerError {
  const detail = error instanceof Error ? error.message : error;
  return new TrainerError('CNN4143', `\`${path}\` is truncated or damaged (${detail})`, 'fetch the file again');
}

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

/** Bytes that one byte of deflated data can stand for, at most. */
const MOST_DEFLATED = 1032;

/**
 * The bytes of a file, decompressed; as many as its first `header` bytes say, and one more where there are more. Fewer where
 * it ends before. What is held in memory is what has been read, whatever a header promises. CNN4143 for a promise that the
 * file cannot keep: then nothing more is read of it.
 */
export async function readUpTo(
  path: string,
  header: number,
  lengthOf: (head: Uint8Array) => number,
): Promise<Uint8Array> {
  const { stat } = await nodeModule('fs/promises');
  const { size } = await stat(path).catch(() => ({ size: Number.POSITIVE_INFINITY }));
  let bytes = new Uint8Array(header);
  let filled = 0;
  let wanted = header ? undefined : lengthOf(bytes) + 1;
  for await (const piece of readPieces(path)) {
    const most = wanted ?? Number.POSITIVE_INFINITY;
    const length = Math.min(piece.length, most - filled);
    if (filled + length > bytes.length) {
      const grown = new Uint8Array(Math.min(Math.max(2 * bytes.length, filled + length), most));
      grown.set(bytes);
      bytes = grown;
    }
    bytes.set(piece.subarray(0, length), filled);
    filled += length;
    wanted ??= filled >= header ? lengthOf(bytes.subarray(0, header)) + 1 : undefined;
    if (header && wanted! > (size + 1) * MOST_DEFLATED)
      throw damaged(path, `its header promises ${wanted! - 1} bytes, and ${size} are there`);
    if (filled >= wanted!) break;
  }
  return bytes.subarray(0, Math.min(filled, wanted ?? filled));
}
