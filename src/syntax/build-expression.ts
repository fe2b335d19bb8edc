/** @file Concrete tree to AST, expressions. Here the flat lists of operands and operators get their structure. */
import type { CstNode, IToken } from 'chevrotain';
import { diagnostic } from '../diagnostics/catalogue.ts';
import { type Diagnostic, DiagnosticError, InternalError, type Span } from '../diagnostics/diagnostic.ts';
import type {
  Argument,
  BinaryOperator,
  Expression,
  IfExpression,
  Name,
  NumberLiteral,
  PairLiteral,
  Stage,
} from './ast.ts';
import { tokenSpan } from './lex.ts';
import { binaryPrecedence, groupsRight, isComparison, reductionPrecedence, unaryPrecedence } from './precedence.ts';

/** Longer chains of operators, and deeper trees, are refused: whoever walks the AST may do so recursively. */
export const maximumDepth = 400;

export interface BuildContext {
  readonly file: string;
  readonly report: (diagnostic: Diagnostic) => void;
}

export function nodes(node: CstNode, name: string): CstNode[] {
  return (node.children[name] ?? []) as CstNode[];
}

export function node(parent: CstNode, name: string): CstNode {
  const found = parent.children[name]?.[0];
  if (!found) throw new InternalError('syntax', `no ${name} in ${parent.name}`);
  return found as CstNode;
}

export function tokens(parent: CstNode, name: string): IToken[] {
  return (parent.children[name] ?? []) as IToken[];
}

export function token(parent: CstNode, name: string): IToken {
  const found = parent.children[name]?.[0];
  if (!found) throw new InternalError('syntax', `no ${name} in ${parent.name}`);
  return found as IToken;
}

export function nodeSpan(context: BuildContext, element: CstNode): Span {
  const { startOffset, endOffset } = element.location!;
  return { file: context.file, start: startOffset, end: endOffset! + 1 };
}

export function nameOf(context: BuildContext, element: IToken): Name {
  return { text: element.image, span: tokenSpan(element, context.file) };
}

/** `operation -> stage -> stage` */
export function buildExpression(context: BuildContext, tree: CstNode): Expression {
  const source = buildOperation(context, node(tree, 'operation'));
  const stages = nodes(tree, 'stage').map((stage) => buildStage(context, stage));
  if (stages.length === 0) return source;
  return { kind: 'pipeline', source, stages, span: nodeSpan(context, tree) };
}

function buildStage(context: BuildContext, tree: CstNode): Stage {
  const [word] = tokens(tree, 'Label');
  const [text] = tokens(tree, 'TextLabel');
  const name = word ? nameOf(context, word) : text && { ...nameOf(context, text), text: stringValue(text.image) };
  const [repeat] = nodes(tree, 'expression');
  const [conditional] = nodes(tree, 'conditional');
  const target = conditional ? buildIf(context, conditional) : buildReference(context, node(tree, 'reference'));
  return {
    kind: 'stage',
    ...(name && { name }),
    ...(text && { quoted: true as const }),
    ...(repeat && { repeat: buildExpression(context, repeat) }),
    target,
    span: nodeSpan(context, tree),
  };
}

/** The operands and operators of one flat list; both are consumed from the left. */
interface Flat {
  readonly operands: CstNode[];
  readonly operators: IToken[];
  /** The number of operators consumed, and so the operand that comes next. */
  position: number;
}

function buildOperation(context: BuildContext, tree: CstNode): Expression {
  const operands = nodes(tree, 'operand');
  const operators = nodes(tree, 'binaryOperator').map(firstToken);
  if (operators.length > maximumDepth) throw tooDeep(nodeSpan(context, tree));
  return climb(context, { operands, operators, position: 0 }, 0);
}

/** Precedence climbing: the next operand, and all operators after it that bind at least as tightly as `minimum`. */
function climb(context: BuildContext, flat: Flat, minimum: number): Expression {
  return extend(context, flat, buildPrefixed(context, flat, flat.operands[flat.position]!, 0), minimum);
}

