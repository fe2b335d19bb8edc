/**
 * @file Where statements start. White space means nothing, so it is the words that tell: a name that cannot continue the
 * expression before it starts a statement, and its first word says which. In a text known to have mistakes the guesses
 * are bolder: a word that very probably starts a statement ends whatever was still open.
 */
import type { IToken } from 'chevrotain';
import { nearest } from '../common/nearest.ts';
import { closeMissing, indentation, insertBrace } from './layout-brackets.ts';
import { holdsStatements, type LayoutState, startsOperand } from './layout-state.ts';
import { retag } from './lex.ts';
import * as T from './tokens.ts';

/** The settings that `train` is known to have; only used to guess, after a mistake, where a setting starts or what one is. */
const likelySettings = new Set(
  'data normalize augment init optimizer schedule clip accumulate average batch epochs stop validation seed'.split(' '),
);

/** Words that other languages put before a definition. */
const foreignDefinitions = new Set(['let', 'var', 'const', 'val', 'def', 'layer', 'auto', 'define']);

/** Whether the name at hand starts a statement. */
export function beginsStatement(state: LayoutState, token: IToken): boolean {
  const frame = state.top;
  if (!holdsStatements(frame)) return endsBrackets(state, token);
  if (state.bold && frame.skipFrom !== undefined && !state.firstOnLine()) return looksLikeStart(state, token);
  if (isArgument(state)) return false;
  if (frame.fresh || !state.expectOperand) return !frame.pending.includes('branch') || looksLikeStart(state, token);
  return looksLikeStart(state, token);
}

/** `mean = 0.5`, directly behind a setting or a comma of the same line. */
function isArgument(state: LayoutState): boolean {
  const before = state.previous?.tokenType;
  if (state.top.kind !== 'train' || !state.nextIs(T.Equals) || state.firstOnLine()) return false;
  return before === T.SettingName || before === T.Comma;
}

/** Whether the name at hand, found inside brackets, must be the start of a statement after them. */
function endsBrackets(state: LayoutState, token: IToken): boolean {
  const frame = state.top;
  if (looksLikeItem(state, token)) return true;
  if (frame.kind === 'branch' || frame.kind === 'parameters') return false;
  const first = state.previous === frame.opener || state.previous?.tokenType === T.Comma;
  if (state.expectOperand && first) return looksLikeKeyword(state, token);
  return looksLikeStart(state, token);
}

function looksLikeStart(state: LayoutState, token: IToken): boolean {
  if (!state.bold) return false;
  const chained = state.previous?.tokenType === T.Equals && !state.firstOnLine();
  return (state.nextIs(T.Equals) && !chained) || looksLikeKeyword(state, token) || looksLikeItem(state, token);
}

/** A statement's keyword, first on its line and followed by a name. */
function looksLikeKeyword(state: LayoutState, token: IToken): boolean {
  if (!state.bold || !state.firstOnLine()) return false;
  const holder = state.frames.findLast(holdsStatements)!;
  if (holder.kind === 'train') return likelySettings.has(token.image) && !!state.peek() && startsOperand(state.peek()!);
  if (holder.kind !== 'body' || !Object.hasOwn(T.statementKeywords, token.image)) return false;
  const namesValue = token.image === 'output' || token.image === 'metric';
  return state.nextIs(T.Identifier) && (namesValue || state.peek(2)?.tokenType !== T.Equals);
}

function looksLikeItem(state: LayoutState, token: IToken): boolean {
  if (!state.bold) return false;
  if (!Object.hasOwn(T.itemKeywords, token.image) || !state.firstOnLine()) return false;
  if (token.image === 'import') return state.nextIs(T.LCurly);
  const afterName = state.peek(2)?.tokenType;
  if (isIndented(state, token)) return false;
  const opensBrace = afterName === T.LCurly && token.image !== 'fn' && token.image !== 'op';
  return state.nextIs(T.Identifier) && (opensBrace || (afterName === T.LParen && token.image !== 'train'));
}

/** Whether a word stands deeper than the line that opened the body around it. */
function isIndented(state: LayoutState, token: IToken): boolean {
  const opener = state.frames.findLast(holdsStatements)!.opener;
  return opener !== undefined && indentation(state.text, token) > indentation(state.text, opener);
}

