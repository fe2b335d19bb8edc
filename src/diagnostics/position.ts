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

/** A text and where its lines start, found once: places are then had in the logarithm of the number of lines. */
export class LineTable {
  readonly #starts = [0];

  constructor(readonly text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  positionOf(offset: number): Position {
    const at = Math.min(Math.max(0, offset), this.text.length);
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - this.#starts[low]! + 1 };
  }

  /** Where a span starts and ends; its end is the first column behind it. */
  placeOf(span: Span): Place {
    const { line, column } = this.positionOf(span.start);
    const end = this.positionOf(Math.max(span.start, span.end));
    return { file: span.file, line, column, endLine: end.line, endColumn: end.column };
  }

  /** The text of a line without its end. */
  lineAt(line: number): string {
    const next = this.#starts[line];
    const found = this.text.slice(this.#starts[line - 1], next === undefined ? undefined : next - 1);
    return found.endsWith('\r') ? found.slice(0, -1) : found;
  }
}

/** The tables of some texts by file, each made when it is first asked for. */
export function lineTables(sources: ReadonlyMap<string, string>): (file: string) => LineTable | undefined {
  const known = new Map<string, LineTable>();
  return (file) => {
    const text = sources.get(file);
    const table = known.get(file) ?? (text === undefined ? undefined : new LineTable(text));
    if (table) known.set(file, table);
    return table;
  };
}
