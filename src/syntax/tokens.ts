/**
 * @file The words of the language. The lexer knows few of them: punctuation, literals and eight reserved words. All other
 * keywords are ordinary names to it, so that `data`, `loss` or `batch` can name values; `layout.ts` decides from the
 * place of a name whether it is a keyword and gives it one of the *placed* types below, which no text matches by itself.
 */
import { createToken, Lexer, type TokenType } from 'chevrotain';

const identifierPattern = /[A-Za-z_][A-Za-z0-9_]*/;

export const Identifier = createToken({ name: 'Identifier', label: 'name', pattern: identifierPattern });

const symbol = (name: string, text: string): TokenType => createToken({ name, label: `\`${text}\``, pattern: text });
const reserved = (name: string, text: string): TokenType =>
  createToken({ name, label: `\`${text}\``, pattern: text, longer_alt: Identifier });
/** A type that only `layout.ts` assigns. */
const placed = (name: string, label: string): TokenType => createToken({ name, label, pattern: Lexer.NA });

export const If = reserved('If', 'if');
export const Else = reserved('Else', 'else');
export const In = reserved('In', 'in');
export const And = reserved('And', 'and');
export const Or = reserved('Or', 'or');
export const Not = reserved('Not', 'not');
export const True = reserved('True', 'true');
export const False = reserved('False', 'false');
export const reservedWords: readonly TokenType[] = [If, Else, In, And, Or, Not, True, False];

/** `3x3`; not the start of a longer word. */
export const Pair = createToken({ name: 'Pair', label: 'kernel size', pattern: /\d+x\d+(?![\w.])/ });
/** A percent sign belongs to the number unless an operand follows it directly: `10%`, but `n % 3` and `10%3`. */
export const NumberToken = createToken({
  name: 'Number',
  label: 'number',
  pattern: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:(?:[kMG]|[KMG]B)(?![\w.])|%(?![\w.(])|(?![\w.]))/,
});
export const StringToken = createToken({ name: 'String', label: 'string', pattern: /"(?:[^"\\\n\r]|\\[^\n\r])*"/ });

export const Arrow = symbol('Arrow', '->');
export const EqualEqual = symbol('EqualEqual', '==');
export const NotEqual = symbol('NotEqual', '!=');
export const LessEqual = symbol('LessEqual', '<=');
export const GreaterEqual = symbol('GreaterEqual', '>=');
export const Less = symbol('Less', '<');
export const Greater = symbol('Greater', '>');
export const Equals = symbol('Equals', '=');
export const Colon = symbol('Colon', ':');
export const Comma = symbol('Comma', ',');
export const Dot = symbol('Dot', '.');
export const Plus = symbol('Plus', '+');
export const Minus = symbol('Minus', '-');
export const Star = symbol('Star', '*');
export const Slash = symbol('Slash', '/');
export const Percent = symbol('Percent', '%');
export const Caret = symbol('Caret', '^');
export const LParen = symbol('LParen', '(');
export const RParen = symbol('RParen', ')');
export const LBracket = symbol('LBracket', '[');
export const RBracket = symbol('RBracket', ']');
export const LCurly = symbol('LCurly', '{');
export const RCurly = symbol('RCurly', '}');

// Placed: braces by what they enclose, so that the parser can recover at the right one.
export const BodyOpen = placed('BodyOpen', '`{`');
export const BodyClose = placed('BodyClose', '`}`');
export const BranchOpen = placed('BranchOpen', '`{`');
export const BranchClose = placed('BranchClose', '`}`');

// Placed: names with a special office.
export const BindingName = placed('BindingName', 'name');
/** As `BindingName`, at the top level of a file. */
export const ConstantName = placed('ConstantName', 'name');
/** A name with a `:` behind it, of an argument or of a layer in place; or with a `=`, of a metric. */
export const Label = placed('Label', 'name');
/** The name of a layer in quotation marks. */
export const TextLabel = placed('TextLabel', 'text');
export const SettingName = placed('SettingName', 'setting');
/** An `else` with an `if` behind it. */
export const ElseIf = placed('ElseIf', '`else`');
export const From = placed('From', '`from`');
export const ForIn = placed('ForIn', '`in`');
export const Repeat = placed('Repeat', '`repeat`');
export const Reduction = placed('Reduction', '`sum` or `max`');
export const Unit = placed('Unit', '`epochs` or `steps`');

export const itemKeywords = {
  import: placed('Import', '`import`'),
  network: placed('Network', '`network`'),
  block: placed('Block', '`block`'),
  fn: placed('Fn', '`fn`'),
  op: placed('Op', '`op`'),
  train: placed('Train', '`train`'),
} as const;

