/** @file `cnnc check FILE…`: everything there is to say about some files, advice included. */
import { advise } from '../../analysis/advise.ts';
import { compileSource } from '../../compile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { toJson } from '../../diagnostics/to-json.ts';
import type { CompileFileOptions } from '../compile-file.ts';
import { inspect } from '../inspection.ts';
import { EXIT, reportDiagnostics, sourcesOf } from '../report.ts';
import { importReader, readSource, type SourceFile } from '../source-file.ts';
import type { Terminal } from '../terminal.ts';

/** Exit status 1 for errors and warnings; advice fails nothing. */
export async function check(
  paths: readonly string[],
  options: CompileFileOptions,
  terminal: Terminal,
): Promise<number> {
  const found: Diagnostic[] = [];
  const files: SourceFile[] = [];
  for (const path of paths) {
    const read = await readSource(path, terminal);
    if ('problem' in read) found.push(read.problem);
    else files.push(read.source);
    if ('source' in read) found.push(...checkSource(read.source, options, terminal, files));
  }
  const sources = sourcesOf(files);
  if (options.json) terminal.out(`${JSON.stringify(toJson(found, sources), null, 2)}\n`);
  else reportDiagnostics(found, sources, terminal);
  const failed = found.some(({ severity }) => severity !== 'advice');
  if (!options.json && !failed)
    terminal.err(`${paths.length === 1 ? paths[0] : `${paths.length} files`}: all is well\n`);
  return failed ? EXIT.failure : EXIT.success;
}

/** What it imports is added to `files`. */
function checkSource(
  { text, name }: SourceFile,
  options: CompileFileOptions,
  terminal: Terminal,
  files: SourceFile[],
): Diagnostic[] {
  const { set, network, allowImports } = options;
  const read = importReader(name, allowImports);
  const { diagnostics, elaboration, sources } = compileSource(text, name, { set, network, read });
  for (const { file, text: imported } of sources) files.push({ name: file, text: imported });
  if (!elaboration) return [...diagnostics];
  inspect(elaboration, options, terminal);
  return [...diagnostics, ...advise(elaboration)];
}
