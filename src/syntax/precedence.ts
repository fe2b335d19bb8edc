/** @file How tightly operators bind, from loose to tight; used by the parser's second half and by the formatter. */
import type { BinaryOperator, UnaryExpression } from './ast.ts';

const levels: readonly (readonly BinaryOperator[])[] = [
  ['or'],
  ['and'],
  [], // not
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'], // the body of a reduction reaches to the end of a product
  [], // negation
  ['^'],
];

const table = new Map<string, number>(levels.flatMap((operators, level) => operators.map((text) => [text, level + 1])));

/** Pipelines, and `if` without parentheses, bind looser than every operator. */
export const pipelinePrecedence = 0;
export const reductionPrecedence = table.get('*')!;
const negationPrecedence = table.get('^')! - 1;
const notPrecedence = table.get('==')! - 1;

export function binaryPrecedence(operator: BinaryOperator): number {
  return table.get(operator)!;
}

/** Of the operand of a prefix operator: `-a ^ b` is `-(a ^ b)`, and `not a == b` is `not (a == b)`. */
export function unaryPrecedence(operator: UnaryExpression['operator']): number {
  return operator === '-' ? negationPrecedence : notPrecedence;
}

export function isComparison(operator: BinaryOperator): boolean {
  return table.get(operator) === notPrecedence + 1;
}

/** `a ^ b ^ c` is `a ^ (b ^ c)`; all others group to the left. */
export function groupsRight(operator: BinaryOperator): boolean {
  return operator === '^';
}