/** Ends what is still open and gives the first word of a statement its office. */
export function startStatement(state: LayoutState, token: IToken): void {
  const item = looksLikeItem(state, token);
  while (item ? state.frames.length > 1 : !holdsStatements(state.top)) closeMissing(state);
  const frame = state.top;
  state.dropSkipped(frame);
  if (item) frame.pending.length = 0;
  else if (supplyBrace(state, token)) {
    startStatement(state, token);
    return;
  }
  state.boundaries.push(token.startOffset);
  frame.equalsAllowed = frame.colonAllowed = frame.elseAllowed = frame.fresh = false;
  frame.awaited = undefined;
  if (token.image === 'allow' && state.nextIs(T.Identifier)) allow(state, token);
  else if (frame.kind === 'file') startItem(state, token);
  else if (frame.kind === 'body') startBodyStatement(state, token);
  else startSetting(state, token);
}

/** A head such as `network A` or `for w in widths` that is not followed by its `{`. */
function supplyBrace(state: LayoutState, token: IToken): boolean {
  const kind = state.top.pending.pop();
  if (kind === undefined) return false;
  state.top.pending.length = 0;
  if (kind === 'branch' || kind === 'import') return false;
  state.report('CNN1009', 'a `{` is missing before this', token, { fix: { message: 'add a `{` after the head' } });
  insertBrace(state, kind);
  return true;
}

/** `allow CNN5001 "reason"`, as a whole. */
function allow(state: LayoutState, token: IToken): void {
  retag(token, T.Allow);
  const code = state.peek()!;
  const reason = state.peek(2);
  state.push(token);
  state.push(code);
  state.index++;
  if (reason?.tokenType === T.StringToken) {
    state.push(reason);
    state.index++;
  } else {
    state.reportUnlessSkipping('CNN1028', `\`allow ${code.image}\` has no reason`, code, {
      fix: { message: `write it behind the code: \`allow ${code.image} "as the paper has it"\`` },
    });
    state.insert(T.StringToken).image = '""';
  }
  state.inOperator = false;
  state.expectOperand = false;
}

function startItem(state: LayoutState, token: IToken): void {
  state.inOperator = false;
  const keyword = state.nextIs(T.Equals) ? undefined : keywordOf(state, token, Object.keys(T.itemKeywords));
  if (state.nextIs(T.Equals)) binding(state, token);
  else if (keyword) item(state, token, keyword as T.ItemKeyword);
  else stray(state, token);
}

function item(state: LayoutState, token: IToken, keyword: T.ItemKeyword): void {
  retag(token, T.itemKeywords[keyword]);
  state.push(token);
  state.expectOperand = true;
  state.expectName = keyword !== 'import';
  checkHead(state, token, keyword);
  state.inOperator = keyword === 'op';
  state.top.equalsAllowed = keyword === 'fn' || keyword === 'op';
  if (keyword === 'network' || keyword === 'block') state.top.pending.push('body');
  if (keyword === 'train' || keyword === 'import') state.top.pending.push(keyword);
}

/** Reports a head without its name, or an import without braces, so that the rest of the item can still be understood. */
function checkHead(state: LayoutState, token: IToken, keyword: T.ItemKeyword): void {
  if (keyword === 'import') {
    if (state.nextIs(T.LCurly)) return;
    state.reportUnlessSkipping('CNN1015', 'the imported names stand in braces', state.peek() ?? token, {
      fix: { message: 'write `import { Name } from "file"`' },
    });
    state.skipRest();
  } else if (state.nextIs(T.LCurly, T.LParen)) {
    state.reportUnlessSkipping('CNN1015', `this \`${keyword}\` has no name`, token, {
      fix: { message: `write \`${keyword} Name\`` },
    });
    state.insert(T.Identifier).image = '_';
    state.expectName = false;
    state.expectOperand = false;
  }
}

function startBodyStatement(state: LayoutState, token: IToken): void {
  const keyword = state.nextIs(T.Equals) ? undefined : keywordOf(state, token, Object.keys(T.statementKeywords));
  if (state.nextIs(T.Equals)) binding(state, token);
  else if (keyword) statement(state, token, keyword as T.StatementKeyword);
  else if (state.nextIs(T.Colon)) labelled(state, token);
  else stray(state, token);
}

