/**
 * @file Between lexer and parser. Keywords are ordinary names to the lexer; one walk over the tokens, knowing only
 * brackets and whether an operand may come next, finds where statements start and gives each word its office (see the
 * *placed* types in `tokens.ts`). The walk also mends what it can name better than a parser could: missing and surplus
 * brackets, missing commas, `=` for `:`, misspelt keywords. What the parser gets is therefore cut into statements
 * already, and a mistake in one of them cannot spoil the next.
 */
import type { IToken, TokenType } from 'chevrotain';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { closeBracket, closeMissing, openBrace, openRound } from './layout-brackets.ts';
import { holdsList, holdsStatements, LayoutState, maximumNesting, startsOperand } from './layout-state.ts';
import { beginsStatement, reportNameless, startStatement, unexpected, withoutComments } from './layout-statements.ts';
import { maximumDiagnostics, retag } from './lex.ts';
import * as T from './tokens.ts';

/** Arguments that are given by name; only used to guess, after a mistake, whether a word in front of a value is one. */
export const LIKELY_ARGUMENTS: ReadonlySet<string> = new Set(
  (
    'stride pad dilation groups bias mode eps momentum affine alpha step norm keepdims unbiased shared start threshold ' +
    'smoothing weights multiplier output_padding count_padding align_corners ceil init bias_init lr_factor weight_decay ' +
    'lr beta1 beta2 nesterov decay_norms warmup every factor patience watch resize label layout mean std'
  ).split(' '),
);

/** Those that need no name, which parameters of blocks are called, too. */
export const POSSIBLE_ARGUMENTS: ReadonlySet<string> = new Set('channels kernel units rate size'.split(' '));

export interface Layout {
  /** For the parser; absent when the nesting is too deep to go on. */
  readonly tokens?: readonly IToken[];
  readonly diagnostics: readonly Diagnostic[];
  /** Ascending offsets at which a new statement starts or a body has ended. */
  readonly boundaries: readonly number[];
  /** Indices into the stretches between boundaries (`regionOf`) in which a mistake has been reported. */
  readonly blocked: ReadonlySet<number>;
  /** Those of which it has been guessed what they are. */
  readonly guessed: ReadonlySet<number>;
}

/**
 * Takes over `tokens`: their types are changed. A text without mistakes must be laid out without `bold` guesses, which
 * look at line breaks; with them, mistakes are found nearer to where they were made.
 */
export function layOut(tokens: readonly IToken[], text: string, file: string, bold: boolean): Layout {
  const state = new LayoutState(tokens, text, file, bold);
  for (; state.index < tokens.length; state.index++) {
    step(state, tokens[state.index]!);
    if (
      state.abandoned ||
      state.frames.length > maximumNesting ||
      state.diagnostics.length > (bold ? maximumDiagnostics : 0)
    )
      return result(state, undefined);
  }
  while (state.frames.length > 1) closeMissing(state);
  state.dropSkipped(state.top);
  state.out.forEach(mark);
  return result(state, state.out);
}

/** Tells words apart by the word behind them, so that the parser never has to look further than one word ahead. */
function mark(token: IToken, index: number, all: readonly IToken[]): void {
  const before = all[index - 1]?.tokenType;
  const after = all[index + 1]?.tokenType;
  if (token.tokenType === T.Else && after === T.If) retag(token, T.ElseIf);
  if (token.tokenType === T.StringToken && before === T.Arrow && after === T.Colon) retag(token, T.TextLabel);
  if (token.tokenType !== T.Identifier) return;
  const typed = before === T.statementKeywords.input || before === T.statementKeywords.target;
  const metric = before === T.statementKeywords.metric && after === T.Equals;
  if ((after === T.Colon && !typed) || metric) retag(token, T.Label);
}

function result(state: LayoutState, tokens: readonly IToken[] | undefined): Layout {
  const { diagnostics, boundaries, blocked, guessed } = state;
  return { tokens, diagnostics, boundaries, blocked, guessed };
}

type Step = (state: LayoutState, token: IToken) => void;

const steps = new Map<TokenType, Step>([
  [T.Identifier, name],
  [T.LParen, bracket],
  [T.LBracket, bracket],
  [T.LCurly, brace],
  [T.RParen, closeBracket],
  [T.RBracket, closeBracket],
  [T.RCurly, closeBracket],
  [T.Equals, equals],
  [T.Colon, colon],
  [T.Else, otherwise],
]);

