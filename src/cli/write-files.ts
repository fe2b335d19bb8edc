/** @file Writing the files that a command makes. */
import { TrainerError } from '../data/trainer-error.ts';
import { tryPlace, writeFiles as writeAll } from '../data/write-files.ts';
import { DiagnosticError } from '../diagnostics/diagnostic.ts';
import { commandDiagnostic } from './codes.ts';

/** Paths to contents, which may come in pieces. */
export type Files = ReadonlyMap<string, string | Uint8Array | readonly Uint8Array[]>;

/** All or nothing. Reports CNN4207. */
export function writeFiles(files: Files): Promise<void> {
  return reporting(() => writeAll(files));
}

/** For commands that work long before they write. Reports CNN4207. */
export function requireWritable(path: string): Promise<void> {
  return reporting(() => tryPlace(path));
}

async function reporting(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof TrainerError)) throw error;
    throw new DiagnosticError(commandDiagnostic('CNN4207', error.problem, error.hint));
  }
}
