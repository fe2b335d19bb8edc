/** @file From a path to models: what every compiling command does first. Errors, warnings and advice are told here. */
import type { TotalsOf } from '../analysis/check-claims.ts';
import type { CompileOptions } from '../compile.ts';
import { type Diagnostic, DiagnosticError } from '../diagnostics/diagnostic.ts';
import { adviseOn } from '../lint/advise-on.ts';
import type { Elaboration } from '../semantics/model.ts';
import { libraryText } from '../semantics/names/modules.ts';
import { type SourceOptions, type SourceResult, understand } from '../semantics/understand.ts';
import type { InspectionOptions } from './inspect-passes.ts';
import { inspect } from './inspection.ts';
import { projectSettings } from './project-settings.ts';
import { EXIT, reportDiagnostics, sourcesOf } from './report.ts';
import { importReader, readSource, type SourceFile } from './source-file.ts';
import type { Terminal } from './terminal.ts';

export interface CompileFileOptions extends InspectionOptions, SourceOptions {
  /** Codes of rules that are not to be told. */
  readonly allow?: readonly string[];
  /** Folders outside of the project that may be imported from. */
  readonly allowImports?: readonly string[];
}

export interface CompiledFile {
  readonly elaboration: Elaboration;
  /** The file and what it imports. */
  readonly sources: readonly SourceFile[];
}

/** Everything there is to say about a file, and what was understood of it. */
export interface ReadFile {
  readonly diagnostics: readonly Diagnostic[];
  /** The file and what it imports, for diagnostics about them; none where it could not be read. */
  readonly sources: readonly SourceFile[];
  /** Absent when there are errors, and for a file without a network. */
  readonly elaboration?: Elaboration;
  /** For the figures of a network with errors. */
  readonly partial?: () => Elaboration;
}

export async function readAndCompile(
  path: string,
  options: CompileFileOptions,
  terminal: Pick<Terminal, 'readInput'>,
): Promise<ReadFile> {
  const read = await readForCompiler(path, options, terminal);
  return 'problem' in read ? { diagnostics: [read.problem], sources: [] } : compileText(read.source, read.request);
}

/** A file, and how its text, or another in its place, is understood in its project. */
export interface ReadText {
  readonly source: SourceFile;
  readonly request: CompileOptions;
}

export async function readForCompiler(
  path: string,
  options: CompileFileOptions,
  terminal: Pick<Terminal, 'readInput'>,
): Promise<ReadText | { readonly problem: Diagnostic }> {
  const found = librarySource(path) ?? (await readSource(path, terminal));
  if ('problem' in found) return found;
  const { source } = found;
  const settings = projectSettings(source.name);
  if ('problem' in settings) return settings;
  const allowed = Object.fromEntries((options.allow ?? []).map((code) => [code, 'allow' as const]));
  const levels = { ...settings.levels, ...allowed };
  const read = importReader(source.name, options.allowImports);
  const { set, network, block, inputs, library } = options;
  return { source, request: { set, network, block, inputs, library, read, levels } };
}

/** `std/residual`, whose blocks can be looked at as those of a file are. */
function librarySource(path: string): { readonly source: SourceFile } | undefined {
  const text = libraryText(path);
  return text === undefined ? undefined : { source: { name: path, text } };
}

/** `compileSource`, but that the half of the compiler that plans modules is loaded for assertions alone. */
export async function compileText(source: SourceFile, request: CompileOptions): Promise<ReadFile> {
  const { name, text } = source;
  const understood = understand(text, name, request);
  const totalsOf = await totalsFor(understood);
  const { sources, ...said } = adviseOn(text, name, understood, { totalsOf, levels: request.levels });
  return { ...said, sources: [source, ...sources.map(({ file, text }) => ({ name: file, text }))] };
}

async function totalsFor({ elaboration }: SourceResult): Promise<TotalsOf | undefined> {
  if (!elaboration?.claims.length) return undefined;
  const { summaryOf } = await import('../report/summarize-module.ts');
  return (whole) => summaryOf(whole).totals;
}

/** Runs `use` on the compiled file; the exit status is 1 when there is none. Warnings and advice stop nothing. */
export async function withCompiledFile(
  path: string,
  options: CompileFileOptions,
  terminal: Terminal,
  use: (file: CompiledFile) => Promise<number> | number,
): Promise<number> {
  return withElaboration(await readAndCompile(path, options, terminal), options, terminal, use);
}

export async function withElaboration(
  { diagnostics, sources, elaboration }: ReadFile,
  options: InspectionOptions,
  terminal: Terminal,
  use: (file: CompiledFile) => Promise<number> | number,
): Promise<number> {
  reportDiagnostics(diagnostics, sourcesOf(sources), terminal);
  if (!elaboration) return EXIT.failure;
  return reportingIn(sources, terminal, async () =>
    (await inspect(elaboration, options, terminal)) ? EXIT.success : use({ elaboration, sources }),
  );
}

/** A mistake that shows only when the network is used has a place in these files too. */
export async function reportingIn(
  sources: readonly SourceFile[],
  terminal: Terminal,
  use: () => Promise<number>,
): Promise<number> {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    reportDiagnostics([error.diagnostic], sourcesOf(sources), terminal);
    return EXIT.failure;
  }
}
