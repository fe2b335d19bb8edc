/**
 * @file The files that a person gives to the page, as a file system that is only read: the readers of the command line read
 * them as they read a disk. Takes the place of `src/data/node-module.ts`.
 */

import { TrainerError } from '../../../src/data/trainer-error.ts';

/** A file, and where it lay: `/pictures/cats/1.png`. */
export interface GivenFile {
  readonly path: string;
  readonly file: File;
}

const given = new Map<string, File>();

/** From now on these files are there, and no others. */
export function mount(files: readonly GivenFile[]): void {
  given.clear();
  for (const { path, file } of files) given.set(path, file);
}

const missing = () => Object.assign(new Error('not there'), { code: 'ENOENT' });

export function fileAt(path: string): File {
  const file = given.get(path);
  if (!file) throw missing();
  return file;
}

/** What lies directly in a folder. */
function namesIn(path: string): string[] {
  const start = path.endsWith('/') ? path : `${path}/`;
  const inside = [...given.keys()].filter((name) => name.startsWith(start));
  return [...new Set(inside.map((name) => name.slice(start.length).split('/')[0]!))];
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

/** Of a file or a folder. */
async function stat(path: string) {
  const file = given.get(path);
  if (!file && namesIn(path).length === 0) throw missing();
  return { size: file?.size ?? 0, isFile: () => file !== undefined, isDirectory: () => file === undefined };
}

const readOnly = {
  stat,
  async readdir(path: string) {
    const names = namesIn(path);
    if (names.length === 0) throw missing();
    return names;
  },
  readFile: async (path: string) => bytesOf(fileAt(path)),
  async open(path: string) {
    const status = await stat(path);
    return {
      stat: async () => status,
      async read(into: Uint8Array, offset: number, length: number, position: number) {
        const bytes = await bytesOf(fileAt(path).slice(position, position + length));
        into.set(bytes, offset);
        return { bytesRead: bytes.length };
      },
      close: async () => {},
    };
  },
};

/** Whatever else of Node readers ask for is not here. */
export async function nodeModule(name: string): Promise<typeof readOnly> {
  if (name === 'fs/promises') return readOnly;
  throw new TrainerError('CNN4147', 'this place has no files', 'give the page the files that are to be read');
}
