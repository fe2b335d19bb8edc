/** @file Tables of text: columns of one width each, two spaces apart, under their titles. */

export interface Column {
  /** The table has a line of titles if any column has one. */
  readonly title?: string;
  /** To the right edge, as numbers are; else to the left. */
  readonly right?: boolean;
  /** Bounds of the width; longer cells lose their middle. */
  readonly least?: number;
  readonly most?: number;
  /** Where the table is too wide, the column gives way, but never becomes narrower than this. */
  readonly shrinksTo?: number;
}

export interface TableOptions {
  /** Before every line. */
  readonly indent?: string;
  /** Of a line; without it columns are as wide as they need be. */
  readonly width?: number;
  /** A line of dashes below the titles. */
  readonly rule?: boolean;
}

type Row = readonly string[];

const GAP = '  ';

/** The lines: titles, a rule if asked for, and one for each row. Nothing stands behind the last cell. */
export function table(columns: readonly Column[], rows: readonly Row[], options: TableOptions = {}): string[] {
  const { indent = '', width = Number.POSITIVE_INFINITY, rule = false } = options;
  const widths = widthsOf(columns, rows, width - indent.length);
  const cell = (text: string, k: number) => {
    const short = shorten(text, widths[k]!);
    return columns[k]!.right ? short.padStart(widths[k]!) : short.padEnd(widths[k]!);
  };
  const line = (row: Row) => `${indent}${row.map(cell).join(GAP)}`.trimEnd();
  const titles = columns.map(({ title = '' }) => title);
  return [
    ...(titles.some(Boolean) ? [line(titles)] : []),
    ...(rule ? [indent + '-'.repeat(Math.min(width - indent.length, total(widths)))] : []),
    ...rows.map(line),
  ];
}

/** The same as one text, each line with its end. */
export function tableText(columns: readonly Column[], rows: readonly Row[], options?: TableOptions): string {
  return table(columns, rows, options)
    .map((line) => `${line}\n`)
    .join('');
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, size) => sum + GAP.length + size, -GAP.length);
}

function widthsOf(columns: readonly Column[], rows: readonly Row[], width: number): number[] {
  const widths = columns.map(({ title = '', least = 0, most = Number.POSITIVE_INFINITY }, k) =>
    Math.min(most, Math.max(least, title.length, ...rows.map((row) => row[k]!.length))),
  );
  for (const [k, { shrinksTo }] of columns.entries()) {
    const excess = total(widths) - width;
    if (shrinksTo !== undefined && excess > 0)
      widths[k] = Math.min(widths[k]!, Math.max(shrinksTo, widths[k]! - excess));
  }
  return widths;
}

/** Keeps the end, which tells layers of one block apart. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.floor((width - 2) / 3);
  return `${text.slice(0, head)}..${text.slice(text.length - (width - head - 2))}`;
}