function extend(context: BuildContext, flat: Flat, start: Expression, minimum: number): Expression {
  let left = start;
  let last: BinaryOperator | undefined;
  for (;;) {
    const sign = flat.operators[flat.position];
    const operator = sign?.image as BinaryOperator;
    if (!sign || binaryPrecedence(operator) < minimum) return left;
    if (last && isComparison(last) && isComparison(operator)) reportChain(context, sign);
    flat.position++;
    const right = climb(context, flat, binaryPrecedence(operator) + (groupsRight(operator) ? 0 : 1));
    left = { kind: 'binary', operator, left, right, span: { ...left.span, end: right.span.end } };
    last = operator;
  }
}

function reportChain(context: BuildContext, sign: IToken): void {
  const span = tokenSpan(sign, context.file);
  const fix = { message: 'compare twice: `a < b and b < c`' };
  context.report(diagnostic('CNN1017', 'comparisons do not chain', { span, fix }));
}

/** `- not sum(c) operand`: each prefix takes as many of the operators that follow as bind tightly enough. */
function buildPrefixed(context: BuildContext, flat: Flat, operand: CstNode, applied: number): Expression {
  const prefix = nodes(operand, 'prefix')[applied];
  if (!prefix) return buildPostfix(context, operand);
  if (applied > maximumDepth) throw tooDeep(nodeSpan(context, operand));
  const first = firstToken(prefix);
  const operator = first.image as 'sum' | 'max' | '-' | 'not';
  const inner = buildPrefixed(context, flat, operand, applied + 1);
  if (operator === '-' || operator === 'not') {
    const body = extend(context, flat, inner, unaryPrecedence(operator));
    return { kind: 'unary', operator, operand: body, span: { ...tokenSpan(first, context.file), end: body.span.end } };
  }
  const axes = tokens(node(prefix, 'nameList'), 'Identifier').map((axis) => nameOf(context, axis));
  const body = extend(context, flat, inner, reductionPrecedence);
  return { kind: 'reduce', operator, axes, body, span: { ...tokenSpan(first, context.file), end: body.span.end } };
}

function firstToken(tree: CstNode): IToken {
  for (const elements of Object.values(tree.children)) {
    const element = elements[0];
    if (element && 'image' in element) return element;
  }
  throw new InternalError('syntax', `no token in ${tree.name}`);
}

export function tooDeep(span: Span): DiagnosticError {
  const fix = { message: 'give parts of the expression names of their own' };
  return new DiagnosticError(diagnostic('CNN1020', 'this expression is nested too deeply', { span, fix }));
}

/** A primary with its members and indices. */
function buildPostfix(context: BuildContext, operand: CstNode): Expression {
  const primary = node(operand, 'primary');
  const postfixes = nodes(operand, 'postfix');
  if (postfixes.length > maximumDepth) throw tooDeep(nodeSpan(context, operand));
  let object = buildPrimary(context, primary);
  const { start } = nodeSpan(context, primary);
  for (const postfix of postfixes) {
    const span = { ...nodeSpan(context, postfix), start };
    const [member] = tokens(postfix, 'Identifier');
    object = member
      ? { kind: 'member', object, member: nameOf(context, member), span }
      : { kind: 'index', object, indices: buildList(context, postfix), span };
  }
  return object;
}

/** The expressions of an `expressionList`, if there is one. */
function buildList(context: BuildContext, tree: CstNode): Expression[] {
  const [list] = nodes(tree, 'expressionList');
  return list ? nodes(list, 'expression').map((item) => buildExpression(context, item)) : [];
}

type Builder = (context: BuildContext, element: CstNode & IToken) => Expression;

/** By the name of the only child of `primary`. */
const primaries: Record<string, Builder> = {
  number: buildNumber,
  Pair: buildPair,
  String: (context, text) => ({ kind: 'string', value: stringValue(text.image), span: tokenSpan(text, context.file) }),
  True: (context, word) => ({ kind: 'boolean', value: true, span: tokenSpan(word, context.file) }),
  False: (context, word) => ({ kind: 'boolean', value: false, span: tokenSpan(word, context.file) }),
  In: (context, word) => ({ kind: 'identifier', text: 'in', span: tokenSpan(word, context.file) }),
  list: (context, tree) => ({ kind: 'list', items: buildList(context, tree), span: nodeSpan(context, tree) }),
  conditional: buildIf,
  group: (context, tree) => buildExpression(context, node(tree, 'expression')),
  reference: buildReference,
};

