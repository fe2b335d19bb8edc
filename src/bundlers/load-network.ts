/**
 * @file `import { createTrainer } from './net.cnn?set.width=16'`: the module that such an import stands for. What is behind
 * the question mark is what `cnnc build` takes as options.
 */
import { resolve } from 'node:path';
import picocolors from 'picocolors';
import { setting } from '../cli/arguments.ts';
import { readAndCompile } from '../cli/compile-file.ts';
import { sourcesOf } from '../cli/report.ts';
import type { SourceFile } from '../cli/source-file.ts';
import { nearest } from '../common/nearest.ts';
import { printable } from '../common/printable.ts';
import { type EmittedModule, emitModule, emitPredictor } from '../compile.ts';
import { type Diagnostic, DiagnosticError, type Span } from '../diagnostics/diagnostic.ts';
import { render } from '../diagnostics/render.ts';
import { Source } from '../diagnostics/source.ts';
import { TARGET_NAMES, type TargetName } from '../targets/target.ts';

/** A diagnostic as bundlers take it: where it is, and how people read it. */
export interface Problem {
  readonly severity: Diagnostic['severity'];
  /** With its code. */
  readonly message: string;
  /** The message with the lines that it is about, and what to do. */
  readonly text: string;
  readonly help?: string;
  /** Lines from 1, columns from 0. */
  readonly place?: {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly length: number;
    readonly lineText: string;
  };
}

export interface LoadedNetwork {
  /** Absent where there are errors. */
  readonly module?: Pick<EmittedModule, 'code' | 'declarations'>;
  readonly problems: readonly Problem[];
  /** All that the module depends on: the file, what it imports, `cnnc.json`. */
  readonly files: readonly string[];
}

interface ImportOptions {
  readonly set: Readonly<Record<string, number | boolean | string>>;
  readonly target?: TargetName;
  readonly network?: string;
  readonly maxBatch?: number;
  /** A module that only predicts. */
  readonly inference?: boolean;
}

/** The words of a query, beside `set.NAME`. */
const WORDS = ['target', 'network', 'max-batch', 'inference'];
/** Those by which bundlers tell versions of a file apart. */
const OF_BUNDLERS = ['t', 'v', 'import'];

/** A query as a program writes it, without what bundlers add. */
export function declaredQuery(words: URLSearchParams): string {
  const own = [...words].filter(([word]) => !OF_BUNDLERS.includes(word));
  return own.map(([word, value]) => (value === '' ? word : `${word}=${value}`)).join('&');
}

/** A mistake in a query, which has no place in a file. */
class QueryError extends Error {}

/** `query`: `target=js&set.width=16`, or nothing. */
export async function loadNetwork(path: string, query: string): Promise<LoadedNetwork> {
  const file = resolve(path);
  try {
    return await compile(file, optionsOf(query));
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const { message } = error;
    return { problems: [{ severity: 'error', message, text: message }], files: [file] };
  }
}

async function compile(
  file: string,
  { inference, target, maxBatch, ...options }: ImportOptions,
): Promise<LoadedNetwork> {
  const { diagnostics, sources, elaboration } = await readAndCompile(file, options, NO_INPUT);
  const files = [...new Set([file, ...sources.map(({ name }) => resolve(name))])];
  const result = (found: readonly Diagnostic[]) => ({ problems: found.map((one) => problemOf(one, sources)), files });
  if (!elaboration) return result(diagnostics);
  try {
    const module = inference
      ? await emitPredictor(elaboration, { target })
      : await emitModule(elaboration, { target, maxBatch, program: false });
    return { module, ...result(diagnostics) };
  } catch (error) {
    if (error instanceof DiagnosticError) return result([...diagnostics, error.diagnostic]);
    throw error;
  }
}

/** A file is never called `-`. */
const NO_INPUT = { readInput: () => Promise.resolve(new Uint8Array()) };

function optionsOf(query: string): ImportOptions {
  let options: ImportOptions = { set: {} };
  for (const [word, value] of new URLSearchParams(query))
    if (!OF_BUNDLERS.includes(word)) options = { ...options, ...optionOf(word, value, options) };
  return options;
}

function optionOf(word: string, value: string, { set }: ImportOptions): Partial<ImportOptions> {
  if (word.startsWith('set.')) return { set: settingOf(`${word.slice('set.'.length)}=${value}`, set) };
  switch (word) {
    case 'target':
      if (TARGET_NAMES.includes(value as TargetName)) return { target: value as TargetName };
      throw new QueryError(`there is no target \`${printable(value)}\`: there are ${TARGET_NAMES.join(' and ')}`);
    case 'network':
      return { network: value };
    case 'max-batch':
      if (/^[1-9]\d{0,8}$/.test(value)) return { maxBatch: Number(value) };
      throw new QueryError(`\`max-batch=${printable(value)}\` is no whole number from 1`);
    case 'inference':
      if (value === '' || value === 'true') return { inference: true };
      throw new QueryError('`inference` takes no value');
    default: {
      const near = nearest(word, WORDS);
      const help = near ? `did you mean \`${near}\`?` : `there are ${WORDS.join(', ')} and set.NAME`;
      throw new QueryError(`a network is imported with no option \`${printable(word)}\`: ${help}`);
    }
  }
}

function settingOf(text: string, earlier: ImportOptions['set']): ImportOptions['set'] {
  try {
    return setting(text, earlier);
  } catch {
    throw new QueryError(`\`set.${printable(text)}\` is not of the form \`set.name=value\``);
  }
}

function problemOf(diagnostic: Diagnostic, sources: readonly SourceFile[]): Problem {
  const { severity, code, message, span, fix } = diagnostic;
  const source = sources.find(({ name }) => name === span?.file);
  return {
    severity,
    message: `${code}: ${message}`,
    text: render(diagnostic, sourcesOf(sources), { colors: picocolors.createColors(false) }),
    ...(fix && { help: fix.message }),
    ...(span && source && { place: placeOf(span, new Source(source.name, source.text)) }),
  };
}

function placeOf(span: Span, source: Source): Problem['place'] {
  const { line, column, endLine, endColumn } = source.placeOf(span);
  const lineText = source.lineAt(line);
  const end = endLine === line ? endColumn : lineText.length + 1;
  return { file: resolve(source.name), line, column: column - 1, length: Math.max(1, end - column), lineText };
}
