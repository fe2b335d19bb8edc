/** @file Expressions to documents. Parentheses are put where the grammar needs them, and around what feeds a pipeline. */
import type {
  Argument,
  BinaryExpression,
  CallExpression,
  Expression,
  IfExpression,
  Name,
  PipelineExpression,
  ReduceExpression,
  Stage,
} from './ast.ts';
import { align, type Doc, fill, group, hardline, indent, join, line, softline } from './doc.ts';
import type { Comments } from './format-comments.ts';
import {
  binaryPrecedence,
  groupsRight,
  isComparison,
  pipelinePrecedence,
  reductionPrecedence,
  unaryPrecedence,
} from './precedence.ts';

export interface FormatContext {
  /** The old text. */
  readonly text: string;
  readonly comments: Comments;
}

/** Text that stands at `offset` in the old text, with the comments before it. */
export function leaf(context: FormatContext, text: string, offset: number): Doc {
  return [context.comments.before(offset), text];
}

export function formatName(context: FormatContext, name: Name): Doc {
  return leaf(context, name.text, name.span.start);
}

export function formatExpression(context: FormatContext, expression: Expression): Doc {
  switch (expression.kind) {
    case 'number':
      return leaf(context, expression.text, expression.span.start);
    case 'pair':
    case 'string':
      return leaf(context, source(context, expression), expression.span.start);
    case 'boolean':
      return leaf(context, String(expression.value), expression.span.start);
    case 'identifier':
      return leaf(context, expression.text, expression.span.start);
    case 'list':
      return formatList(context, expression.items, expression.span.start);
    case 'call':
      return formatCall(context, expression);
    case 'member':
      return [formatObject(context, expression.object), '.', formatName(context, expression.member)];
    case 'index':
      return [formatObject(context, expression.object), bracketed('[', formatAll(context, expression.indices), ']')];
    case 'reduce':
      return formatReduce(context, expression);
    case 'unary':
      return formatUnary(context, expression.operator, expression.operand, expression.span.start);
    case 'binary':
      return formatBinary(context, expression);
    case 'if':
      return formatIf(context, expression);
    case 'pipeline':
      return formatPipeline(context, expression);
  }
}

function source(context: FormatContext, { span }: Expression): string {
  return context.text.slice(span.start, span.end);
}

function formatAll(context: FormatContext, expressions: readonly Expression[]): Doc[] {
  return expressions.map((expression) => formatExpression(context, expression));
}

/** `(a, b)` on one line, or each item on a line of its own. */
export function bracketed(open: string, items: readonly Doc[], close: string): Doc {
  if (items.length === 0) return open + close;
  return group(open, indent([softline, join([',', line], items)]), softline, close);
}

/** Long lists of numbers fill their lines. */
function formatList(context: FormatContext, items: readonly Expression[], start: number): Doc {
  const open = leaf(context, '[', start);
  if (items.length === 0) return [open, ']'];
  const docs = formatAll(context, items);
  const parts = docs.flatMap((doc, index) => (index < docs.length - 1 ? [[doc, ','], line] : [doc]));
  return group(open, indent([softline, fill(parts)]), softline, ']');
}

function formatCall(context: FormatContext, call: CallExpression): Doc {
  const callee = formatName(context, call.callee);
  return [callee, bracketed('(', formatArguments(context, call.arguments), ')')];
}

export function formatArguments(context: FormatContext, list: readonly Argument[]): Doc[] {
  return list.map(({ name, value }) => [
    name ? [formatName(context, name), ': '] : '',
    formatExpression(context, value),
  ]);
}

const plainObjects: readonly Expression['kind'][] = ['identifier', 'call', 'member', 'index', 'list'];

/** What a member or index is taken of. */
function formatObject(context: FormatContext, object: Expression): Doc {
  if (plainObjects.includes(object.kind)) return formatExpression(context, object);
  return parenthesised(context, object);
}

function parenthesised(context: FormatContext, expression: Expression): Doc {
  return group('(', indent([softline, formatExpression(context, expression)]), softline, ')');
}

