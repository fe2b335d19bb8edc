/** @file Files that are read whole, and what is said of those that cannot be read. */

import { nodeModule } from './node-module.ts';
import { TrainerError } from './trainer-error.ts';

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

export function damaged(path: string, error: unknown): TrainerError {
  const detail = error instanceof Error ? error.message : error;
  return new TrainerError('CNN4143', `\`${path}\` is truncated or damaged (${detail})`, 'fetch the file again');
}
