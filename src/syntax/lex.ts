/**
 * @file Text to tokens. What other languages would allow here (semicolons, `#` comments, `&&`, `'strings'`) is
 * reported once and mended, so that the parser sees what the user meant.
 */
import { type IToken, Lexer, type TokenType } from 'chevrotain';
import { type DiagnosticCode, diagnostic } from '../diagnostics/catalogue.ts';
import type { Diagnostic, Fix, Span } from '../diagnostics/diagnostic.ts';
import type { Comment } from './ast.ts';
import * as T from './tokens.ts';

export interface Lexed {
  /** Without comments and white space, in source order. */
  readonly tokens: IToken[];
  readonly comments: readonly Comment[];
  readonly diagnostics: readonly Diagnostic[];
  /** There are more mistakes than anyone reads: the text is hardly a program. */
  readonly hopeless: boolean;
}

/** Further mistakes are not reported. */
export const maximumDiagnostics = 50;

/** Operators of other languages and typography, and what they are called here. */
const foreignOperators: Record<string, TokenType> = {
  '&&': T.And,
  '||': T.Or,
  '|>': T.Arrow,
  '**': T.Caret,
  '=>': T.Arrow,
  ':=': T.Equals,
  '===': T.EqualEqual,
  '!==': T.NotEqual,
  '!': T.Not,
  '→': T.Arrow,
  '⟶': T.Arrow,
  '×': T.Star,
  '·': T.Star,
  '÷': T.Slash,
  '−': T.Minus,
  '–': T.Minus,
  '≤': T.LessEqual,
  '≥': T.GreaterEqual,
  '≠': T.NotEqual,
  '∧': T.And,
  '∨': T.Or,
  '¬': T.Not,
};

let cached: Lexer | undefined;

/** Made at the first use: it costs milliseconds, and importing this file should not. Its definition is checked by a test. */
function lexer(): Lexer {
  cached ??= new Lexer(T.lexedTokens, {
    positionTracking: 'onlyOffset',
    skipValidations: true,
    ensureOptimizations: false,
  });
  return cached;
}

export function lex(text: string, file: string): Lexed {
  const result = lexer().tokenize(text);
  for (const token of [...result.tokens, ...Object.values(result.groups).flat()]) {
    token.endOffset = token.startOffset + token.image.length - 1; // chevrotain leaves it out when only offsets are tracked
  }
  const mistakes = result.groups.mistakes ?? [];
  const inOrder = [...result.tokens, ...mistakes].sort((one, other) => one.startOffset - other.startOffset);
  const mender = new Mender(file, separators(inOrder, text));
  for (let k = 0; k < mistakes.length && !mender.isFull; k++) mender.report(mistakes[k]!);
  for (let k = 0; k < result.tokens.length && !mender.isFull; k++) mender.mend(result.tokens[k]!);
  const comments = (result.groups.comments ?? []).map((token) => ({ text: token.image, span: tokenSpan(token, file) }));
  return { tokens: result.tokens, comments, diagnostics: mender.finish(), hopeless: mender.isFull };
}

/** The text a token covers; empty for tokens that were put in by the compiler. */
export function tokenSpan(token: IToken, file: string): Span {
  return { file, start: token.startOffset, end: (token.endOffset ?? token.startOffset - 1) + 1 };
}

export function retag(token: IToken, type: TokenType): void {
  token.tokenType = type;
  token.tokenTypeIdx = type.tokenTypeIdx!;
}

/** Semicolons that stand where commas should, `crossentropy(logits; label)`: within brackets of their line, and not at its end. */
function separators(tokens: readonly IToken[], text: string): ReadonlySet<IToken> {
  const found = new Set<IToken>();
  let [depth, end] = [0, 0];
  for (const [k, token] of tokens.entries()) {
    const beginsLine = text.slice(end, token.startOffset).includes('\n');
    if (beginsLine) {
      depth = 0;
      found.delete(tokens[k - 1]!);
    }
    end = token.startOffset + token.image.length;
    if (token.image === '(' || token.image === '[') depth++;
    if (token.image === ')' || token.image === ']') depth--;
    if (token.image === ';' && depth > 0 && k + 1 < tokens.length) found.add(token);
  }
  return found;
}

/** Reports lexical mistakes and gives mistaken tokens the type that was meant. */
class Mender {
  private readonly diagnostics: Diagnostic[] = [];
  /** Semicolons and `#` comments come in dozens; only the first is shown, with the number of the others. */
  private readonly repeated = new Map<string, { index: number; more: number }>();

  constructor(
    private readonly file: string,
    private readonly separators: ReadonlySet<IToken>,
  ) {}

  get isFull(): boolean {
    return this.diagnostics.length > maximumDiagnostics;
  }

  report(token: IToken): void {
    const span = tokenSpan(token, this.file);
    if (token.tokenType === T.Semicolon) {
      const comma = { message: 'write `,`', edits: [{ span, replacement: ',' }] };
      const nothing = { message: 'remove it', edits: [{ span, replacement: '' }] };
      this.addOnce('CNN1006', 'there are no semicolons', span, this.separators.has(token) ? comma : nothing);
    } else if (token.tokenType === T.HashComment) {
      const fix = { message: 'write `//`', edits: [{ span: { ...span, end: span.start + 1 }, replacement: '//' }] };
      this.addOnce('CNN1007', 'comments start with `//`, not with `#`', span, fix);
    } else if (token.tokenType === T.UnclosedComment) {
      const opening = { ...span, end: span.start + 2 };
      this.add('CNN1003', 'this comment is never closed', opening, { message: 'end it with `*/`' });
    } else this.unknown(token, span);
  }

