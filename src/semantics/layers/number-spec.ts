/** @file Numbers within limits, for words of the `train` block and initialisers. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { AttributeSpec } from '../../specs/attributes.ts';
import { describe, type Value } from '../evaluate/values.ts';
import { fail, help } from '../problems.ts';

export type NumberSpec = Pick<AttributeSpec, 'name' | 'minimum' | 'maximum' | 'above' | 'below' | 'unit'> & {
  readonly type: 'integer' | 'number';
};

/** Reports CNN2054. */
export function checkedNumber(spec: NumberSpec, value: Value, span: Span): number {
  const { name, unit } = spec;
  if (value.kind !== 'number')
    return fail('CNN2054', `\`${name}\` must be a number, found ${describe(value)}`, span, help('write a number'));
  if (value.unit === 'steps' || (value.unit === 'epochs' && !unit))
    return fail('CNN2054', `\`${name}\` cannot be given in ${value.unit}`, span, {
      ...help(unit ? `write \`${value.value} epochs\`` : 'write the number alone'),
    });
  const number = value.value;
  if (spec.type === 'integer' && !Number.isInteger(number))
    return fail('CNN2054', `\`${name}\` must be a whole number, found ${number}`, span, {
      ...help(`write ${Math.max(spec.minimum ?? Number.NEGATIVE_INFINITY, Math.round(number))}`),
    });
  const limit = brokenLimit(spec, number);
  if (limit === undefined) return number;
  const kind = limit.startsWith('at') ? `of ${limit}` : limit;
  return fail('CNN2054', `\`${name}\` must be ${limit}, found ${number}`, span, help(`write a number ${kind}`));
}

/** `at least 1`, or nothing for a number within its limits. */
function brokenLimit({ minimum, maximum, above, below }: NumberSpec, number: number): string | undefined {
  if (minimum !== undefined && number < minimum) return `at least ${minimum}`;
  if (maximum !== undefined && number > maximum) return `at most ${maximum}`;
  if (above !== undefined && number <= above) return `above ${above}`;
  if (below !== undefined && number >= below) return `below ${below}`;
  return undefined;
}
