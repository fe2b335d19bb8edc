/**
 * @file The grammar as EBNF (the notation of the W3C), read off the rules of the parser, so that the reference cannot
 * differ from what is parsed.
 */
import { type ISerializedGast, tokenLabel } from 'chevrotain';
import { CnnParser } from './grammar.ts';
import { operatorLevels } from './precedence.ts';
import * as T from './tokens.ts';

/** What chevrotain's serialised productions hold; which fields there are depends on `type`. */
export interface Production extends ISerializedGast {
  readonly name?: string;
  readonly label?: string;
  readonly separator?: { readonly label?: string; readonly name: string };
  readonly definition?: Production[];
}

const words = new Map([
  ['name', 'NAME'],
  ['setting', 'NAME'],
  ['number', 'NUMBER'],
  ['kernel size', 'PAIR'],
  ['string', 'STRING'],
  ['text', 'STRING'],
]);

const header = `/* The grammar of .cnn files. Generated from the parser; UPDATE=1 npx vitest run test/syntax/ebnf.test.ts writes it.

   White space and comments may stand between any two words. A list in brackets may end in a comma.
   Only \`if else in and or not true false\` are reserved; where a statement or item can start, the other keywords are
   recognised by what follows them. 'epochs' and 'steps' after a number are units only inside brackets.
   'sum' and 'max' start a prefix only in the formula of an 'op', and only if an operand follows the closing bracket.
`;

/** The rules of the parser, in its order. */
export function grammarRules(): readonly Production[] {
  return new CnnParser({ skipValidations: false }).getSerializedGastProductions() as Production[];
}

export function grammarAsEbnf(): string {
  const lines = grammarRules().map((rule) => `${rule.name} ::= ${sequence(rule.definition ?? [])}`);
  return `${header}\n${precedences()}\n*/\n\n${lines.join('\n')}\n\n${lexicon()}\n`;
}

function precedences(): string {
  const rows = operatorLevels.map((operators) => `     ${operators.join('  ')}`);
  return `   Operators from loose to tight ('->' binds loosest of all); those of one line bind alike, to the left, except '^':\n${rows.join('\n')}`;
}

function lexicon(): string {
  const pattern = (type: typeof T.Identifier) => (type.PATTERN as RegExp).source;
  const rows = [
    ['NAME', T.Identifier],
    ['NUMBER', T.NumberToken],
    ['PAIR', T.Pair],
    ['STRING', T.StringToken],
  ] as const;
  const lines = rows.map(([name, type]) => `   ${name.padEnd(6)} ${pattern(type)}`);
  return `/* Regular expressions of the words:\n\n${lines.join('\n')}\n*/`;
}

function sequence(parts: readonly Production[]): string {
  return parts.map((part) => show(part)).join(' ');
}

function show(part: Production): string {
  const inner = part.definition ?? [];
  switch (part.type) {
    case 'NonTerminal':
      return part.name!;
    case 'Terminal':
      return terminal(part.label!);
    case 'Alternation':
      return `( ${inner.map((alternative) => show(alternative)).join(' | ')} )`;
    case 'Option':
      return `${bracketed(inner)}?`;
    case 'Repetition':
      return `${bracketed(inner)}*`;
    case 'RepetitionMandatory':
      return `${bracketed(inner)}+`;
    case 'RepetitionMandatoryWithSeparator':
      return `${sequence(inner)} ( ${terminal(tokenLabel(T.Comma))} ${sequence(inner)} )*`;
    default:
      return sequence(inner);
  }
}

function bracketed(parts: readonly Production[]): string {
  const content = sequence(parts);
  return parts.length === 1 && !content.includes(' ') ? content : `( ${content} )`;
}

/** `` `sum` or `max` `` becomes `( 'sum' | 'max' )`. */
function terminal(label: string): string {
  const literals = literalsOf(label).map((text) => `'${text}'`);
  if (literals.length === 0) return wordOf(label);
  return literals.length === 1 ? literals[0]! : `( ${literals.join(' | ')} )`;
}

/** The texts that a terminal stands for; none where it stands for a kind of word. */
export function literalsOf(label: string): string[] {
  return [...label.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
}

/** `NAME`, for a terminal that has no literals. */
export function wordOf(label: string): string {
  return words.get(label) ?? label;
}
