/** @file Files of data, in parts: never more of them in memory than is wanted. */

import { damaged, unreadable } from './files.ts';
import { nodeModule } from './node-module.ts';
import { readPieces } from './unpack.ts';

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
