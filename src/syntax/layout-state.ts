/** @file The state of the walk over the tokens that `layout.ts` makes, and its elementary steps. */
import { createTokenInstance, type IToken, type TokenType } from 'chevrotain';
import { type DiagnosticCode, type DiagnosticDetails, diagnostic } from '../diagnostics/catalogue.ts';
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import { tokenSpan } from './lex.ts';
import * as T from './tokens.ts';

/** What a pair of brackets encloses. The first three hold statements, the others parts of one expression or head. */
export type FrameKind =
  | 'file'
  | 'body'
  | 'train'
  | 'import'
  | 'branch'
  | 'call'
  | 'group'
  | 'list'
  | 'index'
  | 'parameters'
  | 'operands'
  | 'repeat'
  | 'reduction';

export type BraceKind = 'body' | 'train' | 'branch' | 'import';

export interface Frame {
  readonly kind: FrameKind;
  readonly opener?: IToken;
  /** What the next `{` at this level will open: a head (`for …`) or an `if` waits for it. */
  readonly pending: BraceKind[];
  /** At the very start of a body, or right after a body was closed: no expression is under way. */
  fresh: boolean;
  /** The statement under way may still have its one `=` or `:` at this level. */
  equalsAllowed: boolean;
  colonAllowed: boolean;
  /** `for name` has been read, or the braces of an import: the next word is `in` or `from`. */
  awaited?: 'in' | 'from';
  /** A branch has just been closed. */
  elseAllowed: boolean;
  /** A missing comma has been reported. */
  lacksCommas?: boolean;
  /** From here on the output is left over from a mistake and is dropped when the statement or bracket ends. */
  skipFrom?: number;
}

export const maximumNesting = 100;

export class LayoutState {
  readonly out: IToken[] = [];
  readonly frames: Frame[] = [newFrame('file')];
  readonly diagnostics: Diagnostic[] = [];
  /** Where statements start and bodies end, ascending: one region holds one statement. */
  readonly boundaries: number[] = [];
  /** Regions with a mistake that has been reported: the parser's opinion of them is not wanted. */
  readonly blocked = new Set<number>();
  /** Regions of which it has been guessed what they are: `label: class(10)` may lack a word. */
  readonly guessed = new Set<number>();
  index = 0;
  /** An operator, an opening bracket or a keyword came last: an operand has to follow. */
  expectOperand = false;
  /** A keyword such as `input` came last: the next word is a name, whatever it is. */
  expectName = false;
  /** What follows is written in another language: nothing more can be said about it. */
  abandoned = false;
  /** Inside an `op`: `sum(c) x[c]` is a reduction. */
  inOperator = false;
  /** The opening brace whose body ends, to judge by the indentation, with the brace of an outer one. */
  suspect?: IToken;

  constructor(
    readonly tokens: readonly IToken[],
    readonly text: string,
    readonly file: string,
    /** Whether a word that probably starts a statement ends what is still open; see `layout-statements.ts`. */
    readonly bold: boolean,
  ) {}

  get top(): Frame {
    return this.frames.at(-1)!;
  }

  get previous(): IToken | undefined {
    return this.out.at(-1);
  }

  peek(distance = 1): IToken | undefined {
    return this.tokens[this.index + distance];
  }

  nextIs(...types: TokenType[]): boolean {
    const next = this.peek();
    return next !== undefined && types.includes(next.tokenType);
  }

  /** Whether the token `distance` ahead is the first on its line. */
  firstOnLine(distance = 0): boolean {
    const token = this.peek(distance);
    const before = this.tokens[this.index + distance - 1];
    if (!token || !before) return true;
    return this.text.slice(before.endOffset! + 1, token.startOffset).includes('\n');
  }

  push(token: IToken): void {
    this.out.push(token);
    this.top.fresh = false;
    this.top.elseAllowed = false;
  }

  /** Adds a token that the text lacks, directly after the last one. */
  insert(type: TokenType): IToken {
    const at = (this.previous?.endOffset ?? -1) + 1;
    const token = createTokenInstance(type, '', at, at - 1, Number.NaN, Number.NaN, Number.NaN, Number.NaN);
    this.out.push(token);
    return token;
  }

  span(token: IToken): Span {
    return tokenSpan(token, this.file);
  }

  get skipping(): boolean {
    return this.frames.some((frame) => frame.skipFrom !== undefined);
  }

  report(code: DiagnosticCode, message: string, token: IToken, details: Omit<DiagnosticDetails, 'span'> = {}): void {
    this.block(token);
    this.diagnostics.push(diagnostic(code, message, { ...details, span: this.span(token) }));
  }

  /** As `report`, unless the token belongs to something that has been reported as a whole. */
  reportUnlessSkipping(...args: Parameters<LayoutState['report']>): void {
    if (!this.skipping) this.report(...args);
  }

  private block(token: IToken): void {
    this.blocked.add(this.boundaries.length);
    this.blocked.add(regionOf(this.boundaries, token.startOffset));
  }

  /** Drops the rest of the statement or bracket that is under way, once it has ended. */
  skipRest(): void {
    this.top.skipFrom ??= this.out.length;
  }

  dropSkipped(frame: Frame): void {
    if (frame.skipFrom === undefined) return;
    this.out.length = Math.min(this.out.length, frame.skipFrom);
    frame.skipFrom = undefined;
  }
}

/** The number of boundaries at or before an offset. */
export function regionOf(boundaries: readonly number[], offset: number): number {
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boundaries[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function newFrame(kind: FrameKind, opener?: IToken): Frame {
  const fresh = kind === 'file' || kind === 'body' || kind === 'train';
  return { kind, opener, pending: [], fresh, equalsAllowed: false, colonAllowed: false, elseAllowed: false };
}

export function holdsStatements(frame: Frame): boolean {
  return frame.kind === 'file' || frame.kind === 'body' || frame.kind === 'train';
}

/** Whether items of this bracket are separated by commas. */
export function holdsList(frame: Frame): boolean {
  return ['call', 'list', 'index', 'parameters', 'operands', 'reduction', 'import'].includes(frame.kind);
}

const operandStarts: readonly TokenType[] = [
  T.Identifier,
  T.NumberToken,
  T.Pair,
  T.StringToken,
  T.True,
  T.False,
  T.In,
  T.If,
  T.Not,
];

/** Whether a token can only be the first of an operand; `(`, `[` and `-` may also continue one. */
export function startsOperand(token: IToken): boolean {
  return operandStarts.includes(token.tokenType);
}