function statement(state: LayoutState, token: IToken, keyword: T.StatementKeyword): void {
  retag(token, T.statementKeywords[keyword]);
  state.push(token);
  const frame = state.top;
  const named = ['input', 'target', 'output', 'for'].includes(keyword);
  const namedMetric = keyword === 'metric' && state.nextIs(T.Identifier) && state.peek(2)?.tokenType === T.Equals;
  state.expectOperand = true;
  state.expectName = named || namedMetric;
  frame.colonAllowed = keyword === 'input' || keyword === 'target';
  frame.equalsAllowed = keyword === 'output' || namedMetric;
  if (keyword === 'for') {
    frame.awaited = 'in';
    frame.pending.push('body');
  }
}

function binding(state: LayoutState, token: IToken): void {
  retag(token, state.top.kind === 'file' ? T.ConstantName : T.BindingName);
  state.push(token);
  state.top.equalsAllowed = true;
  state.expectOperand = true;
}

/** `conv1: conv(6, 5x5)` as a statement. */
function labelled(state: LayoutState, token: IToken): void {
  const colon = state.peek()!;
  if (Object.hasOwn(T.statementKeywords, token.image)) {
    state.reportUnlessSkipping('CNN1012', `\`${token.image}\` is written without a sign`, colon, {
      fix: { message: `write \`${token.image} …\``, edits: [{ span: state.span(colon), replacement: '' }] },
    });
    state.index++;
    statement(state, token, token.image as T.StatementKeyword);
    return;
  }
  state.reportUnlessSkipping('CNN1012', 'a value is given to a name with `=`', colon, {
    fix: { message: 'write `=`', edits: [{ span: state.span(colon), replacement: ' =' }] },
  });
  state.guessed.add(state.boundaries.length);
  retag(colon, T.Equals);
  binding(state, token);
}

function startSetting(state: LayoutState, token: IToken): void {
  const isFirst = state.firstOnLine() || likelySettings.has(token.image);
  const before = isFirst ? undefined : state.out.findLast(({ tokenType }) => tokenType === T.SettingName);
  retag(token, T.SettingName);
  state.push(token);
  state.top.colonAllowed = true;
  state.expectOperand = true;
  const next = state.peek();
  if (!state.nextIs(T.Equals, T.Colon)) return;
  const edits = [{ span: state.span(next!), replacement: '' }];
  const fix = before
    ? {
        message: `if \`${token.image}\` belongs to \`${before.image}\`, write \`, ${token.image}: …\`, else \`${token.image} …\``,
      }
    : { message: `write \`${token.image} …\``, edits };
  state.reportUnlessSkipping('CNN1019', `a setting is written without \`${next!.image}\``, next!, { fix });
  state.index++;
}

/** The keyword that `token` is, or is a misspelling of. */
function keywordOf(state: LayoutState, token: IToken, keywords: readonly string[]): string | undefined {
  const next = state.peek();
  const word = token.image;
  if (keywords.includes(word)) return canFollow(state, word) ? word : undefined;
  if (!next || !(next.tokenType === T.Identifier || (next.tokenType === T.LCurly && !state.top.fresh)))
    return undefined;
  if (foreignDefinitions.has(word) || !followsKeyword(state, token)) return undefined;
  const meant = nearest(word, keywords);
  if (!meant) return undefined;
  state.reportUnlessSkipping('CNN1011', `unknown keyword \`${word}\``, token, {
    fix: { message: `did you mean \`${meant}\`?`, edits: [{ span: state.span(token), replacement: meant }] },
  });
  return meant;
}

/** Whether what comes after a keyword can belong to it; otherwise the word is an ordinary name. */
function canFollow(state: LayoutState, keyword: string): boolean {
  if (Object.hasOwn(T.itemKeywords, keyword)) return true;
  if (['input', 'target', 'output', 'for', 'metric'].includes(keyword)) return !state.nextIs(T.Arrow, T.Dot, T.Colon);
  const next = state.peek();
  if (!next) return true;
  return startsOperand(next) || state.nextIs(T.LParen, T.LBracket, T.Minus, T.RCurly);
}

/** `y = x` and then `relu` on the same line is no misspelt keyword. */
function followsKeyword(state: LayoutState, token: IToken): boolean {
  return (
    state.firstOnLine() ||
    state.top.kind === 'file' ||
    state.previous?.tokenType === T.BodyOpen ||
    token.image.length > 4
  );
}

