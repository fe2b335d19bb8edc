/**
 * @file A small pretty printer: a document says where lines may be broken, the printer breaks them where they get too
 * long. Source: Wadler, "A prettier printer" (2003), with the extensions of the tool of that name.
 */

export type Doc =
  | string
  | readonly Doc[]
  /** A space, or nothing when `soft`, unless its group is broken; always a new line when `hard`. */
  | { readonly kind: 'line'; readonly soft: boolean; readonly hard: boolean }
  /** On one line if it fits; otherwise all lines directly in it are broken. */
  | { readonly kind: 'group'; readonly content: Doc; readonly broken: boolean }
  | { readonly kind: 'indent'; readonly by: number; readonly content: Doc }
  /** Indents to the column where it starts, unless that is beyond `limit`; then by four. */
  | { readonly kind: 'align'; readonly limit: number; readonly content: Doc }
  /** Content and lines alternating: each line is broken only if the content after it does not fit. */
  | { readonly kind: 'fill'; readonly parts: readonly Doc[] }
  /** The rest of a `fill`, from a separator on; only the printer makes it. */
  | { readonly kind: 'resume'; readonly parts: readonly Doc[] }
  /** A comment for the end of the line, or of the line before if nothing has been printed on this one. */
  | { readonly kind: 'suffix'; readonly text: string }
  /** A new line, unless nothing has been printed on this one. */
  | { readonly kind: 'fresh' };

export const line: Doc = { kind: 'line', soft: false, hard: false };
export const softline: Doc = { kind: 'line', soft: true, hard: false };
export const hardline: Doc = { kind: 'line', soft: false, hard: true };

export const freshLine: Doc = { kind: 'fresh' };

export function group(...content: Doc[]): Doc {
  return { kind: 'group', content, broken: content.some(breaks) };
}

export function indent(content: Doc, by = 2): Doc {
  return { kind: 'indent', by, content };
}

export function align(content: Doc, limit = 40): Doc {
  return { kind: 'align', limit, content };
}

export function fill(parts: readonly Doc[]): Doc {
  return { kind: 'fill', parts };
}

export function suffix(text: string): Doc {
  return { kind: 'suffix', text };
}

export function join(separator: Doc, items: readonly Doc[]): Doc[] {
  return items.flatMap((item, index) => (index === 0 ? [item] : [separator, item]));
}

/** Whether a document contains a line break in any case, so that no group around it can be flat. */
function breaks(doc: Doc): boolean {
  if (typeof doc === 'string') return doc.includes('\n');
  if (isList(doc)) return doc.some(breaks);
  switch (doc.kind) {
    case 'line':
      return doc.hard;
    case 'group':
      return doc.broken;
    case 'fill':
    case 'resume':
      return doc.parts.some(breaks);
    case 'fresh':
      return true;
    case 'suffix':
      return false;
    default:
      return breaks(doc.content);
  }
}

function isList(doc: Doc): doc is readonly Doc[] {
  return Array.isArray(doc);
}

interface Item {
  readonly doc: Doc;
  readonly indentation: number;
  readonly flat: boolean;
}

/** The text of a document in lines of at most `width` columns, where it can be broken so. */
export function print(doc: Doc, width: number): string {
  const printer = new Printer(width);
  printer.run(doc);
  return printer.text();
}

class Printer {
  /** Finished, without blanks at their ends. */
  private readonly lines: string[] = [];
  private current = '';
  private column = 0;
  /** Comments that wait for the end of the line. */
  private pending = '';
  private readonly stack: Item[] = [];

  constructor(private readonly width: number) {}

  text(): string {
    this.finishLine();
    return this.lines.join('\n');
  }

  run(doc: Doc): void {
    this.stack.push({ doc, indentation: 0, flat: false });
    for (let item = this.stack.pop(); item; item = this.stack.pop()) this.print(item);
  }