  private unknown(token: IToken, span: Span): void {
    const last = this.diagnostics.at(-1);
    const character = JSON.stringify([...token.image][0]).slice(1, -1);
    if (last?.code === 'CNN1001' && last.span?.end === span.start) {
      this.diagnostics[this.diagnostics.length - 1] = { ...last, span: { ...last.span, end: span.end } };
    } else this.add('CNN1001', `unknown character \`${character}\``, span);
  }

  mend(token: IToken): void {
    this.menders.get(token.tokenType)?.(token, tokenSpan(token, this.file));
  }

  private readonly menders = new Map<TokenType, (token: IToken, span: Span) => void>([
    [T.UnclosedString, (token, span) => this.unclosedString(token, span)],
    [T.SingleQuoted, (token, span) => this.singleQuoted(token, span)],
    [T.StringToken, (token, span) => this.escapes(token, span)],
    [T.MalformedPair, (token, span) => this.pair(token, span)],
    [T.MalformedNumber, (token, span) => this.number(token, span)],
    [T.ForeignOperator, (token, span) => this.operator(token, span)],
    [T.ForeignName, (token, span) => this.foreignName(token, span)],
    [T.Identifier, (token, span) => this.name(token, span)],
  ]);

  private unclosedString(token: IToken, span: Span): void {
    retag(token, T.StringToken);
    this.add('CNN1002', 'this string is never closed', span, { message: 'end it with `"` on the same line' });
  }

  private foreignName(token: IToken, span: Span): void {
    retag(token, T.Identifier);
    const fix = { message: 'use the letters a to z, digits and `_`' };
    this.add('CNN1027', `\`${token.image}\` has letters that names cannot have`, span, fix);
  }

  /** The one name that JavaScript's objects do not hold as they hold others. */
  private name(token: IToken, span: Span): void {
    if (token.image !== '__proto__') return;
    this.add('CNN1025', '`__proto__` is a reserved word', span, { message: 'choose another name' });
  }

  private singleQuoted(token: IToken, span: Span): void {
    token.image = `"${token.image.slice(1, -1).replaceAll('"', '\\"')}"`;
    retag(token, T.StringToken);
    this.add('CNN1002', 'strings are written in double quotes', span, {
      message: `write \`${token.image}\``,
      edits: [{ span, replacement: token.image }],
    });
  }

  private escapes(token: IToken, span: Span): void {
    for (const match of token.image.matchAll(/\\(.)/g)) {
      if ('"\\nt'.includes(match[1]!)) continue;
      const start = span.start + match.index;
      this.add(
        'CNN1026',
        `unknown escape \`${match[0]}\` in a string`,
        { ...span, start, end: start + 2 },
        {
          message: 'write `\\\\` for a backslash, or `/` in a path',
        },
      );
      return;
    }
  }

  private pair(token: IToken, span: Span): void {
    token.image = token.image.replace(/[X×]/, 'x');
    retag(token, T.Pair);
    this.add('CNN1005', 'a kernel size is written with a small `x`', span, {
      message: `write \`${token.image}\``,
      edits: [{ span, replacement: token.image }],
    });
  }

  private number(token: IToken, span: Span): void {
    retag(token, T.NumberToken);
    const { image } = token;
    if (/^\d+([xX]\d*)+$/.test(image)) {
      retag(token, T.Pair);
      this.add('CNN1005', `\`${image}\` is not a kernel size`, span, { message: 'write height and width: `3x3`' });
    } else if (/^\.\d+$|^\d+\.$/.test(image)) {
      const mended = image.startsWith('.') ? `0${image}` : image.slice(0, -1);
      this.add('CNN1004', `\`${image}\` is not a number`, span, {
        message: `write \`${mended}\``,
        edits: [{ span, replacement: mended }],
      });
    } else {
      const message = 'the suffixes are `k`, `M`, `G`, `KB`, `MB`, `GB` and `%`';
      this.add('CNN1004', `\`${image}\` is not a number`, span, { message });
    }
  }

  private operator(token: IToken, span: Span): void {
    const type = foreignOperators[token.image]!;
    const text = type.PATTERN as string;
    const replacement = /^[a-z]/.test(text) ? ` ${text} ` : text;
    retag(token, type);
    this.add('CNN1008', `\`${token.image}\` is written \`${text}\` here`, span, {
      message: `write \`${text}\``,
      edits: [{ span, replacement }],
    });
    token.image = text;
  }

  private add(code: DiagnosticCode, message: string, span: Span, fix?: Fix): void {
    this.diagnostics.push(diagnostic(code, message, { span, ...(fix && { fix }) }));
  }

  private addOnce(code: DiagnosticCode, message: string, span: Span, fix: Fix): void {
    const key = `${code} ${fix.message}`;
    const first = this.repeated.get(key);
    if (first) first.more++;
    else {
      this.repeated.set(key, { index: this.diagnostics.length, more: 0 });
      this.add(code, message, span, fix);
    }
  }

  finish(): Diagnostic[] {
    for (const { index, more } of this.repeated.values()) {
      if (more === 0) continue;
      const notes = [
        { message: more === 1 ? 'there is one more in this file' : `there are ${more} more in this file` },
      ];
      this.diagnostics[index] = { ...this.diagnostics[index]!, notes };
    }
    return this.diagnostics;
  }
}
