/**
 * @file Brackets: what each encloses, and their partners. Missing ones are put in and surplus ones are left out, with a
 * diagnostic each, so that the parser only ever sees brackets that match.
 */
import type { IToken, TokenType } from 'chevrotain';
import {
  type BraceKind,
  type Frame,
  holdsList,
  holdsStatements,
  type LayoutState,
  maximumNesting,
  newFrame,
} from './layout-state.ts';
import { retag } from './lex.ts';
import * as T from './tokens.ts';

/** Opens a `(` or `[`. */
export function openRound(state: LayoutState, token: IToken): void {
  const frame = newFrame(token.tokenType === T.LBracket ? squareKind(state) : roundKind(state), token);
  state.push(token);
  enter(state, frame);
}

export function openBrace(state: LayoutState, token: IToken, kind: BraceKind): void {
  if (kind === 'branch') retag(token, T.BranchOpen);
  else if (kind !== 'import') retag(token, T.BodyOpen);
  state.push(token);
  enter(state, newFrame(kind, token));
}

/** Opens a brace the text lacks. */
export function insertBrace(state: LayoutState, kind: BraceKind): void {
  const token = state.insert(kind === 'import' ? T.LCurly : kind === 'branch' ? T.BranchOpen : T.BodyOpen);
  enter(state, newFrame(kind, token));
}

function enter(state: LayoutState, frame: Frame): void {
  state.frames.push(frame);
  state.expectOperand = true;
  if (state.frames.length === maximumNesting + 1) {
    state.report('CNN1020', `brackets are nested more than ${maximumNesting} deep`, frame.opener!);
  }
}

function squareKind(state: LayoutState): 'list' | 'index' {
  return state.expectOperand ? 'list' : 'index';
}

function roundKind(state: LayoutState): Frame['kind'] {
  const name = state.previous;
  if (state.expectOperand || name?.tokenType !== T.Identifier) return 'group';
  const before = state.out.at(-2)?.tokenType;
  if (before === T.itemKeywords.op) return 'operands';
  if (before === T.itemKeywords.network || before === T.itemKeywords.block || before === T.itemKeywords.fn) {
    return 'parameters';
  }
  if (name.image === 'repeat' && atStage(state)) {
    retag(name, T.Repeat);
    return 'repeat';
  }
  if (isReduction(state, name)) {
    retag(name, T.Reduction);
    return 'reduction';
  }
  return 'call';
}

/** Whether the last token is the first of a stage: `-> repeat` or `-> name: repeat`. */
function atStage(state: LayoutState): boolean {
  const before = state.out.at(-2)?.tokenType;
  return before === T.Arrow || (before === T.Colon && state.out.at(-4)?.tokenType === T.Arrow);
}

/** `sum(c, p) x[…]`: plain names in the brackets, and an operand directly after them. Only in an `op`. */
function isReduction(state: LayoutState, name: IToken): boolean {
  if (!state.inOperator || (name.image !== 'sum' && name.image !== 'max')) return false;
  let distance = 1;
  while (state.peek(distance)?.tokenType === T.Identifier && state.peek(distance + 1)?.tokenType === T.Comma)
    distance += 2;
  if (state.peek(distance)?.tokenType !== T.Identifier || state.peek(distance + 1)?.tokenType !== T.RParen)
    return false;
  const next = state.peek(distance + 2);
  const afterNext = state.peek(distance + 3)?.tokenType;
  if (next?.tokenType === T.NumberToken || next?.tokenType === T.LParen || next?.tokenType === T.If) return true;
  if (next?.tokenType !== T.Identifier || afterNext === T.Equals) return false;
  const startsItem =
    Object.hasOwn(T.itemKeywords, next.image) && (afterNext === T.Identifier || afterNext === T.LCurly);
  return !startsItem;
}

const openerText: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
const closerText: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** Closes with a `)`, `]` or `}` of the text. */
export function closeBracket(state: LayoutState, token: IToken): void {
  const depth = partnerOf(state, token);
  if (depth === undefined) {
    surplus(state, token);
    return;
  }
  while (state.frames.length - 1 > depth) closeMissing(state);
  noteIndentation(state, token);
  dropTrailingComma(state);
  leave(state, token);
}

