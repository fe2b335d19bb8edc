/** @file Reading a `.cnn` file: its text, or the one diagnostic that says why there is none. `-` is standard input. */
import { closeSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, normalize } from 'node:path';
import { nearest } from '../common/nearest.ts';
import { diagnostic } from '../diagnostics/catalogue.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { ImportProblem, ReadImport } from '../semantics/names/modules.ts';
import { commandDiagnostic } from './codes.ts';
import { importFolders } from './import-folders.ts';
import type { Terminal } from './terminal.ts';

export interface SourceFile {
  /** As diagnostics call it. */
  readonly name: string;
  readonly text: string;
}

export type ReadResult = { readonly source: SourceFile } | { readonly problem: Diagnostic };

/** More than the parser takes whatever the letters are: no need to read more to say so. */
const maximumBytes = 2_000_000;
/** What the shell has opened for this process: `cnnc check <(…)`. It ends when its writer does, as standard input. */
const inherited = /^\/(dev\/(fd\/\d+|stdin)|proc\/(self|\d+)\/fd\/\d+)$/;

/** Reports CNN1021 and CNN4201 to CNN4204. */
export async function readSource(path: string, terminal: Pick<Terminal, 'readInput'>): Promise<ReadResult> {
  const name = path === '-' ? '<stdin>' : path;
  try {
    const bytes = path === '-' ? await terminal.readInput(maximumBytes) : readBytes(path);
    return { source: { name, text: textOf(bytes, name) } };
  } catch (error) {
    return { problem: problemOf(error, name, () => suggestion(path, 'the current folder')) };
  }
}

/**
 * Reads what the file `main` and its imports import: files seen from the importing one; from standard input, as seen from
 * the current folder. They lie in the project of `main` or in one of the folders `allowed`.
 */
export function importReader(main: string, allowed: readonly string[] = []): ReadImport {
  const folderOf = (file: string) => (file === '<stdin>' ? '.' : dirname(file));
  const folders = importFolders(folderOf(main), allowed);
  return (path, importer) => {
    const file = normalize(join(folderOf(importer), path));
    if (folders.exclude(file)) return outside(file, folders.project);
    if (extname(path) !== '.cnn') return noProgram(path, file);
    try {
      if (extname(realpathSync(file)) !== '.cnn') return noProgram(path, file);
      return { file, text: textOf(readBytes(file), file) };
    } catch (error) {
      const { message, fix } = problemOf(error, file, () => suggestion(file, `\`${importer}\`, which imports it`));
      return { problem: message, help: fix?.message ?? 'import another file' };
    }
  };
}

function outside(file: string, project: string): ImportProblem {
  return {
    code: 'CNN2115',
    problem: `\`${file}\` lies outside of the project \`${project}\``,
    help: `copy it into the project, or allow its folder: \`--allow-imports ${dirname(file)}\``,
  };
}

function noProgram(path: string, file: string): ImportProblem {
  const near = statOf(`${file}.cnn`)?.isFile() ? `did you mean \`${path}.cnn\`?` : 'import a file of that kind';
  return { code: 'CNN2115', problem: `\`${path}\` is no \`.cnn\` file`, help: near };
}

/** A mistake of the user that reading found. */
class ReadError extends Error {
  constructor(readonly problem: Diagnostic) {
    super(problem.message);
  }
}

function textOf(bytes: Uint8Array, name: string): string {
  if (bytes.length > maximumBytes) throw new ReadError(tooLarge(name));
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** At most one byte more than a program may have; devices say nothing of their size. */
function readBytes(path: string): Uint8Array {
  const stat = statSync(path);
  if (!stat.isFile() && !stat.isDirectory() && !inherited.test(path)) throw new ReadError(special(path));
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(stat.isFile() ? Math.min(stat.size, maximumBytes) + 1 : maximumBytes + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < bytes.length; length += count)
      count = readSync(file, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

function special(path: string): Diagnostic {
  const help = 'name a file, or `-` for standard input';
  return commandDiagnostic('CNN4203', `\`${path}\` is a device or a pipe`, help, path);
}

function tooLarge(file: string): Diagnostic {
  return diagnostic(
    'CNN1021',
    `\`${file}\` has more than ${maximumBytes / 1e6} MB; at most half a MB can be a network`,
    {
      span: { file, start: 0, end: 0 },
    },
  );
}

function problemOf(error: unknown, name: string, suggest: () => string): Diagnostic {
  if (error instanceof ReadError) return error.problem;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return commandDiagnostic('CNN4201', `\`${name}\` does not exist`, suggest(), name);
  if (code === 'EISDIR') return commandDiagnostic('CNN4202', `\`${name}\` is a folder`, 'name the files in it', name);
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return commandDiagnostic('CNN4204', `\`${name}\` is not UTF-8 text`, 'save it as UTF-8', name);
  const reason = code === 'EACCES' || code === 'EPERM' ? 'it may not be read' : `the system says ${code || error}`;
  return commandDiagnostic('CNN4203', `\`${name}\` cannot be read: ${reason}`, 'check its permissions', name);
}

/** A file beside it of nearly the same name. `base` says where its path starts. */
function suggestion(path: string, base: string): string {
  const folder = dirname(path);
  const names = namesIn(folder);
  if (!names) return `there is no folder \`${folder}\`; paths are relative to ${base}`;
  const near = nearest(basename(path), names) ?? names.find((name) => name === `${basename(path)}.cnn`);
  return near ? `did you mean \`${join(folder, near)}\`?` : `check the path, which is relative to ${base}`;
}

function namesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

function statOf(path: string) {
  return statSync(path, { throwIfNoEntry: false });
}
