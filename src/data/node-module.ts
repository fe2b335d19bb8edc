/**
 * @file Node's modules, imported when they are needed, by a computed name, so that a trainer module loads in a browser and
 * bundlers leave it alone.
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