/** A word that starts no statement: reports it, and drops it with all that belongs to it. */
function stray(state: LayoutState, token: IToken): void {
  const next = state.peek();
  if (foreignDefinitions.has(token.image) && next?.tokenType === T.Identifier) {
    foreignDefinition(state, token, next);
    return;
  }
  const inFile = state.top.kind === 'file';
  if (!inFile && Object.hasOwn(T.itemKeywords, token.image)) {
    misplaced(state, token, 'cannot stand inside a body', 'move it out of the braces');
  } else if (inFile && Object.hasOwn(T.statementKeywords, token.image) && !state.nextIs(T.Arrow, T.Dot)) {
    misplaced(state, token, 'belongs in the body of a network or block', 'move it into the braces of a `network`');
  } else if (token.image === 'repeat' && next?.tokenType === T.LParen) {
    state.reportUnlessSkipping('CNN1022', '`repeat` is a step of a pipeline, not a statement', token, {
      fix: { message: 'write `y = x -> repeat(n) …`, or a `for` over a list' },
    });
  } else if (continuesLine(state)) unexpected(state, token);
  else reportNameless(state, token);
  skip(state, token);
}

function misplaced(state: LayoutState, token: IToken, problem: string, help: string): void {
  state.reportUnlessSkipping('CNN1018', `\`${token.image}\` ${problem}`, token, { fix: { message: help } });
}

function continuesLine(state: LayoutState): boolean {
  const previous = state.previous?.tokenType;
  const atStart = previous === undefined || previous === T.BodyOpen || previous === T.BodyClose;
  return !state.firstOnLine() && !atStart && state.top.kind !== 'train';
}

function foreignDefinition(state: LayoutState, token: IToken, next: IToken): void {
  if (state.top.kind === 'file' && Object.hasOwn(T.itemKeywords, next.image)) {
    state.reportUnlessSkipping('CNN1011', `\`${token.image}\` is not needed`, token, {
      fix: { message: `a ${next.image} is written \`${next.image} Name { … }\`` },
    });
    state.abandoned = true;
    return;
  }
  const span = { ...state.span(token), end: next.startOffset };
  state.reportUnlessSkipping('CNN1011', `\`${token.image}\` is not needed`, token, {
    fix: { message: `write \`${next.image} = …\``, edits: [{ span, replacement: '' }] },
  });
  state.top.fresh = true;
}

/** A value at the start of a statement. */
export function reportNameless(state: LayoutState, token: IToken): void {
  if (state.top.kind === 'file') {
    const message = `\`${token.image}\` starts nothing that a file can contain`;
    const words = Object.keys(T.itemKeywords).map((word) => `\`${word}\``);
    state.reportUnlessSkipping('CNN1011', message, token, {
      fix: { message: `a file contains ${words.join(', ')} and constants (\`name = value\`)` },
    });
    return;
  }
  state.reportUnlessSkipping('CNN1022', 'this value has no name', token, {
    fix: { message: `give it one, \`y = ${token.image}…\`, or say what it is for: \`return\`, \`output\`, \`loss\`` },
  });
}

/** Whether characters that have been reported as unknown separate the token from the one before. */
function unknownBetween(state: LayoutState, token: IToken): boolean {
  const between = state.text.slice((state.previous?.endOffset ?? -1) + 1, token.startOffset);
  return /\S/.test(withoutComments(between));
}

export function withoutComments(text: string): string {
  return text.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
}

/** Two operands side by side. */
export function unexpected(state: LayoutState, token: IToken): void {
  if (unknownBetween(state, token)) return;
  if (state.previous?.image === 'repeat' && state.out.at(-2)?.tokenType === T.Arrow) {
    state.reportUnlessSkipping('CNN1024', '`repeat` needs a count', state.previous, {
      fix: { message: 'write `repeat(n)` with the number of times' },
    });
    return;
  }
  state.reportUnlessSkipping('CNN1023', `\`${token.image}\` follows a complete expression`, token, {
    fix: { message: 'put an operator or `->` before it, or remove it' },
  });
}

function skip(state: LayoutState, token: IToken): void {
  state.skipRest();
  state.push(token);
  state.expectOperand = false;
}