  private print(item: Item): void {
    const { doc } = item;
    if (typeof doc === 'string') {
      if (this.pending !== '' && doc.includes('\n')) this.newLine(item.indentation);
      this.write(doc);
    } else if (isList(doc)) this.stack.push(...reversed(doc, item));
    else if (doc.kind === 'line') this.line(doc, item);
    else if (doc.kind === 'suffix') this.suffix(doc.text);
    else if (doc.kind === 'fresh') this.fresh(item.indentation);
    else if (doc.kind === 'fill') this.fill(doc.parts, item);
    else if (doc.kind === 'resume') this.resume(doc.parts, item);
    else if (doc.kind === 'group') this.group(doc, item);
    else {
      const hanging = this.column <= (doc.kind === 'align' ? doc.limit : -1) ? this.column : undefined;
      const indentation = hanging ?? item.indentation + (doc.kind === 'indent' ? doc.by : 4);
      this.stack.push({ ...item, doc: doc.content, indentation });
    }
  }

  private write(text: string): void {
    const [first, ...rest] = text.split('\n');
    this.current += first;
    this.column += first!.length;
    for (const next of rest) {
      this.finishLine();
      this.current = next;
      this.column = next.length;
    }
  }

  private line(doc: { soft: boolean; hard: boolean }, item: Item): void {
    if (doc.hard || !item.flat) this.newLine(item.indentation);
    else this.write(doc.soft ? '' : ' ');
  }

  private newLine(indentation: number): void {
    this.finishLine();
    this.current = ' '.repeat(indentation);
    this.column = indentation;
  }

  private finishLine(): void {
    this.lines.push(this.current.trimEnd() + this.pending);
    this.current = '';
    this.pending = '';
  }

  private fresh(indentation: number): void {
    if (this.current.trim() !== '' || this.pending !== '') this.newLine(indentation);
  }

  private suffix(text: string): void {
    const above = this.lines.at(-1);
    if (this.current.trim() !== '') this.pending += text;
    else if (above && !above.includes('//')) this.lines[this.lines.length - 1] += text;
    else this.write(text.trimStart());
  }

  private group(doc: { content: Doc; broken: boolean }, item: Item): void {
    const flat = { ...item, doc: doc.content, flat: true };
    this.stack.push(item.flat || (!doc.broken && this.fits(flat)) ? flat : { ...item, doc: doc.content });
  }

  /** Content first; with the column after it known, the separator and the content behind that. */
  private fill(parts: readonly Doc[], item: Item): void {
    const [content, ...rest] = parts;
    if (content === undefined) return;
    this.stack.push({ ...item, doc: { kind: 'resume', parts: rest } }, { ...item, doc: content });
  }

  private resume(parts: readonly Doc[], item: Item): void {
    const [separator, next, ...rest] = parts;
    if (separator === undefined || next === undefined) return;
    this.stack.push({ ...item, doc: { kind: 'resume', parts: rest } });
    const flat = item.flat || (!breaks(separator) && this.fits({ ...item, doc: [separator, next], flat: true }));
    this.stack.push({ ...item, doc: next }, { ...item, doc: separator, flat });
  }

  /** Whether an item, and what follows it up to the next possible line break, has room on this line. */
  private fits(item: Item): boolean {
    let room = this.width - this.column;
    let below = this.stack.length;
    const work: Item[] = [item];
    while (room >= 0) {
      const next = work.pop() ?? (below > 0 ? this.stack[--below] : undefined);
      if (next === undefined) return true;
      const { doc } = next;
      if (typeof doc === 'string') {
        if (doc.includes('\n')) return !next.flat && doc.indexOf('\n') <= room;
        room -= doc.length;
      } else if (isList(doc)) work.push(...reversed(doc, next));
      else if (doc.kind === 'line') {
        if (doc.hard || !next.flat) return !next.flat;
        room -= doc.soft ? 0 : 1;
      } else if (doc.kind === 'fresh') return !next.flat;
      else if (doc.kind === 'fill' || doc.kind === 'resume') work.push(...reversed(doc.parts, next));
      else if (doc.kind !== 'suffix') work.push({ ...next, doc: doc.content });
    }
    return false;
  }
}

function reversed(docs: readonly Doc[], item: Item): Item[] {
  return docs.map((doc) => ({ ...item, doc })).reverse();
}
