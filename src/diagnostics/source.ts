/** @file The text of a file and where its lines start: offsets to lines and columns, and back. */
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

/** Its lines are found once: a place is then had in the logarithm of their number. */
export class Source {
  /** Where each line starts. */
  readonly lines: readonly number[];

  constructor(
    readonly name: string,
    readonly text: string,
  ) {
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.lines = starts;
  }

  positionOf(offset: number): Position {
    const at = Math.min(Math.max(0, offset), this.text.length);
    let low = 0;
    let high = this.lines.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.lines[middle]! <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - this.lines[low]! + 1 };
  }

  /** The nearest offset there is: that of the end of the line for columns behind it. */
  offsetOf({ line, column }: Position): number {
    if (line < 1) return 0;
    const start = this.lines[line - 1];
    if (start === undefined) return this.text.length;
    return start + Math.min(Math.max(0, column - 1), this.lineAt(line).length);
  }

  /** Where a span starts and ends; its end is the first column behind it. */
  placeOf(span: Span): Place {
    const { line, column } = this.positionOf(span.start);
    const end = this.positionOf(Math.max(span.start, span.end));
    return { file: span.file, line, column, endLine: end.line, endColumn: end.column };
  }

  /** The text of a line without its end. */
  lineAt(line: number): string {
    const next = this.lines[line];
    const found = this.text.slice(this.lines[line - 1], next === undefined ? undefined : next - 1);
    return found.endsWith('\r') ? found.slice(0, -1) : found;
  }
}

/** Some texts by file, each a `Source` when it is first asked for. */
export function sourceFinder(texts: ReadonlyMap<string, string>): (file: string) => Source | undefined {
  const known = new Map<string, Source>();
  return (file) => {
    const text = texts.get(file);
    const source = known.get(file) ?? (text === undefined ? undefined : new Source(file, text));
    if (source) known.set(file, source);
    return source;
  };
}
