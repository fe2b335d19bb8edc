/** @file Reading a `.cnn` file: its text, or the one diagnostic that says why there is none. `-` is standard input. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, normalize } from 'node:path';
import { nearest } from '../common/nearest.ts';
import { diagnostic } from '../diagnostics/catalogue.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { ReadImport } from '../semantics/modules.ts';
import { commandDiagnostic } from './codes.ts';
import type { Terminal } from './terminal.ts';

export interface SourceFile {
  /** As diagnostics call it. */
  readonly name: string;
  readonly text: string;
}

export type ReadResult = { readonly source: SourceFile } | { readonly problem: Diagnostic };

/** More than the parser takes whatever the letters are: no need to read it to say so. */
const maximumBytes = 4_000_000;

/** Reports CNN1021 and CNN4201 to CNN4204. */
export async function readSource(path: string, terminal: Terminal): Promise<ReadResult> {
  const name = path === '-' ? '<stdin>' : path;
  try {
    const size = path === '-' ? 0 : (await stat(path)).size;
    if (size > maximumBytes) return { problem: tooLarge(name, size) };
    const bytes = path === '-' ? await terminal.readInput() : await readFile(path);
    return { source: { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) } };
  } catch (error) {
    return { problem: problemOf(error, path, name) };
  }
}

/** The file at `path` as seen from the file `importer`; from standard input, as seen from the current folder. */
export const readImport: ReadImport = (path, importer) => {
  const file = normalize(join(importer === '<stdin>' ? '.' : dirname(importer), path));
  try {
    if (statSync(file).size > maximumBytes) return refusal(tooLarge(file, statSync(file).size));
    return { file, text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)) };
  } catch (error) {
    return refusal(problemOf(error, file, file));
  }
};

function refusal({ message, fix }: Diagnostic): { problem: string; help: string } {
  return { problem: message, help: fix?.message ?? 'import another file' };
}

function tooLarge(file: string, size: number): Diagnostic {
  const megabytes = (size / 1e6).toFixed(1);
  return diagnostic('CNN1021', `\`${file}\` has ${megabytes} MB; at most 1 MB can be a network`, {
    span: { file, start: 0, end: 0 },
  });
}

function problemOf(error: unknown, path: string, name: string): Diagnostic {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (error instanceof TypeError)
    return commandDiagnostic('CNN4204', `\`${name}\` is not UTF-8 text`, 'save it as UTF-8', name);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    const help = suggestion(path);
    return commandDiagnostic('CNN4201', `\`${name}\` does not exist`, help, name);
  }
  if (code === 'EISDIR') return commandDiagnostic('CNN4202', `\`${name}\` is a folder`, 'name the files in it', name);
  const reason = code === 'EACCES' || code === 'EPERM' ? 'it may not be read' : `the system says ${code || error}`;
  return commandDiagnostic('CNN4203', `\`${name}\` cannot be read: ${reason}`, 'check its permissions', name);
}

function suggestion(path: string): string {
  const folder = dirname(path);
  const names = namesIn(folder);
  if (!names) return `there is no folder \`${folder}\`; paths are relative to the current folder`;
  const near = nearest(basename(path), names) ?? names.find((name) => name === `${basename(path)}.cnn`);
  return near ? `did you mean \`${join(folder, near)}\`?` : 'check the path, which is relative to the current folder';
}

function namesIn(folder: string): readonly string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
