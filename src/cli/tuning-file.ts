/** @file What `cnnc tune` found, as a file beside the source: `lenet.tune.json` for `lenet.cnn`. */

import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { COMPILER_VERSION } from '../common/version.ts';
import { DiagnosticError } from '../diagnostics/diagnostic.ts';
import { problemIn, type Tuning } from '../tuning/tuning.ts';
import { commandDiagnostic } from './codes.ts';

export function tuningPath(source: string): string {
  return source.replace(/(\.cnn)?$/, '.tune.json');
}

export function describeMachine(): Pick<Tuning, 'compiler' | 'engine' | 'processor'> {
  const processor = cpus()[0]?.model.trim() || process.arch;
  return { compiler: COMPILER_VERSION, engine: `V8 ${process.versions.v8}`, processor };
}

/** Nothing where there is no file. Throws CNN4208. */
export async function readTuning(path: string): Promise<Tuning | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw broken(path, `the system says ${code}`);
  }
  return parseTuning(text, path);
}

export function parseTuning(text: string, path: string): Tuning {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw broken(path, 'it is not JSON');
  }
  const problem = problemIn(found);
  if (problem) throw broken(path, problem);
  return found as Tuning;
}

function broken(path: string, reason: string): DiagnosticError {
  const help = 'let `cnnc tune` make it anew, or ignore it with `--no-tune`';
  return new DiagnosticError(commandDiagnostic('CNN4208', `\`${path}\` cannot be used: ${reason}`, help));
}
