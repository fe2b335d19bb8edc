/** @file Text to AST: lexer, layout, parser, builder. Never throws for what a user wrote. */
import { type CstNode, EOF, type IRecognitionException, type IToken } from 'chevrotain';
import { diagnostic } from '../diagnostics/catalogue.ts';
import { type Diagnostic, InternalError } from '../diagnostics/diagnostic.ts';
import type { Comment, OperatorItem, Program } from './ast.ts';
import { buildItems, onlyOperator } from './build-program.ts';
import { Damage } from './damage.ts';
import { parser } from './grammar.ts';
import { type Layout, layOut } from './layout.ts';
import { regionOf } from './layout-state.ts';
import { lex, maximumDiagnostics, tokenSpan } from './lex.ts';
import { explain } from './syntax-error.ts';

export interface ParseResult {
  /** What could be understood; complete when there are no diagnostics. */
  readonly program: Program;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** Present when there are diagnostics: what of the program is sound. */
  readonly damage?: Damage;
}

/** UTF-16 units. */
const maximumLength = 500_000;
/** Words and signs; published networks have some hundreds. */
const maximumTokens = 50_000;

/** Lexical mistakes that were mended and leave nothing for the parser to stumble over. */
const harmless = new Set(['CNN1002', 'CNN1004', 'CNN1005', 'CNN1006', 'CNN1007', 'CNN1008', 'CNN1026', 'CNN1027']);

/** Mistakes that were mended, about how something is written and not about what: its names stand where they stood. */
const certain = new Set([...harmless, 'CNN1012']);

/** Parses a whole file. Reports CNN1xxx, one diagnostic for each cause. */
export function parse(text: string, file: string): ParseResult {
  if (text.length > maximumLength) return unread(text, file, [tooLarge(text, file)]);
  const exact = attempt(text, file, false);
  if (exact.diagnostics.length === 0) return exact;
  const bold = attempt(text, file, true);
  return bold.diagnostics.length > 0 ? bold : exact;
}

/** One pass over the text; `bold` where it is known to have mistakes, else it ends at the first. */
function attempt(text: string, file: string, bold: boolean): ParseResult {
  const lexed = lex(text, file);
  if (lexed.tokens.length > maximumTokens) return unread(text, file, [tooLong(lexed.tokens[maximumTokens]!, file)]);
  if (lexed.hopeless || (!bold && lexed.diagnostics.length > 0)) return unread(text, file, lexed.diagnostics);
  const layout = layOut(lexed.tokens, text, file, bold);
  const diagnostics = [...lexed.diagnostics, ...unlessUnknown(layout, lexed.diagnostics)];
  const torn = new Set(layout.guessed);
  const program = parseTokens(layout, text, file, lexed.comments, { diagnostics, torn });
  if (diagnostics.length === 0) return { program, diagnostics };
  const { boundaries, tokens } = layout;
  const broken = blockedRegions(layout, diagnostics);
  const mended = mendedRegions(broken, torn, boundaries, diagnostics);
  const damage = new Damage({ tokens: lexed.tokens, text, program, boundaries, broken, mended, isUnread: !tokens });
  return { program, diagnostics: inOrder(diagnostics), damage };
}

function unread(text: string, file: string, diagnostics: readonly Diagnostic[]): ParseResult {
  const program = emptyProgram(text, file);
  const none = new Set<number>();
  const damage = new Damage({ tokens: [], text, program, boundaries: [], broken: none, mended: none, isUnread: true });
  return { program, diagnostics: inOrder(diagnostics), damage };
}

/** Of operators, optimisers and schedules; each text is parsed once per process. */
const OPERATORS = new Map<string, OperatorItem>();

/** Parses one `op` declaration of the compiler itself. Throws an `InternalError` when it is wrong. */
export function parseOperator(text: string): OperatorItem {
  const known = OPERATORS.get(text);
  if (known) return known;
  const { program, diagnostics } = parse(text, 'operator');
  const [first] = diagnostics;
  if (first) throw new InternalError('syntax', `${first.message} at ${first.span?.start} in \`${text}\``);
  const item = onlyOperator(program.items);
  OPERATORS.set(text, item);
  return item;
}

