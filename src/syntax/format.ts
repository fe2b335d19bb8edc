/**
 * @file The formatter, `cnnc fmt`. It prints the tree anew; of the old text it keeps the comments, single empty lines
 * between statements and line breaks before arrows. Formatting what is formatted changes nothing.
 */
import type {
  AllowStatement,
  Item,
  OperatorItem,
  Parameter,
  Program,
  Setting,
  Statement,
  TensorPattern,
} from './ast.ts';
import { type Doc, group, hardline, indent, join, line, print } from './doc.ts';
import { Comments, cleaned } from './format-comments.ts';
import {
  bracketed,
  type FormatContext,
  formatArguments,
  formatExpression,
  formatName,
  leaf,
} from './format-expression.ts';

const lineWidth = 100;

/** The formatted text of a program without syntax errors; `text` is what it was parsed from. */
export function format(program: Program, text: string): string {
  const context = { text, comments: new Comments(program.comments, text) };
  const body = sequence(context, program.items, program.span, text.length, formatItem);
  return body.length === 0 ? '' : `${print(body, lineWidth)}\n`;
}

/** Where something stands in the old text. */
interface Extent {
  readonly start: number;
  readonly end: number;
}

/**
 * Statements or items on lines of their own, and the comments between them and up to `end`. `start` is where the first
 * line of the body can begin.
 */
function sequence<Part extends { readonly span: Extent }>(
  context: FormatContext,
  parts: readonly Part[],
  { start }: Extent,
  end: number,
  formatPart: (context: FormatContext, part: Part) => Doc,
): Doc[] {
  const docs: Doc[] = [];
  let last = start;
  const begin = (at: Extent) => {
    if (docs.length > 0) docs.push(hardline, hasEmptyLine(context.text, last, at.start) ? hardline : '');
    last = at.end;
  };
  const commentsBefore = (offset: number) => {
    if (docs.length > 0) docs.push(context.comments.trailing(offset));
    for (let comment = context.comments.take(offset); comment; comment = context.comments.take(offset)) {
      begin(comment.span);
      docs.push(cleaned(comment));
      if (comment.text.startsWith('/*')) docs.push(context.comments.trailing(offset));
    }
  };
  for (const part of parts) {
    commentsBefore(part.span.start);
    begin(part.span);
    docs.push(formatPart(context, part));
  }
  commentsBefore(end);
  return docs;
}

/** Whether an empty line separates two places. Comments between them count as text. */
function hasEmptyLine(text: string, from: number, to: number): boolean {
  return /\n[^\S\n]*\n/.test(text.slice(from, to));
}

function formatItem(context: FormatContext, item: Item): Doc {
  const { start } = item.span;
  switch (item.kind) {
    case 'import':
      return [
        leaf(context, 'import ', start),
        importNames(context, item.names),
        ' from ',
        formatExpression(context, item.from),
      ];
    case 'network':
    case 'block':
      return [definition(context, item), ' ', body(context, item, formatStatement, item.body)];
    case 'fn':
      return group(definition(context, item), ' =', indent([line, formatExpression(context, item.body)]));
    case 'op':
      return formatOperator(context, item);
    case 'train':
      return [
        leaf(context, 'train ', start),
        formatName(context, item.network),
        ' ',
        body(
          context,
          item,
          formatLine,
          [...item.settings, ...item.allowances].toSorted((left, right) => left.span.start - right.span.start),
        ),
      ];
    case 'allow':
      return formatAllow(context, item);
    case 'binding':
      return [formatName(context, item.name), ' = ', formatExpression(context, item.value)];
  }
}

function importNames(context: FormatContext, names: Extract<Item, { kind: 'import' }>['names']): Doc {
  const docs = names.map((name) => formatName(context, name));
  return group('{', indent([line, join([',', line], docs)]), line, '}');
}

