/** @file Operators of the compiler itself, as text: each is parsed once, however many layers it makes. */
import { expect, it } from 'vitest';
import { InternalError } from '../../src/diagnostics/diagnostic.ts';
import { parseOperator } from '../../src/syntax/parse.ts';

it('the same text is the same operator', () => {
  const text = 'op twice(x[k]) -> y[k] = 2 * x[k]';
  expect(parseOperator(text)).toBe(parseOperator(text.slice()));
  expect(parseOperator(text)).not.toBe(parseOperator(text.replace('2', '3')));
});

it('a wrong text is a fault of the compiler', () => {
  expect(() => parseOperator('op twice(x[k]) -> = 2')).toThrow(InternalError);
});
