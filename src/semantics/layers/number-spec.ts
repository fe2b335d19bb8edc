/** @file Numbers within limits, for words of the `train` block and initialisers. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { AttributeSpec, AttributeValue } from '../../specs/attributes.ts';
import { describe, type Value } from '../evaluate/values.ts';
import { fail, help } from '../problems.ts';

export type NumberSpec = Pick<AttributeSpec, 'name' | 'minimum' | 'maximum' | 'above' | 'below' | 'unit' | 'share'> & {
  readonly type: 'integer' | 'number';
  readonly doc?: string;
  readonly default?: AttributeValue;
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
  return fail('CNN2054', `\`${name}\` must be ${limit}, found ${number}`, span, {
    ...help(spec.share ? shareHelp(spec, number) : `write a number ${kind}`),
  });
}

/** With an example: a number of 2 and more is taken for percent, for `2` that is `2%`. */
export function shareHelp(
  { doc, maximum = 1, default: standard }: Pick<NumberSpec, 'doc' | 'maximum' | 'default'>,
  number: number,
): string {
  const share = number >= 2 && number / 100 <= maximum ? number / 100 : typeof standard === 'number' ? standard : 0.1;
  const rounded = (value: number) => Number(value.toPrecision(6));
  return `write a share, such as \`${rounded(100 * share)}%\` or ${rounded(share)}: ${doc}`;
}

/** `at least 1`, or nothing for a number within its limits. */
function brokenLimit({ minimum, maximum, above, below }: NumberSpec, number: number): string | undefined {
  if (minimum !== undefined && number < minimum) return `at least ${minimum}`;
  if (maximum !== undefined && number > maximum) return `at most ${maximum}`;
  if (above !== undefined && number <= above) return `above ${above}`;
  if (below !== undefined && number >= below) return `below ${below}`;
  return undefined;
}
