/** @file What operators do to numbers. */
import type { BinaryOperator } from '../../syntax/ast.ts';

export const constantResults: Partial<Record<BinaryOperator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  // As in mathematics: the sign is that of the divisor.
  '%': (left, right) => left - right * Math.floor(left / right),
  '^': (left, right) => left ** right,
};

export const comparisons: Partial<Record<BinaryOperator, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};