/** `[3, 32, 32,]`: allowed in every list, so that its items can stand on lines of their own. */
function dropTrailingComma(state: LayoutState): void {
  if (!holdsList(state.top) || state.previous?.tokenType !== T.Comma) return;
  const before = state.out.at(-2);
  if (before !== state.top.opener && before?.tokenType !== T.Comma) state.out.pop();
}

/** The index of the frame that a closing bracket closes. Round and square brackets do not reach beyond a brace. */
function partnerOf(state: LayoutState, token: IToken): number | undefined {
  for (let depth = state.frames.length - 1; depth > 0; depth--) {
    const opener = bracketOf(state.frames[depth]!);
    if (opener === openerText[token.image]) return depth;
    if (opener === '{' && token.image !== '}') return undefined;
  }
  return undefined;
}

/** The kind of bracket, also of one that was put in. */
function bracketOf(frame: Frame): string {
  const type = frame.opener?.tokenType;
  return type === T.LParen ? '(' : type === T.LBracket ? '[' : '{';
}

function surplus(state: LayoutState, token: IToken): void {
  const open = bracketOf(state.top);
  if (open !== '{' && token.image !== '}') {
    const closer = closerText[open]!;
    state.report('CNN1010', `\`${open}\` is closed by \`${token.image}\``, token, {
      notes: [{ message: `the \`${open}\` is here`, span: state.span(state.top.opener!) }],
      fix: { message: `write \`${closer}\``, edits: [{ span: state.span(token), replacement: closer }] },
    });
    leave(state, token);
    return;
  }
  state.report('CNN1010', `this \`${token.image}\` closes nothing`, token, {
    fix: { message: `remove it, or add the \`${openerText[token.image]}\` it belongs to` },
  });
}

/** Closes the innermost bracket although the text does not, and says so. */
export function closeMissing(state: LayoutState): void {
  const frame = state.top;
  const open = bracketOf(frame);
  const closer = closerText[open]!;
  const culprit = (open === '{' ? state.suspect : undefined) ?? frame.opener!;
  const found = state.tokens[state.index];
  state.report('CNN1009', `this \`${open}\` is never closed`, culprit, {
    notes: found ? [{ message: `a \`${closer}\` has to come before this`, span: state.span(found) }] : [],
    fix: { message: `add a \`${closer}\`` },
  });
  state.suspect = undefined;
  leave(state);
}

/** Pops the innermost frame and emits its closing bracket: `token`, or one that is put in. */
function leave(state: LayoutState, token?: IToken): void {
  const frame = state.frames.pop()!;
  state.dropSkipped(frame);
  const type = closerType(frame);
  if (token) {
    retag(token, type);
    state.push(token);
  } else state.insert(type);
  state.expectOperand = frame.kind === 'repeat' || frame.kind === 'reduction';
  if (frame.kind === 'branch') state.top.elseAllowed = true;
  if (frame.kind === 'import') state.top.awaited = 'from';
  if (frame.kind === 'body' || frame.kind === 'train') {
    state.top.fresh = true;
    state.boundaries.push(state.previous!.endOffset! + 1);
  }
}

function closerType(frame: Frame): TokenType {
  if (holdsStatements(frame)) return T.BodyClose;
  if (frame.kind === 'branch') return T.BranchClose;
  if (frame.kind === 'import') return T.RCurly;
  return bracketOf(frame) === '[' ? T.RBracket : T.RParen;
}

/**
 * `}` in a column left of the line that opened the innermost body: probably that one lacks its brace, and this one was
 * meant for an outer body. Remembered for the moment when a brace turns out to be missing.
 */
function noteIndentation(state: LayoutState, token: IToken): void {
  const opener = state.top.opener;
  if (token.image !== '}' || !opener || opener.image === '' || !state.firstOnLine()) return;
  if (indentation(state.text, token) < indentation(state.text, opener)) state.suspect ??= opener;
}

/** Of the line of a token, in characters. */
export function indentation(text: string, token: IToken): number {
  const start = text.lastIndexOf('\n', token.startOffset) + 1;
  return text.slice(start).search(/\S|$/);
}
