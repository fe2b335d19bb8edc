/** @file What must be known when the network is compiled: conditions, counts, sizes. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Expression, IfExpression } from '../../syntax/ast.ts';
import { fail, help } from '../problems.ts';
import type { Place } from '../walk/walk.ts';
import { describe, type Value } from './values.ts';

/** The branch that a constant condition chooses; the other one is not looked at. */
export function takenBranch(place: Place, { condition, consequent, alternate }: IfExpression): Expression {
  return truth(place.walk.evaluate(place, condition), condition.span) ? consequent : alternate;
}

export function truth(value: Value, span: Span): boolean {
  if (value.kind === 'boolean') return value.value;
  if (value.kind === 'tensor')
    return fail('CNN2033', `a condition must be constant, found ${describe(value)}`, span, {
      ...help('conditions are decided when the network is compiled; compare shapes or parameters'),
    });
  return fail('CNN2033', `a condition must be \`true\` or \`false\`, found ${describe(value)}`, span, {
    ...help('compare it, for example with `> 0`'),
  });
}

/** A whole number of at least `minimum`, for counts and shapes. */
export function wholeNumber(value: Value, span: Span, what: string, minimum = 0): number {
  if (value.kind !== 'number')
    return fail('CNN2034', `${what} must be a whole number, found ${describe(value)}`, span, {
      ...help(`write a constant such as ${Math.max(minimum, 3)}`),
    });
  if (!Number.isInteger(value.value) || value.value < minimum)
    return fail('CNN2034', `${what} must be a whole number of at least ${minimum}, found ${value.value}`, span, {
      ...help(
        Number.isInteger(value.value)
          ? `write ${minimum} or more`
          : 'round it with `floor(…)`, `ceil(…)` or `round(…)`',
      ),
    });
  return value.value;
}
