/**
 * @file Comments are no part of the tree. The formatter meets them by their places: before it prints something that
 * stands at some offset of the old text, it prints the comments that stand before that.
 */
import type { Comment } from './ast.ts';
import { type Doc, freshLine, hardline, suffix } from './doc.ts';

export class Comments {
  private next = 0;

  constructor(
    private readonly comments: readonly Comment[],
    private readonly text: string,
  ) {}

  /** The comments before `offset` for the middle of an expression; each is printed once. */
  before(offset: number): Doc[] {
    const docs: Doc[] = [];
    for (let comment = this.take(offset); comment; comment = this.take(offset)) docs.push(this.inline(comment));
    return docs;
  }

  hasBefore(offset: number): boolean {
    const comment = this.comments[this.next];
    return comment !== undefined && comment.span.start < offset;
  }

  /** The comments before `offset` that stand behind something on its line, for the end of that line. */
  trailing(offset: number): Doc[] {
    const docs: Doc[] = [];
    while (this.hasBefore(offset) && this.isTrailing(this.comments[this.next]!)) {
      const text = cleaned(this.comments[this.next++]!);
      docs.push(suffix(` ${text}`));
      if (text.startsWith('//')) break;
    }
    return docs;
  }

  /** Whether a comment before `offset` needs the rest of its line. */
  endLine(offset: number): boolean {
    const ahead = this.comments.slice(this.next, this.next + 50).filter((comment) => comment.span.start < offset);
    return ahead.some((comment) => comment.text.startsWith('//') || !this.isTrailing(comment));
  }

  /** The comments before `offset`, behind what was printed last or on lines of their own below it. */
  ofLines(offset: number): Doc[] {
    const docs: Doc[] = [];
    let lineEnded = false;
    for (let comment = this.take(offset); comment; comment = this.take(offset)) {
      const text = cleaned(comment);
      if (lineEnded || !this.isTrailing(comment)) docs.push(hardline, text);
      else docs.push(text.startsWith('//') ? suffix(` ${text}`) : ` ${text}`);
      lineEnded ||= text.startsWith('//');
    }
    return docs;
  }

  /** The next comment before `offset`, if there is one. */
  take(offset: number): Comment | undefined {
    return this.hasBefore(offset) ? this.comments[this.next++] : undefined;
  }

  private inline(comment: Comment): Doc {
    const text = cleaned(comment);
    if (text.startsWith('/*')) return [text, ' '];
    return this.isTrailing(comment) ? [suffix(` ${text}`), freshLine] : [freshLine, text, hardline];
  }

  private isTrailing(comment: Comment): boolean {
    const lineStart = this.text.lastIndexOf('\n', comment.span.start - 1) + 1;
    return /\S/.test(this.text.slice(lineStart, comment.span.start));
  }
}

/** Without blanks at the ends of lines. */
export function cleaned(comment: Comment): string {
  return comment.text.replace(/[^\S\n]+$/gm, '');
}
