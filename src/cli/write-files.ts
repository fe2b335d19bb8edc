/**
 * @file Writing files that belong together: all are written beside their places first, and moved there only when every
 * one is whole. Whoever is interrupted keeps what was there before.
 */
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DiagnosticError } from '../diagnostics/diagnostic.ts';
import { commandDiagnostic } from './codes.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'its file system is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'part of its path is a file',
  EEXIST: 'part of its path is a file',
  ENOENT: 'its folder cannot be made',
  ENOSPC: 'there is no space left',
  ENAMETOOLONG: 'its name is too long',
};

/** Paths to contents. Reports CNN4207. */
export async function writeFiles(files: ReadonlyMap<string, string>): Promise<void> {
  const moves: { readonly from: string; readonly to: string }[] = [];
  try {
    for (const [path, text] of files) {
      const temporary = `${path}.${process.pid}.tmp`;
      await refusing(path, async () => {
        await rejectFolder(path);
        await makeFolder(dirname(path));
        moves.push({ from: temporary, to: path });
        await writeWhole(temporary, text);
      });
    }
    for (const { from, to } of moves) await refusing(to, () => rename(from, to));
  } catch (error) {
    for (const { from } of moves) await rm(from, { force: true }).catch(() => {});
    throw error;
  }
}

async function refusing(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const reason = REASONS[code] ?? `the system says ${code || error}`;
    const message = `\`${path}\` cannot be written: ${reason}`;
    throw new DiagnosticError(commandDiagnostic('CNN4207', message, 'choose another place'));
  }
}

async function rejectFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw Object.assign(new Error(path), { code: 'EISDIR' });
}

/** One folder at a time: Node's own recursion does not end where the system makes none (`/proc`). */
async function makeFolder(path: string): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (exists) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path);
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
