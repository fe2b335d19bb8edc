/** @file What must be true of an `op` before any shape is known: its names differ, and its reductions do not nest. */
import type { Name, OperatorItem, ReduceExpression, SyntaxNode } from '../syntax/ast.ts';
import { childrenOf } from '../syntax/visit.ts';
import { FormulaError } from './scalar-from-syntax.ts';

/** Throws a `FormulaError` (CNN2102) at the first thing that is wrong. */
export function checkOperator(item: OperatorItem): void {
  if (item.operands.length === 0)
    throw malformed(
      item.name,
      `\`${item.name.text}\` has no operand`,
      'name the axes of its operands: `x[c, h, w]`, or `x[]`',
    );
  checkNames(item);
  const fifth = item.result.axes[4];
  if (fifth)
    throw malformed(fifth, `the result has ${item.result.axes.length} axes`, 'a tensor has one to four dimensions');
  const used = new Set<string>();
  const results = item.result.axes.map(({ text }) => text);
  const known = new Set([...results, ...item.operands.flatMap(({ axes }) => axes.map(({ text }) => text))]);
  walk(item.body, (part, reductions) => {
    if (part.kind === 'reduce') checkReduction(item, part, reductions);
    if (part.kind !== 'identifier') return;
    used.add(part.text);
    const bound = [...results, ...reductions.flatMap(({ axes }) => axes.map(({ text }) => text))];
    if (known.has(part.text) && !bound.includes(part.text))
      throw malformed(
        part,
        `axis \`${part.text}\` is not one of the result, and nothing sums over it`,
        `sum over it: \`sum(${part.text}) …\``,
      );
  });
  for (const { name } of [...item.operands, ...item.parameters])
    if (!used.has(name.text))
      throw malformed(name, `\`${name.text}\` is never read`, 'read it in the formula, or remove it');
}

function checkNames({ operands, parameters, result }: OperatorItem): void {
  const values = [...operands, ...parameters, result].map(({ name }) => name);
  values.forEach((name, k) => {
    if (values.slice(0, k).some(({ text }) => text === name.text))
      throw malformed(name, `\`${name.text}\` is defined twice`, 'give one of them another name');
  });
  for (const axis of [...operands, result].flatMap(({ axes }) => axes))
    if (values.some(({ text }) => text === axis.text) || axis.text === 'batch')
      throw malformed(axis, `\`${axis.text}\` cannot be an axis as well`, 'give the axis a name of its own');
  result.axes.forEach((axis, k) => {
    if (result.axes.slice(0, k).some(({ text }) => text === axis.text))
      throw malformed(
        axis,
        `the result has two axes \`${axis.text}\``,
        'give each axis of the result a name of its own',
      );
  });
}

function checkReduction(
  { result }: OperatorItem,
  { axes, operator }: ReduceExpression,
  outer: readonly ReduceExpression[],
): void {
  axes.forEach((axis, k) => {
    const { text } = axis;
    if (text === 'batch')
      throw malformed(axis, 'images do not meet in an `op`', 'use `batchnorm`, or a mean in the loss');
    if (result.axes.some((other) => other.text === text))
      throw malformed(axis, `\`${text}\` is an axis of the result and cannot be summed over`, 'sum over another axis');
    if (axes.slice(0, k).some((other) => other.text === text))
      throw malformed(axis, `\`${text}\` stands here twice`, 'name each axis once');
  });
  if (outer.length > 0)
    throw malformed(
      axes[0]!,
      `a \`${operator}\` cannot stand inside of another reduction`,
      'sum over all axes at once, or write two operators',
    );
}

function malformed({ span }: Name, message: string, help: string): FormulaError {
  return new FormulaError(message, span, 'CNN2102', help);
}

/** Every part of a formula, with the reductions around it. */
function walk(
  part: SyntaxNode,
  see: (part: SyntaxNode, reductions: readonly ReduceExpression[]) => void,
  reductions: readonly ReduceExpression[] = [],
): void {
  see(part, reductions);
  const inner = part.kind === 'reduce' ? [...reductions, part] : reductions;
  for (const child of childrenOf(part)) walk(child, see, inner);
}
