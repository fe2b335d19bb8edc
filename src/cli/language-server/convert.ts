/** @file Between offsets of texts, which the core speaks of, and lines and columns from 0, of which the protocol does. */

import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Range } from 'vscode-languageserver/node';
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Source } from '../../diagnostics/source.ts';

export interface Position {
  readonly line: number;
  readonly character: number;
}

export function offsetOf(source: Source, { line, character }: Position): number {
  return source.offsetOf({ line: line + 1, column: character + 1 });
}

export function positionAt(source: Source, offset: number): Position {
  const { line, column } = source.positionOf(offset);
  return { line: line - 1, character: column - 1 };
}

export function rangeOf(source: Source, { start, end }: Pick<Span, 'start' | 'end'>): Range {
  return { start: positionAt(source, start), end: positionAt(source, Math.max(start, end)) };
}

/** Texts that are on no disk yet keep their address. */
export function fileOf(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : uri;
}

export function uriOf(file: string): string {
  return /^\w[\w+.-]+:/.test(file) ? file : pathToFileURL(file).href;
}