function precedence(expression: Expression): number {
  switch (expression.kind) {
    case 'binary':
      return binaryPrecedence(expression.operator);
    case 'unary':
      return unaryPrecedence(expression.operator);
    case 'reduce':
      return reductionPrecedence;
    case 'pipeline':
      return pipelinePrecedence;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function isPrefix(expression: Expression): boolean {
  return expression.kind === 'unary' || expression.kind === 'reduce';
}

/** An operand, in parentheses if it binds more loosely than `minimum`. */
function operand(context: FormatContext, expression: Expression, minimum: number): Doc {
  if (precedence(expression) < minimum) return parenthesised(context, expression);
  return formatExpression(context, expression);
}

function formatUnary(context: FormatContext, operator: '-' | 'not', inner: Expression, start: number): Doc {
  const sign = operator === 'not' ? 'not ' : '-';
  return [leaf(context, sign, start), operand(context, inner, unaryPrecedence(operator))];
}

function formatReduce(context: FormatContext, { operator, axes, body, span }: ReduceExpression): Doc {
  const open = leaf(context, `${operator}(`, span.start);
  const names = axes.map((axis, index) => [index > 0 ? ', ' : '', formatName(context, axis)]);
  const inner = canStartBody(leftmost(body))
    ? operand(context, body, reductionPrecedence)
    : parenthesised(context, body);
  return [open, names, ') ', inner];
}

/** Whether `sum(c)` before this is read as a reduction, and not as a call with something behind it. */
function canStartBody(first: Expression): boolean {
  if (first.kind === 'identifier') return first.text !== 'in';
  return ['call', 'number', 'reduce', 'if'].includes(first.kind);
}

function leftmost(expression: Expression): Expression {
  if (expression.kind === 'binary') return leftmost(expression.left);
  if (expression.kind === 'member' || expression.kind === 'index') return leftmost(expression.object);
  if (expression.kind === 'pipeline') return leftmost(expression.source);
  return expression;
}

/** A chain of operators of one level breaks before each of them. */
function formatBinary(context: FormatContext, expression: BinaryExpression): Doc {
  const [first, ...rest] = chain(context, expression);
  return group(first!, indent(rest, 4));
}

function chain(context: FormatContext, { operator, left, right }: BinaryExpression): Doc[] {
  const level = binaryPrecedence(operator);
  const tighter = level + 1;
  const rightward = groupsRight(operator);
  const alone = rightward || isComparison(operator) || isPrefix(left);
  const continues = !alone && left.kind === 'binary' && binaryPrecedence(left.operator) === level;
  const before = continues ? chain(context, left) : [operand(context, left, alone ? tighter : level)];
  return [...before, [line, operator, ' ', operand(context, right, rightward ? level : tighter)]];
}

function formatIf(context: FormatContext, expression: IfExpression): Doc {
  const parts: Doc[] = [];
  let current: Expression = expression;
  while (current.kind === 'if') {
    const open = leaf(context, parts.length === 0 ? 'if ' : 'else if ', current.span.start);
    parts.push([open, formatExpression(context, current.condition), ' ', branch(context, current.consequent)], line);
    current = current.alternate;
  }
  parts.push(['else ', branch(context, current)]);
  return align(group(parts));
}

function branch(context: FormatContext, expression: Expression): Doc {
  return group('{', indent([line, formatExpression(context, expression)]), line, '}');
}

/** Stages fill their lines below the first arrow; line breaks of the old text before an arrow are kept. */
function formatPipeline(context: FormatContext, { source: from, stages }: PipelineExpression): Doc {
  const plain = !['binary', 'unary', 'reduce', 'pipeline'].includes(from.kind);
  const first = plain ? formatExpression(context, from) : parenthesised(context, from);
  const parts: Doc[] = [];
  let end = from.span.end;
  for (const stage of stages) {
    parts.push(stageSeparator(context, end, stage.span.start), ['-> ', formatStage(context, stage)]);
    end = stage.span.end;
  }
  const [separator, ...rest] = parts;
  if (separator === line) return [first, ' ', align(fill(rest))];
  return [first, indent([separator!, fill(rest)], 4)];
}

function stageSeparator(context: FormatContext, end: number, start: number): Doc {
  const between = context.text.slice(end, start).replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
  const newLine = /\n\s*->|->[^\S\n]*\n/.test(between);
  if (!context.comments.hasBefore(start)) return newLine ? hardline : line;
  const ends = context.comments.endLine(start);
  return [context.comments.ofLines(start), newLine || ends ? hardline : line];
}

function formatStage(context: FormatContext, { name, repeat, target }: Stage): Doc {
  const written = name && context.text.slice(name.span.start, name.span.end);
  const label = name ? [leaf(context, written!, name.span.start), ': '] : '';
  const count = repeat ? ['repeat(', formatExpression(context, repeat), ') '] : '';
  return [label, count, formatExpression(context, target)];
}