/** `network Name(parameters)`; the parentheses of a network or block without parameters are left out. */
function definition(context: FormatContext, item: Extract<Item, { kind: 'network' | 'block' | 'fn' }>): Doc {
  const head = [leaf(context, `${item.kind} `, item.span.start), formatName(context, item.name)];
  if (item.parameters.length === 0 && item.kind !== 'fn') return head;
  return [
    head,
    bracketed(
      '(',
      item.parameters.map((parameter) => formatParameter(context, parameter)),
      ')',
    ),
  ];
}

function formatParameter(context: FormatContext, { name, defaultValue }: Parameter): Doc {
  // In the order of the text, so that comments stay where they are.
  const label = formatName(context, name);
  return [label, defaultValue ? [' = ', formatExpression(context, defaultValue)] : ''];
}

/** Braces around one statement per line. */
function body<Part extends { readonly span: Extent }>(
  context: FormatContext,
  owner: { readonly span: Extent },
  formatPart: (context: FormatContext, part: Part) => Doc,
  parts: readonly Part[],
): Doc {
  const opening = context.comments.trailing(parts[0]?.span.start ?? owner.span.end);
  const content = sequence(context, parts, owner.span, owner.span.end - 1, formatPart);
  if (content.length === 0) return opening.length === 0 ? '{}' : ['{', opening, hardline, '}'];
  return ['{', opening, indent([hardline, content]), hardline, '}'];
}

function formatOperator(context: FormatContext, item: OperatorItem): Doc {
  const head = [leaf(context, 'op ', item.span.start), formatName(context, item.name)];
  const parts = [...item.operands, ...item.parameters].toSorted((left, right) => left.span.start - right.span.start);
  const operands = parts.map((part) =>
    'axes' in part ? formatPattern(context, part) : formatParameter(context, part),
  );
  const result = formatPattern(context, item.result);
  const formula = formatExpression(context, item.body);
  return group(head, bracketed('(', operands, ')'), ' -> ', result, ' =', indent([line, formula]));
}

function formatPattern(context: FormatContext, { name, axes }: TensorPattern): Doc {
  const names = axes.map((axis) => formatName(context, axis));
  return [formatName(context, name), '[', join(', ', names), ']'];
}

/** Of a `train` block. */
function formatLine(context: FormatContext, part: Setting | AllowStatement): Doc {
  return part.kind === 'allow' ? formatAllow(context, part) : formatSetting(context, part);
}

function formatAllow(context: FormatContext, { code, reason, span }: AllowStatement): Doc {
  return [leaf(context, 'allow ', span.start), formatName(context, code), ' ', formatExpression(context, reason)];
}

function formatSetting(context: FormatContext, { name, arguments: list }: Setting): Doc {
  return group(formatName(context, name), ' ', indent(join([',', line], formatArguments(context, list)), 4));
}

function formatStatement(context: FormatContext, statement: Statement): Doc {
  const { start } = statement.span;
  const keyword = (): Doc => leaf(context, `${statement.kind} `, start);
  switch (statement.kind) {
    case 'input':
    case 'target':
      return [keyword(), formatName(context, statement.name), ': ', formatExpression(context, statement.type)];
    case 'binding':
      return [formatName(context, statement.name), ' = ', formatExpression(context, statement.value)];
    case 'loss':
    case 'return':
      return [keyword(), formatExpression(context, statement.value)];
    case 'metric':
    case 'output':
      return [keyword(), formatNamed(context, statement)];
    case 'assert':
      return [keyword(), formatExpression(context, statement.condition)];
    case 'allow':
      return formatAllow(context, statement);
    case 'freeze':
      return [keyword(), formatExpression(context, statement.name)];
    case 'for':
      return [
        [
          keyword(),
          join(
            ', ',
            statement.variables.map((variable) => formatName(context, variable)),
          ),
        ],
        [' in ', formatExpression(context, statement.list), ' '],
        body(context, statement, formatStatement, statement.body),
      ];
  }
}

/** `name`, `value` or `name = value`. */
function formatNamed(context: FormatContext, { name, value }: Extract<Statement, { kind: 'metric' | 'output' }>): Doc {
  const docs: Doc[] = [];
  if (name) docs.push(formatName(context, name));
  if (value) docs.push(formatExpression(context, value));
  return join(' = ', docs);
}
