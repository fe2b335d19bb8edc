/** @file `cnnc check FILE…`: everything there is to say about some files. */
import { COMPILER_VERSION } from '../../common/version.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { toJson } from '../../diagnostics/to-json.ts';
import { toSarif } from '../../diagnostics/to-sarif.ts';
import { allCodes } from '../all-codes.ts';
import { type CompileFileOptions, readAndCompile } from '../compile-file.ts';
import { inspect } from '../inspection.ts';
import { EXIT, reportDiagnostics, sourcesOf } from '../report.ts';
import type { SourceFile } from '../source-file.ts';
import type { Terminal } from '../terminal.ts';

export interface CheckOptions extends CompileFileOptions {
  /** Advice fails too. */
  readonly strict?: boolean;
  /** SARIF on standard output. */
  readonly sarif?: boolean;
}

const SARIF = { version: COMPILER_VERSION, entryOf: (code: string) => allCodes[code] };

/** Exit status 1 for errors and warnings; advice fails nothing unless `strict`. */
export async function check(paths: readonly string[], options: CheckOptions, terminal: Terminal): Promise<number> {
  const { json, sarif, strict = false } = options;
  const forPrograms = json === true || sarif === true;
  const found: Diagnostic[] = [];
  const files: SourceFile[] = [];
  for (const path of paths) {
    const {
      diagnostics,
      sources: read,
      elaboration,
    } = await readAndCompile(path, { ...options, library: true }, terminal);
    found.push(...diagnostics);
    files.push(...read);
    if (elaboration) await inspect(elaboration, { ...options, json: forPrograms }, terminal);
  }
  const sources = sourcesOf(files);
  if (json) terminal.out(`${JSON.stringify(toJson(found, sources), null, 2)}\n`);
  else if (sarif) terminal.out(`${JSON.stringify(toSarif(found, sources, SARIF), null, 2)}\n`);
  else reportDiagnostics(found, sources, terminal);
  const failed = found.some(({ severity }) => severity !== 'advice' || strict);
  if (!forPrograms && !failed)
    terminal.err(`${paths.length === 1 ? paths[0] : `${paths.length} files`}: all is well\n`);
  return failed ? EXIT.failure : EXIT.success;
}
