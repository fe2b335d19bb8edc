/** @file The `cnnc.json` of a project: the nearest one above a file. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { type Configuration, readConfiguration } from '../lint/configuration.ts';
import { commandDiagnostic } from './codes.ts';

/** For a file by the name that diagnostics give it; standard input lies in the current folder. Reports CNN4212. */
export function projectSettings(file: string): Configuration | { readonly problem: Diagnostic } {
  const path = nearestAbove(resolve(file === '<stdin>' ? '.' : dirname(file)));
  if (path === undefined) return { levels: {} };
  const found = readConfiguration(readFileSync(path, 'utf8'));
  if (!('problem' in found)) return found;
  return { problem: commandDiagnostic('CNN4212', found.problem, found.help, relative('.', path)) };
}

function nearestAbove(folder: string): string | undefined {
  const path = join(folder, 'cnnc.json');
  if (existsSync(path)) return path;
  const outer = dirname(folder);
  return outer === folder ? undefined : nearestAbove(outer);
}