function parseTokens(
  layout: Layout,
  text: string,
  file: string,
  comments: readonly Comment[],
  { diagnostics, torn }: { readonly diagnostics: Diagnostic[]; readonly torn: Set<number> },
): Program {
  const program = { ...emptyProgram(text, file), comments };
  if (!layout.tokens) return program;
  const known = blockedRegions(layout, diagnostics);
  const chevrotain = parser();
  chevrotain.input = layout.tokens as IToken[];
  const tree = chevrotain.program() as CstNode;
  for (const error of chevrotain.errors)
    for (const token of [error.token, (error as { previousToken?: IToken }).previousToken])
      if (token) torn.add(regionOf(layout.boundaries, token.startOffset));
  diagnostics.push(...explainAll(chevrotain.errors, layout, known, file));
  const context = { file, report: (found: Diagnostic) => diagnostics.push(found) };
  return { ...program, items: buildItems(context, tree) };
}

/** What the layout has to say, except about statements with characters that it could not see. */
function unlessUnknown(layout: Layout, lexical: readonly Diagnostic[]): Diagnostic[] {
  const region = (found: Diagnostic) => regionOf(layout.boundaries, found.span!.start);
  const unknown = new Set(lexical.filter((found) => found.code === 'CNN1001').map(region));
  return layout.diagnostics.filter((found) => !unknown.has(region(found)));
}

/** The regions about which something has been said already. */
function blockedRegions(layout: Layout, diagnostics: readonly Diagnostic[]): Set<number> {
  const blocked = new Set(layout.blocked);
  for (const { code, span } of diagnostics) {
    if (span && !harmless.has(code)) blocked.add(regionOf(layout.boundaries, span.start));
  }
  return blocked;
}

/** The broken regions about which nothing but mended mistakes has been said; those in `torn` may say something else, or more. */
function mendedRegions(
  broken: ReadonlySet<number>,
  torn: ReadonlySet<number>,
  boundaries: readonly number[],
  diagnostics: readonly Diagnostic[],
): Set<number> {
  const mended = new Set(diagnostics.map(({ span }) => regionOf(boundaries, span!.start)));
  for (const { code, span } of diagnostics) if (!certain.has(code)) mended.delete(regionOf(boundaries, span!.start));
  return new Set([...mended].filter((number) => broken.has(number) && !torn.has(number)));
}

/** At most one diagnostic for each statement. */
function explainAll(
  errors: readonly IRecognitionException[],
  layout: Layout,
  blocked: Set<number>,
  file: string,
): Diagnostic[] {
  return errors.slice(0, 4 * maximumDiagnostics).flatMap((error) => {
    const found = explain(error, layout.tokens ?? [], file);
    const region = regionOf(layout.boundaries, found.span!.start);
    const atEnd = error.token.tokenType === EOF && layout.diagnostics.length > 0;
    if (blocked.has(region) || atEnd) return [];
    blocked.add(region);
    return [found];
  });
}

function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const start = (found: Diagnostic) => found.span?.start ?? 0;
  return diagnostics.toSorted((left, right) => start(left) - start(right)).slice(0, maximumDiagnostics);
}

function emptyProgram(text: string, file: string): Program {
  return { kind: 'program', items: [], comments: [], span: { file, start: 0, end: text.length } };
}

function tooLong(token: IToken, file: string): Diagnostic {
  const message = `this file has more than ${maximumTokens} words and signs`;
  return diagnostic('CNN1021', message, {
    span: tokenSpan(token, file),
    fix: { message: 'repeat with `repeat`, `for` and blocks' },
  });
}

function tooLarge(text: string, file: string): Diagnostic {
  const megabytes = (text.length / 1e6).toFixed(1);
  return diagnostic('CNN1021', `this file has ${megabytes} MB; at most half a MB can be a network`, {
    span: { file, start: 0, end: 0 },
  });
}
