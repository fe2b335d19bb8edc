/** @file `cnnc check FILE…`: everything there is to say about some files. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { toJson } from '../../diagnostics/to-json.ts';
import { type CompileFileOptions, readAndCompile } from '../compile-file.ts';
import { inspect } from '../inspection.ts';
import { EXIT, reportDiagnostics, sourcesOf } from '../report.ts';
import type { SourceFile } from '../source-file.ts';
import type { Terminal } from '../terminal.ts';

export interface CheckOptions extends CompileFileOptions {
  /** Advice fails too. */
  readonly strict?: boolean;
}

/** Exit status 1 for errors and warnings; advice fails nothing unless `strict`. */
export async function check(paths: readonly string[], options: CheckOptions, terminal: Terminal): Promise<number> {
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
    if (elaboration) inspect(elaboration, options, terminal);
  }
  const sources = sourcesOf(files);
  if (options.json) terminal.out(`${JSON.stringify(toJson(found, sources), null, 2)}\n`);
  else reportDiagnostics(found, sources, terminal);
  const failed = found.some(({ severity }) => severity !== 'advice' || options.strict === true);
  if (!options.json && !failed)
    terminal.err(`${paths.length === 1 ? paths[0] : `${paths.length} files`}: all is well\n`);
  return failed ? EXIT.failure : EXIT.success;
}
