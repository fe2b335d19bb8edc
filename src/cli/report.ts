/** @file Telling the user what went wrong, and the exit status that follows. */
import { shortened } from '../common/printable.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { InternalError } from '../diagnostics/diagnostic.ts';
import { pageOfCode } from '../diagnostics/page-of-code.ts';
import { renderAll, type Sources } from '../diagnostics/render.ts';
import type { SourceFile } from './source-file.ts';
import type { Terminal } from './terminal.ts';

export const EXIT = { success: 0, failure: 1, usage: 2 } as const;

export function sourcesOf(files: readonly SourceFile[]): Sources {
  return new Map(files.map(({ name, text }) => [name, text]));
}

export function reportDiagnostics(diagnostics: readonly Diagnostic[], sources: Sources, terminal: Terminal): void {
  terminal.err(renderAll(diagnostics, sources, terminal));
  const codes = [...new Set(diagnostics.map(({ code }) => code))];
  if (terminal.interactive && codes.length > 0) terminal.err(explainHint(codes));
}

/** For people who see a code for the first time. */
function explainHint([first, ...more]: readonly string[]): string {
  const what = more.length > 0 ? 'a code' : 'it';
  return `more about ${what}: cnnc explain ${first}, or ${pageOfCode(first!)}\n`;
}

/** A mistake found by an emitted module: the class there is not the class here, so it is known by its name. */
export function asDiagnostic(error: unknown): Diagnostic | undefined {
  const { name, code, problem, hint } = error as Record<string, unknown>;
  if (name === 'DiagnosticError') return (error as { diagnostic: Diagnostic }).diagnostic;
  if (name !== 'TrainerError') return undefined;
  const fix = { message: String(hint) };
  return { code: String(code), severity: 'error', message: String(problem), notes: [], fix };
}

/** Whatever a command threw: a user's mistake as a diagnostic, ours with what a report needs. */
export function reportFailure(error: unknown, args: readonly string[], terminal: Terminal): number {
  const diagnostic = asDiagnostic(error);
  if (diagnostic) reportDiagnostics([diagnostic], new Map(), terminal);
  else terminal.err(bugReport(error, args));
  return EXIT.failure;
}

function bugReport(error: unknown, args: readonly string[]): string {
  const { stack, message } = error instanceof Error ? error : { stack: String(error), message: String(error) };
  const what = error instanceof InternalError ? `in ${error.where}` : 'somewhere';
  return [
    `internal error ${what}: ${withoutModules(message.replace(/^[\w-]+: /, ''))}`,
    'This is a mistake in cnnc, not in your file. Please report it with the file and these lines:',
    `  command: cnnc ${args.join(' ')}`,
    `  system:  node ${process.version}, ${process.platform} ${process.arch}`,
    ...(stack ?? '')
      .split('\n')
      .slice(1, 6)
      .map((line) => `  ${withoutModules(line.trim())}`),
    '',
  ].join('\n');
}

/** Emitted modules run from `data:` URLs, which hold their whole text. */
function withoutModules(line: string): string {
  return shortened(line.replace(/data:[^\s)]*?(?=:\d|[\s)]|$)/g, 'the emitted module'), 400);
}