function step(state: LayoutState, token: IToken): void {
  const known = steps.get(token.tokenType) ?? (startsOperand(token) ? operand : operator);
  known(state, token);
}

function name(state: LayoutState, token: IToken): void {
  const { top, previous } = state;
  if (state.expectName) {
    state.expectName = false;
    accept(state, token, false);
    return;
  }
  if (previous?.tokenType === T.Dot) {
    accept(state, token, false);
    return;
  }
  if (top.awaited === 'in' && previous?.tokenType === T.Identifier && state.nextIs(T.In, T.Comma)) {
    addComma(state, token);
    top.lacksCommas = false;
    accept(state, token, false);
    return;
  }
  if (top.awaited === 'from' && token.image === 'from') {
    top.awaited = undefined;
    retag(token, T.From);
    accept(state, token, true);
    return;
  }
  if (top.kind === 'import' && token.image === 'from' && state.nextIs(T.StringToken)) {
    closeMissing(state);
    name(state, token);
    return;
  }
  if (isUnit(state, token)) {
    retag(token, T.Unit);
    accept(state, token, false);
    return;
  }
  if (beginsStatement(state, token)) {
    startStatement(state, token);
    return;
  }
  operand(state, token);
}

/** `2 epochs`: only inside brackets, because `batch 128 epochs 30` are two settings. */
function isUnit(state: LayoutState, token: IToken): boolean {
  if (holdsStatements(state.top) || state.previous?.tokenType !== T.NumberToken) return false;
  return /^(epoch|step)s?$/.test(token.image);
}

function accept(state: LayoutState, token: IToken, expectOperand: boolean): void {
  state.push(token);
  state.expectOperand = expectOperand;
}

function operand(state: LayoutState, token: IToken): void {
  if (spacedPair(state, token)) return;
  const { top } = state;
  if (token.tokenType === T.In && top.awaited === 'in') {
    top.awaited = undefined;
    retag(token, T.ForIn);
    accept(state, token, true);
    return;
  }
  state.expectName = false;
  if ((top.fresh && holdsStatements(top)) || !state.expectOperand) juxtaposed(state, token);
  if (token.tokenType === T.If && !state.nextIs(T.Equals)) top.pending.push('branch');
  accept(state, token, token.tokenType === T.If || token.tokenType === T.Not);
}

/** An operand where the last one was already complete. */
function juxtaposed(state: LayoutState, token: IToken): void {
  const { top } = state;
  if (top.pending.includes('branch')) return;
  if (state.nextIs(T.Equals) && holdsStatements(top) && token.tokenType !== T.Identifier) {
    state.reportUnlessSkipping('CNN1025', `\`${token.image}\` is a reserved word`, token, {
      fix: { message: 'choose another name' },
    });
    state.skipRest();
    return;
  }
  if (lacksColon(state)) {
    addColon(state, token);
    return;
  }
  if (holdsList(top)) {
    addComma(state, token);
    return;
  }
  if (top.kind === 'branch') reportSecondStatement(state, token);
  else if (token.tokenType === T.If && top.kind === 'body') {
    state.reportUnlessSkipping('CNN1016', '`if` cannot start a statement', token, {
      fix: { message: 'bind its value: `y = if … { … } else { … }`' },
    });
  } else if (top.fresh || state.firstOnLine()) reportNameless(state, token);
  else unexpected(state, token);
  state.skipRest();
}

/** `stride 2`, where an argument starts. */
function lacksColon(state: LayoutState): boolean {
  const { top, previous, out } = state;
  if (previous?.tokenType !== T.Identifier || (top.kind !== 'call' && top.kind !== 'train')) return false;
  const before = out.at(-2);
  const isFirst = before === top.opener || before?.tokenType === T.Comma || before?.tokenType === T.SettingName;
  return isFirst && (LIKELY_ARGUMENTS.has(previous.image) || isUnnamed(state, previous));
}

/** `kernel 3`: no name of the program, which would stand in it once more. */
function isUnnamed({ tokens }: LayoutState, { image }: IToken): boolean {
  return POSSIBLE_ARGUMENTS.has(image) && tokens.filter((token) => token.image === image).length === 1;
}

