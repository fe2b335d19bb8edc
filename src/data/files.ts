/**
 * @file Files and compression. Node's modules are imported when they are needed, by a computed name, so that a trainer
 * module loads in a browser and bundlers leave it alone.
 */

import { TrainerError } from './trainer-error.ts';

interface NodeModules {
  fs: typeof import('node:fs');
  'fs/promises': typeof import('node:fs/promises');
  os: typeof import('node:os');
  path: typeof import('node:path');
  stream: typeof import('node:stream');
  url: typeof import('node:url');
  util: typeof import('node:util');
  worker_threads: typeof import('node:worker_threads');
  zlib: typeof import('node:zlib');
}

export async function nodeModule<Name extends keyof NodeModules>(name: Name): Promise<NodeModules[Name]> {
  try {
    return await import(/* @vite-ignore */ `node:${name}`);
  } catch {
    throw new TrainerError('CNN4147', 'this place has no files', 'use `digits`, or pass the data as arrays to `fit`');
  }
}

const reasons: Record<string, string> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be accessed',
  EPERM: 'may not be accessed',
  EISDIR: 'is a folder',
  ENOTDIR: 'has a file where its path needs a folder',
  EEXIST: 'has a file where its path needs a folder',
  EROFS: 'is on a file system that is read-only',
  ENOSPC: 'has no space left on its disk',
  ENAMETOOLONG: 'has a name that is too long',
};

/** What an error of the file system says about a file. */
export function because(error: unknown): string {
  const code = (error as { code?: string }).code ?? '';
  return reasons[code] ?? `gave the error ${code || error}`;
}

export function unreadable(path: string, error: unknown): TrainerError {
  return new TrainerError(
    'CNN4141',
    `\`${path}\` ${because(error)}`,
    'check the path, which is relative to the current folder',
  );
}

/** The bytes of a file. CNN4141 when it cannot be read. */
export async function readBytes(path: string): Promise<Uint8Array> {
  const { readFile } = await nodeModule('fs/promises');
  const bytes = await readFile(path).catch((error) => {
    throw unreadable(path, error);
  });
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
