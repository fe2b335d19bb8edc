/** @file What the parser reports, in the words of someone who writes networks: what is missing, and after what. */
import {
  EOF,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
  type TokenType,
  tokenLabel,
} from 'chevrotain';
import { type DiagnosticCode, diagnostic } from '../diagnostics/catalogue.ts';
import type { Diagnostic, Fix, Span } from '../diagnostics/diagnostic.ts';
import { tokenSpan } from './lex.ts';
import * as T from './tokens.ts';

/** The parser's own messages carry what `explain` needs to know: the label of what was expected, and in which rule. */
interface Expectation {
  readonly expected?: string;
  readonly rule: string;
}

export const carry = (expectation: Expectation): string => JSON.stringify(expectation);

export const syntaxErrorMessages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, ruleName }) => carry({ expected: tokenLabel(expected), rule: ruleName }),
  buildNoViableAltMessage: ({ ruleName }) => carry({ rule: ruleName }),
  buildEarlyExitMessage: ({ ruleName }) => carry({ rule: ruleName }),
  buildNotAllInputParsedMessage: () => carry({ rule: 'file' }),
};

/** What a rule is about, where its name in the grammar would not help. */
const wanted: Record<string, string> = {
  operand: 'a value',
  primary: 'a value',
  stage: 'a layer, block or function',
  argumentList: 'a value',
  expressionList: 'a value',
  parameterList: 'a parameter',
  operatorParameters: 'an operand such as `x[c, h, w]`',
  operatorParameter: '`[`',
  nameList: 'a name',
  binaryOperator: 'an operator',
};

/** What to write instead, by the rule and what it expected. */
const advice: Record<string, string> = {
  'inputStatement:`:`': 'write the shape after a colon: `input image: [3, 32, 32]`',
  'targetStatement:`:`': 'write the type after a colon: `target label: class(10)`',
  'conditional:`{`': 'write `if condition { value } else { value }`',
  'branch:`{`': 'write `if condition { value } else { value }`',
  'forHead:`in`': 'write `for name in [first, second] { … }`',
  'importItem:`{`': 'write `import { Name } from "file"`',
  'importItem:`from`': 'write `import { Name } from "file"`',
  'importItem:string': 'write the file in double quotes: `import { Name } from "file"`',
  'functionItem:`=`': 'write `fn name(x) = expression`',
  'functionItem:name': 'write `fn name(x) = expression`',
  'parameters:`(`': 'write the parameters in parentheses: `fn name(x) = expression`',
  'operatorItem:`->`': 'write `op name(x[i]) -> y[i] = formula`',
  'operatorParameter:undefined': 'name the axes: `x[c, h, w]`, or `x[]` for a single number',
  'tensorPattern:`[`': 'name the axes: `x[c, h, w]`, or `x[]` for a single number',
  'stage:undefined': 'after `->` comes the name of a layer, block or function, with its arguments',
  'binding:`=`': 'write `name = value`',
};

const reservedLabels = new Set(T.reservedWords.map((type) => type.name));

/** `tokens`: all that the parser got. */
export function explain(error: IRecognitionException, tokens: readonly IToken[], file: string): Diagnostic {
  const { expected, rule } = JSON.parse(error.message) as Expectation;
  const found = error.token;
  const previous = (error as IRecognitionException & { previousToken?: IToken }).previousToken;
  const span = found.tokenType === EOF ? after(previous, file) : tokenSpan(found, file);
  if (expected === '`else`') return noElse(previous, span, file);
  if (expected === 'name' && reservedLabels.has(found.tokenType.name)) {
    return diagnosed('CNN1025', `\`${found.image}\` is a reserved word`, span, { message: 'choose another name' });
  }
  if (expected === 'name' && found.tokenType === T.StringToken) return quotedName(found, span);
  if (rule === 'end') return surplus(found, span);
  const help = advice[`${rule}:${expected}`] ?? settingAdvice(error, tokens);
  const target = whatIsMissing(rule, expected, previous);
  if (previous && endsHere(found) && promises(previous)) {
    const message = `${target} is missing after \`${previous.image}\``;
    return diagnosed('CNN1014', message, tokenSpan(previous, file), help ? { message: help } : undefined);
  }
  const where = found.tokenType === EOF ? 'the end of the file' : `\`${found.image}\``;
  return diagnosed('CNN1015', `${target} was expected here, not ${where}`, span, help ? { message: help } : undefined);
}

/** `normalize left: (mean: 0.5)`, `normalize (left, mean: 0.5)`, `augment (flip(horizontal), noise(0.1))`: what a setting says stands in one row, without parentheses. */
function settingAdvice({ token, context }: IRecognitionException, tokens: readonly IToken[]): string | undefined {
  const rules: readonly string[] = context.ruleStack;
  if (!rules.includes('setting') || rules.includes('callArguments')) return undefined;
  const at = tokens.indexOf(token);
  const start = tokens.findLastIndex(({ tokenType }, k) => k < at && tokenType === T.SettingName);
  const label = tokens[token.tokenType === T.Comma ? at + 1 : at];
  const words = tokens
    .slice(start + 1, at)
    .filter(({ tokenType }) => tokenType === T.Identifier || tokenType === T.Label);
  if (start < 0) return undefined;
  if (label?.tokenType !== T.Label) {
    const inParentheses = token.tokenType === T.Comma && tokens[start + 1]!.tokenType === T.LParen;
    const list = inParentheses && listed(tokens.slice(start));
    return list ? `write the words without parentheses around them: \`${list}\`` : undefined;
  }
  return `write \`${tokens[start]!.image} ${[...words, label].map(({ image }) => image).join(', ')}: …\``;
}