function addColon(state: LayoutState, token: IToken): void {
  const span = { file: state.file, start: state.previous!.endOffset! + 1, end: token.startOffset };
  state.reportUnlessSkipping('CNN1012', `a \`:\` is missing behind \`${state.previous!.image}\``, token, {
    fix: { message: `write \`${state.previous!.image}: …\``, edits: [{ span, replacement: ': ' }] },
  });
  state.insert(T.Colon);
}

function addComma(state: LayoutState, token: IToken): void {
  const { top } = state;
  const at = (state.previous?.endOffset ?? -1) + 1;
  // A semicolon has been reported.
  const separated = /;/.test(withoutComments(state.text.slice(at, token.startOffset)));
  if (!top.lacksCommas && !separated)
    state.reportUnlessSkipping('CNN1013', 'a comma is missing before this', token, {
      fix: { message: 'add a `,`', edits: [{ span: { file: state.file, start: at, end: at }, replacement: ',' }] },
    });
  top.lacksCommas ||= !separated;
  state.insert(T.Comma);
}

function reportSecondStatement(state: LayoutState, token: IToken): void {
  state.reportUnlessSkipping('CNN1016', 'a branch of an `if` is a single expression', token, {
    fix: { message: 'bind the other values before the `if`, or write a `block`' },
  });
}

/** `3 x 3`: mended to one token. */
function spacedPair(state: LayoutState, token: IToken): boolean {
  const { previous } = state;
  if (previous?.tokenType !== T.NumberToken || state.expectOperand || !/^[xX]\d*$/.test(token.image)) return false;
  const next = state.peek();
  const separate = token.image.length === 1;
  if (separate && next?.tokenType !== T.NumberToken) return false;
  const last = separate ? next! : token;
  const image = `${previous.image}x${separate ? last.image : token.image.slice(1)}`;
  if (!/^\d+x\d+$/.test(image)) return false;
  previous.image = image;
  previous.endOffset = last.endOffset;
  retag(previous, T.Pair);
  state.reportUnlessSkipping('CNN1005', 'a kernel size is one word', previous, {
    fix: { message: `write \`${image}\``, edits: [{ span: state.span(previous), replacement: image }] },
  });
  if (separate) state.index++;
  return true;
}

function bracket(state: LayoutState, token: IToken): void {
  const { top } = state;
  if (tuple(state, token)) return;
  const calls = token.tokenType === T.LBracket || state.previous?.tokenType === T.Identifier;
  if (holdsStatements(top) && (top.fresh || (!state.expectOperand && !calls))) juxtaposed(state, token);
  openRound(state, token);
}

/** `(3, 3)` as an argument: mended to `3x3`. */
function tuple(state: LayoutState, token: IToken): boolean {
  const [first, comma, second, closer] = [1, 2, 3, 4].map((distance) => state.peek(distance));
  if (token.tokenType !== T.LParen || state.top.kind !== 'call' || !state.expectOperand) return false;
  if (comma?.tokenType !== T.Comma || closer?.tokenType !== T.RParen) return false;
  const image = `${first?.image}x${second?.image}`;
  if (!/^\d+x\d+$/.test(image)) return false;
  token.image = image;
  token.endOffset = closer.endOffset;
  retag(token, T.Pair);
  state.reportUnlessSkipping('CNN1005', 'a pair of sizes is written with `x`', token, {
    fix: { message: `write \`${image}\``, edits: [{ span: state.span(token), replacement: image }] },
  });
  state.index += 4;
  accept(state, token, false);
  return true;
}

function brace(state: LayoutState, token: IToken): void {
  const kind = state.top.pending.pop();
  state.expectName = false;
  if (kind === undefined) {
    state.reportUnlessSkipping('CNN1015', 'a `{` cannot stand here', token, {
      fix: { message: 'braces enclose the body of a `network`, `block`, `train` or `for`, or a branch of an `if`' },
    });
    state.skipRest();
  }
  openBrace(state, token, kind ?? 'branch');
}

