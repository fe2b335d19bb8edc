/** @file From a path to models: what every compiling command does first. Errors and warnings are told here. */
import { compileSource, type SourceOptions } from '../compile.ts';
import type { Elaboration } from '../semantics/model.ts';
import { type InspectionOptions, inspect } from './inspection.ts';
import { EXIT, reportDiagnostics, sourcesOf } from './report.ts';
import { importReader, readSource, type SourceFile } from './source-file.ts';
import type { Terminal } from './terminal.ts';

export interface CompileFileOptions extends InspectionOptions, SourceOptions {
  /** Folders outside of the project that may be imported from. */
  readonly allowImports?: readonly string[];
}

export interface CompiledFile {
  readonly source: SourceFile;
  readonly elaboration: Elaboration;
}

/** Runs `use` on the compiled file; the exit status is 1 when there is none. */
export async function withCompiledFile(
  path: string,
  options: CompileFileOptions,
  terminal: Terminal,
  use: (file: CompiledFile) => Promise<number> | number,
): Promise<number> {
  const read = await readSource(path, terminal);
  if ('problem' in read) {
    reportDiagnostics([read.problem], new Map(), terminal);
    return EXIT.failure;
  }
  const { source } = read;
  const { set, network, allowImports } = options;
  const compiled = compileSource(source.text, source.name, {
    set,
    network,
    read: importReader(source.name, allowImports),
  });
  const { diagnostics, elaboration, sources } = compiled;
  reportDiagnostics(
    diagnostics.filter(({ severity }) => severity !== 'advice'),
    sourcesOf([source, ...sources.map(({ file, text }) => ({ name: file, text }))]),
    terminal,
  );
  if (!elaboration) return EXIT.failure;
  return inspect(elaboration, options, terminal) ? EXIT.success : use({ source, elaboration });
}