/** `augment (flip(horizontal), noise(0.1))`: `augment flip(…), noise(…)`. */
function listed([setting, ...rest]: readonly IToken[]): string {
  const words: string[] = [];
  let depth = 0;
  for (const [k, { tokenType, image }] of rest.entries()) {
    if (tokenType === T.LParen) depth++;
    if (tokenType === T.RParen && --depth === 0) break;
    if (depth === 1 && tokenType === T.Identifier)
      words.push(rest[k + 1]?.tokenType === T.LParen ? `${image}(…)` : image);
  }
  return `${setting!.image} ${words.join(', ')}`;
}

/** `network "A"` */
function quotedName(found: IToken, span: Span): Diagnostic {
  const name = found.image.slice(1, -1);
  const fix = /^[A-Za-z_]\w*$/.test(name)
    ? { message: `write it without quotes: \`${name}\``, edits: [{ span, replacement: name }] }
    : { message: 'write a name without quotes: letters, digits and `_`' };
  return diagnosed('CNN1015', `a name was expected here, not \`${found.image}\``, span, fix);
}

function whatIsMissing(rule: string, expected: string | undefined, previous: IToken | undefined): string {
  const opened = previous?.tokenType === T.LParen || previous?.tokenType === T.LBracket;
  if (opened && (expected === '`)`' || expected === '`]`')) return 'a value';
  return (!expected && wanted[rule]) || describe(expected);
}

function diagnosed(code: DiagnosticCode, message: string, span: Span, fix?: Fix): Diagnostic {
  return diagnostic(code, message, { span, ...(fix && { fix }) });
}

function noElse(previous: IToken | undefined, span: Span, file: string): Diagnostic {
  return diagnosed('CNN1016', 'this `if` has no `else`', previous ? tokenSpan(previous, file) : span, {
    message: 'add `else { … }`: an `if` is an expression and always has a value',
  });
}

/** Something stands behind a statement that was complete without it. */
function surplus(found: IToken, span: Span): Diagnostic {
  if (found.tokenType === T.Dot)
    return diagnosed('CNN1015', '`.` cannot stand here', span, {
      message: 'layers stand alone: `conv(6, 5x5)`, without `nn.` or `layers.`',
    });
  if (!operators.includes(found.tokenType)) {
    return diagnosed('CNN1015', `\`${found.image}\` cannot stand here`, span);
  }
  return diagnosed('CNN1015', `\`${found.image}\` cannot follow a layer`, span, {
    message: '`->` binds loosest: put the pipeline in parentheses, `(x -> relu) + y`',
  });
}

function describe(expected: string | undefined): string {
  if (!expected) return 'something else';
  if (expected === 'EOF') return 'the end of the file';
  if (expected.startsWith('`')) return expected;
  return `a ${expected}`;
}

function after(token: IToken | undefined, file: string): Span {
  const at = token ? token.endOffset! + 1 : 0;
  return { file, start: Math.max(0, at - 1), end: at };
}

const statementTypes: readonly TokenType[] = [
  ...Object.values(T.itemKeywords),
  ...Object.values(T.statementKeywords),
  T.BindingName,
  T.ConstantName,
  T.SettingName,
  T.Allow,
];

const enders: readonly TokenType[] = [
  EOF,
  T.RParen,
  T.RBracket,
  T.RCurly,
  T.BodyClose,
  T.BranchClose,
  ...statementTypes,
];

const operators: readonly TokenType[] = [
  T.Or,
  T.And,
  T.EqualEqual,
  T.NotEqual,
  T.Less,
  T.LessEqual,
  T.Greater,
  T.GreaterEqual,
  T.Plus,
  T.Minus,
  T.Star,
  T.Slash,
  T.Percent,
  T.Caret,
];

/** Whether a new statement starts or the body ends at this token. */
export function endsStatement(token: IToken): boolean {
  return token.tokenType === EOF || token.tokenType === T.BodyClose || statementTypes.includes(token.tokenType);
}

/** Whether the statement or bracket ends at this token. */
function endsHere(token: IToken): boolean {
  return enders.includes(token.tokenType);
}

const complete: readonly TokenType[] = [
  T.Identifier,
  T.NumberToken,
  T.Pair,
  T.StringToken,
  T.True,
  T.False,
  T.In,
  T.Unit,
  T.RParen,
  T.RBracket,
  T.BranchClose,
  T.BodyClose,
  T.RCurly,
];

/** Whether something has to follow this token. */
function promises(token: IToken): boolean {
  return !complete.includes(token.tokenType);
}