export const statementKeywords = {
  input: placed('Input', '`input`'),
  target: placed('Target', '`target`'),
  loss: placed('Loss', '`loss`'),
  metric: placed('Metric', '`metric`'),
  output: placed('Output', '`output`'),
  assert: placed('Assert', '`assert`'),
  freeze: placed('Freeze', '`freeze`'),
  return: placed('Return', '`return`'),
  for: placed('For', '`for`'),
} as const;

/** In bodies, at the top level and in `train` blocks alike. */
export const Allow = placed('Allow', '`allow`');

export type ItemKeyword = keyof typeof itemKeywords;
export type StatementKeyword = keyof typeof statementKeywords;

// What only mistakes contain; `lex.ts` reports and mends them.
const skipped = Lexer.SKIPPED;
export const LineComment = createToken({ name: 'LineComment', pattern: /\/\/[^\n\r]*/, group: 'comments' });
export const BlockComment = createToken({
  name: 'BlockComment',
  pattern: /\/\*[\s\S]*?\*\//,
  group: 'comments',
  line_breaks: true,
});
export const UnclosedComment = createToken({
  name: 'UnclosedComment',
  pattern: /\/\*[\s\S]*/,
  group: 'mistakes',
  line_breaks: true,
});
export const HashComment = createToken({ name: 'HashComment', pattern: /#[^\n\r]*/, group: 'mistakes' });
export const Semicolon = createToken({ name: 'Semicolon', pattern: ';', group: 'mistakes' });
export const UnclosedString = createToken({ name: 'UnclosedString', pattern: /"(?:[^"\\\n\r]|\\[^\n\r])*\\?/ });
export const SingleQuoted = createToken({ name: 'SingleQuoted', pattern: /'[^'\n\r]*'|[“”„][^“”"\n\r]*[“”"]/ });
export const MalformedPair = createToken({ name: 'MalformedPair', pattern: /\d+[xX×]\d+(?![\w.])/ });
export const MalformedNumber = createToken({
  name: 'MalformedNumber',
  pattern: /(?:\d|\.\d)(?:[\w.]*[eE][+-]\d[\w.]*|[\w.]*)/,
});
export const ForeignOperator = createToken({
  name: 'ForeignOperator',
  pattern: /&&|\|\||\|>|\*\*|=>|:=|===|!==|!(?!=)|[→⟶×·÷−–≤≥≠∧∨¬]/,
});
/** A word with letters beyond ASCII: one mistake, not several. */
export const ForeignName = createToken({
  name: 'ForeignName',
  pattern:
    /[A-Za-z0-9_]*[\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u1FFF\u3040-\uD7FF][\w\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u1FFF\u3040-\uD7FF]*/,
});
export const Unknown = createToken({
  name: 'Unknown',
  pattern: /[^\s\w"'#;:,.()[\]{}+\-*/%^=<>!→⟶×·÷−–≤≥≠∧∨¬]+|[\s\S]/,
  group: 'mistakes',
  line_breaks: true,
});
const Whitespace = createToken({ name: 'Whitespace', pattern: /[\s\uFEFF]+/, group: skipped, line_breaks: true });

/** In the order in which they are tried. */
export const lexedTokens: TokenType[] = [
  Whitespace,
  LineComment,
  BlockComment,
  UnclosedComment,
  ForeignName,
  ...reservedWords,
  Identifier,
  Pair,
  MalformedPair,
  NumberToken,
  MalformedNumber,
  StringToken,
  UnclosedString,
  SingleQuoted,
  Arrow,
  ForeignOperator,
  EqualEqual,
  NotEqual,
  LessEqual,
  GreaterEqual,
  Less,
  Greater,
  Equals,
  Colon,
  Comma,
  Dot,
  Plus,
  Minus,
  Star,
  Slash,
  Percent,
  Caret,
  LParen,
  RParen,
  LBracket,
  RBracket,
  LCurly,
  RCurly,
  HashComment,
  Semicolon,
  Unknown,
];

const placedTokens: TokenType[] = [
  BodyOpen,
  BodyClose,
  BranchOpen,
  BranchClose,
  BindingName,
  ConstantName,
  Label,
  TextLabel,
  SettingName,
  ElseIf,
  From,
  ForIn,
  Repeat,
  Reduction,
  Unit,
  ...Object.values(itemKeywords),
  ...Object.values(statementKeywords),
  Allow,
];

/** Everything that can reach the parser. */
export const vocabulary: TokenType[] = [...lexedTokens, ...placedTokens];
