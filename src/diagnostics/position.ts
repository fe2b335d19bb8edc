/** @file Offsets to lines and columns. */
import type { Span } from './diagnostic.ts';

/** Both from 1; a column counts UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export function positionOf(text: string, offset: number): Position {
  const at = Math.min(Math.max(0, offset), text.length);
  let line = 1;
  let start = 0;
  for (let next = text.indexOf('\n'); next >= 0 && next < at; next = text.indexOf('\n', start)) {
    line++;
    start = next + 1;
  }
  return { line, column: at - start + 1 };
}

/** Where a span starts and ends; its end is the first column behind it. */
export function placeOf(text: string, span: Span): Place {
  const { line, column } = positionOf(text, span.start);
  const end = positionOf(text, Math.max(span.start, span.end));
  return { file: span.file, line, column, endLine: end.line, endColumn: end.column };
}

/** The text of a line without its end. */
export function lineAt(text: string, line: number): string {
  let start = 0;
  for (let count = 1; count < line; count++) start = text.indexOf('\n', start) + 1;
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
}