function equals(state: LayoutState, token: IToken): void {
  const { top } = state;
  if (top.kind === 'call' && state.previous?.image === 'activation') {
    state.reportUnlessSkipping('CNN1012', 'an activation is a layer of its own', state.previous, {
      fix: { message: 'write `-> relu` after the layer, not as an argument' },
    });
    retag(token, T.Colon);
  } else if ((top.kind === 'call' || top.kind === 'train') && state.previous?.tokenType === T.Identifier) {
    state.reportUnlessSkipping('CNN1012', 'an argument is named with `:`', token, {
      fix: { message: 'write `:`', edits: [{ span: argumentSign(state, token), replacement: ': ' }] },
    });
    retag(token, T.Colon);
  } else if (top.kind === 'branch' && !state.skipping) {
    reportSecondStatement(state, token);
    state.skipRest();
  } else if (holdsStatements(top)) {
    if (top.kind === 'body' && top.colonAllowed) {
      typeSign(state, token);
      return;
    }
    if (!top.equalsAllowed) reportSurplus(state, token, 'compare with `==`; a statement names one value');
    top.equalsAllowed = false;
  }
  accept(state, token, true);
}

/** `input image = [3, 32, 32]` */
function typeSign(state: LayoutState, token: IToken): void {
  state.reportUnlessSkipping('CNN1012', 'the type of an input or target is given with `:`', token, {
    fix: { message: 'write `:`', edits: [{ span: argumentSign(state, token), replacement: ': ' }] },
  });
  state.top.colonAllowed = false;
  retag(token, T.Colon);
  accept(state, token, true);
}

/** A sign with the white space around it. */
function argumentSign(state: LayoutState, token: IToken) {
  const next = state.peek();
  const end = next && !state.firstOnLine(1) ? next.startOffset : token.endOffset! + 1;
  return { file: state.file, start: state.previous!.endOffset! + 1, end };
}

function colon(state: LayoutState, token: IToken): void {
  const { top } = state;
  const stageName = state.out.at(-2)?.tokenType === T.Arrow;
  if (top.kind === 'parameters' && !stageName) {
    state.reportUnlessSkipping('CNN1012', 'the default of a parameter is given with `=`', token, {
      fix: { message: 'write `=`', edits: [{ span: argumentSign(state, token), replacement: ' = ' }] },
    });
    retag(token, T.Equals);
  } else if (holdsStatements(top) && !stageName) {
    if (!top.colonAllowed) reportSurplus(state, token, '`:` names an argument or a layer: `-> conv1: conv(6, 5x5)`');
    if (top.kind === 'body') top.colonAllowed = false;
  }
  accept(state, token, true);
}

function reportSurplus(state: LayoutState, token: IToken, help: string): void {
  state.reportUnlessSkipping('CNN1015', `\`${token.image}\` cannot stand here`, token, { fix: { message: help } });
  state.skipRest();
}

function otherwise(state: LayoutState, token: IToken): void {
  const { top } = state;
  if (top.elseAllowed) {
    if (!state.nextIs(T.If)) top.pending.push('branch');
  } else if (holdsStatements(top) && !top.pending.includes('branch')) {
    state.reportUnlessSkipping('CNN1016', 'this `else` belongs to no `if`', token);
    state.skipRest();
  }
  accept(state, token, true);
}

/** A comma or nothing: lines end without it. */
function endOfLine(state: LayoutState, token: IToken): void {
  state.reportUnlessSkipping('CNN1015', '`,` cannot stand here', token, {
    fix: { message: 'remove it: statements are not separated', edits: [{ span: state.span(token), replacement: '' }] },
  });
  state.skipRest();
}

/** Everything else: operators, arrows, commas, dots and reserved words out of place. */
function operator(state: LayoutState, token: IToken): void {
  const { top } = state;
  const misplacedComma = token.tokenType === T.Comma && top.kind !== 'train';
  if (holdsStatements(top) && !top.pending.length) {
    if (top.fresh) {
      state.reportUnlessSkipping('CNN1015', `a statement cannot start with \`${token.image}\``, token);
      state.skipRest();
    } else if (misplacedComma && (state.firstOnLine(1) || state.nextIs(T.RCurly))) endOfLine(state, token);
    else if (misplacedComma) reportSurplus(state, token, 'a statement names one value');
  }
  // `for channels, stride in …`
  state.expectName = token.tokenType === T.Comma && top.awaited === 'in';
  accept(state, token, true);
}