function buildPrimary(context: BuildContext, tree: CstNode): Expression {
  const [name, elements] = Object.entries(tree.children)[0]!;
  return primaries[name]!(context, elements[0] as CstNode & IToken);
}

const factors: Record<string, number> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
const exponents: Record<string, string> = { k: 'e3', M: 'e6', G: 'e9', '%': 'e-2' };

function buildNumber(context: BuildContext, tree: CstNode): NumberLiteral {
  const { image } = token(tree, 'Number');
  const [unitToken] = tokens(tree, 'Unit');
  const suffix = image.match(/[KMG]B$|[kMG%]$/)?.[0] ?? '';
  const digits = image.slice(0, image.length - suffix.length);
  const unit = unitToken ? `${unitToken.image.replace(/s$/, '')}s` : suffix;
  return {
    kind: 'number',
    value: scaled(digits, suffix),
    ...(unit && { unit }),
    text: unitToken ? `${image} ${unitToken.image}` : image,
    span: nodeSpan(context, tree),
  };
}

/** Scaled in decimal where possible, so that `0.3M` and `10%` are the nearest floats to what they say. */
function scaled(digits: string, suffix: string): number {
  const exponent = exponents[suffix];
  if (exponent && !/e/i.test(digits)) return Number(digits + exponent);
  return Number.parseFloat(digits) * (exponent ? Number(`1${exponent}`) : (factors[suffix] ?? 1));
}

function buildPair(context: BuildContext, text: IToken): PairLiteral {
  const [vertical, horizontal] = text.image.split('x').map(Number);
  return { kind: 'pair', values: [vertical!, horizontal ?? Number.NaN], span: tokenSpan(text, context.file) };
}

const escapes: Record<string, string> = { n: '\n', t: '\t' };

/** The text between the quotes, with its escapes replaced. */
export function stringValue(image: string): string {
  return image
    .slice(1, image.length > 1 && image.endsWith('"') ? -1 : undefined)
    .replace(/\\(.)/g, (_, letter: string) => {
      return escapes[letter] ?? letter;
    });
}

/** `name` or `name(arguments)`. */
function buildReference(context: BuildContext, tree: CstNode): Expression {
  const word = token(tree, 'Identifier');
  const [call] = nodes(tree, 'callArguments');
  const span = nodeSpan(context, tree);
  if (!call) return { kind: 'identifier', text: word.image, span };
  const [list] = nodes(call, 'argumentList');
  return { kind: 'call', callee: nameOf(context, word), arguments: list ? buildArguments(context, list) : [], span };
}

export function buildArguments(context: BuildContext, tree: CstNode): Argument[] {
  return nodes(tree, 'argument').map((argument) => {
    const [name] = tokens(argument, 'Label');
    const value = buildExpression(context, node(argument, 'expression'));
    return { kind: 'argument', ...(name && { name: nameOf(context, name) }), value, span: nodeSpan(context, argument) };
  });
}

/** The `else if`s nest to the right. */
function buildIf(context: BuildContext, tree: CstNode): IfExpression {
  const conditions = nodes(tree, 'expression');
  const branches = nodes(tree, 'branch');
  if (conditions.length > maximumDepth) throw tooDeep(nodeSpan(context, tree));
  const words = tokens(tree, 'If');
  const { end } = nodeSpan(context, tree);
  let alternate = buildBranch(context, node(node(tree, 'otherwise'), 'branch'));
  for (let index = conditions.length - 1; index >= 0; index--) {
    const condition = buildExpression(context, conditions[index]!);
    const consequent = buildBranch(context, branches[index]!);
    const span = { file: context.file, start: words[index]!.startOffset, end };
    alternate = { kind: 'if', condition, consequent, alternate, span };
  }
  return alternate as IfExpression;
}

function buildBranch(context: BuildContext, tree: CstNode): Expression {
  return buildExpression(context, node(tree, 'expression'));
}
