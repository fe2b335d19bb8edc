/** @file How tightly operators bind, from loose to tight; used by the parser's second half and by the formatter. */
import type { BinaryOperator, UnaryExpression } from './ast.ts';

/** From loose to tight; the words stand where they bind. */
export const operatorLevels: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['not'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'], // the body of a reduction reaches to the end of a product
  ['- (prefix)'],
  ['^'],
];

const table = new Map(operatorLevels.flatMap((operators, level) => operators.map((text) => [text, level + 1])));

/** Pipelines, and `if` without parentheses, bind looser than every operator. */
export const pipelinePrecedence = 0;
export const reductionPrecedence = table.get('*')!;

export function binaryPrecedence(operator: BinaryOperator): number {
  return table.get(operator)!;
}

/** Of the operand of a prefix operator: `-a ^ b` is `-(a ^ b)`, and `not a == b` is `not (a == b)`. */
export function unaryPrecedence(operator: UnaryExpression['operator']): number {
  return table.get(operator === '-' ? '- (prefix)' : operator)!;
}

export function isComparison(operator: BinaryOperator): boolean {
  return table.get(operator) === table.get('==');
}

/** `a ^ b ^ c` is `a ^ (b ^ c)`; all others group to the left. */
export function groupsRight(operator: BinaryOperator): boolean {
  return operator === '^';
}
