/** @file Numbers within limits, for settings and initialisers. */
import type { Span } from '../diagnostics/diagnostic.ts';
import { fail, help } from './problems.ts';
import { describe, type Value } from './values.ts';

export interface NumberSpec {
  readonly name: string;
  /** Absent: it must be given. */
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** The minimum itself is not allowed. */
  readonly exclusive?: boolean;
  readonly whole?: boolean;
  /** May be given in epochs. */
  readonly epochs?: boolean;
}

export function checkedNumber(spec: NumberSpec, value: Value, span: Span): number {
  if (value.kind !== 'number')
    return fail('CNN2054', `\`${spec.name}\` must be a number, found ${describe(value)}`, span, help('write a number'));
  if (value.unit === 'steps' || (value.unit === 'epochs' && !spec.epochs))
    return fail('CNN2054', `\`${spec.name}\` cannot be given in ${value.unit}`, span, {
      ...help(spec.epochs ? `write \`${value.value} epochs\`` : 'write the number alone'),
    });
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, exclusive, whole, name } = spec;
  const number = value.value;
  if (whole && !Number.isInteger(number))
    return fail('CNN2054', `\`${name}\` must be a whole number, found ${number}`, span, {
      ...help(`write ${Math.max(minimum, Math.round(number))}`),
    });
  if (number < minimum || number > maximum || (exclusive && number === minimum)) {
    const limit = number > maximum ? `at most ${maximum}` : exclusive ? `above ${minimum}` : `at least ${minimum}`;
    return fail(
      'CNN2054',
      `\`${name}\` must be ${limit}, found ${number}`,
      span,
      help(`write a number ${exclusive && number <= minimum ? limit : `of ${limit}`}`),
    );
  }
  return number;
}
