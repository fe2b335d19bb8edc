/** @file From values to what operators take: `pad: same`, `stride: 2` and so on, checked against the operator's table. */
import type { Span } from '../diagnostics/diagnostic.ts';
import type { AttributeSpec, AttributeValue, OperatorDefinition } from '../ops/operator.ts';
import { didYouMean, fail, help, listed } from './problems.ts';
import { describe, type Value } from './values.ts';

export const paddingWords = ['valid', 'same', 'full'] as const;
/** The largest whole number that an attribute may be. */
const maximumInteger = 2 ** 31;

const expected: Record<AttributeSpec['type'], string> = {
  integer: 'a whole number',
  integers: 'a list of whole numbers',
  number: 'a number',
  numbers: 'a list of numbers',
  boolean: '`true` or `false`',
  pair: 'a whole number or a pair such as `3x3`',
  padding: '`valid`, `same`, `full`, a number, a pair or `[top, left, bottom, right]`',
  choice: 'a word',
};

/** A padding that no word describes. */
const isSides = ({ type, choices }: AttributeSpec) => type === 'padding' && choices !== undefined;
const expectedSides = 'a number, a pair or `[top, left, bottom, right]`';

/** What `spec` makes of `value`, or a diagnostic at `span`. */
export function attributeValue(
  operator: OperatorDefinition,
  spec: AttributeSpec,
  value: Value,
  span: Span,
): AttributeValue {
  if (value.kind === 'number' && (value.unit === 'epochs' || value.unit === 'steps'))
    return wrongType(operator, spec, value, span);
  switch (spec.type) {
    case 'boolean':
      return value.kind === 'boolean' ? value.value : wrongType(operator, spec, value, span);
    case 'integer':
    case 'number':
      return single(operator, spec, value, span);
    case 'integers':
    case 'numbers':
      return numbers(operator, spec, value, span);
    case 'pair':
      return pair(operator, spec, value, span);
    case 'padding':
      return padding(operator, spec, value, span);
    case 'choice':
      return choice(operator, spec, value, span);
  }
}

function single(operator: OperatorDefinition, spec: AttributeSpec, value: Value, span: Span): number {
  if (value.kind !== 'number') return wrongType(operator, spec, value, span);
  return inRange(spec, value.value, spec.type === 'integer', span);
}

function numbers(operator: OperatorDefinition, spec: AttributeSpec, value: Value, span: Span): readonly number[] {
  const found = value.kind === 'list' ? numbersOf(value.items, value.items.length) : undefined;
  return (
    found?.map((number) => inRange(spec, number, spec.type === 'integers', span)) ??
    wrongType(operator, spec, value, span)
  );
}

function pair(operator: OperatorDefinition, spec: AttributeSpec, value: Value, span: Span): readonly [number, number] {
  const numbers = value.kind === 'list' ? numbersOf(value.items, 2) : value.kind === 'pair' ? value.values : undefined;
  const [vertical, horizontal] = numbers ?? [];
  if (vertical !== undefined && horizontal !== undefined)
    return [inRange(spec, vertical, true, span), inRange(spec, horizontal, true, span)];
  if (value.kind !== 'number') return wrongType(operator, spec, value, span);
  const size = inRange(spec, value.value, true, span);
  return [size, size];
}

function padding(operator: OperatorDefinition, spec: AttributeSpec, value: Value, span: Span): AttributeValue {
  const side = (size: number) => inRange({ ...spec, minimum: 0 }, size, true, span);
  if (value.kind === 'word' && !spec.choices) return oneOf(spec, paddingWords, value.value, span);
  if (value.kind === 'number') return [side(value.value), side(value.value), side(value.value), side(value.value)];
  if (value.kind === 'pair') {
    const [vertical, horizontal] = value.values;
    return [side(vertical), side(horizontal), side(vertical), side(horizontal)];
  }
  const sides = value.kind === 'list' ? numbersOf(value.items, 4) : undefined;
  if (!sides) return wrongType(operator, spec, value, span);
  return [side(sides[0]!), side(sides[1]!), side(sides[2]!), side(sides[3]!)];
}

function choice(operator: OperatorDefinition, spec: AttributeSpec, value: Value, span: Span): string {
  if (value.kind !== 'word' && value.kind !== 'string') return wrongType(operator, spec, value, span);
  return oneOf(spec, spec.choices ?? [], value.value, span);
}

function oneOf<Word extends string>(spec: AttributeSpec, choices: readonly Word[], word: string, span: Span): Word {
  const found = choices.find((known) => known === word);
  if (found !== undefined) return found;
  const message = `\`${spec.name}\` cannot be \`${word}\``;
  return fail('CNN2026', message, span, didYouMean(word, choices, span, `it may be ${listed(choices, 'or')}`));
}

/** The numbers of a list of exactly `count`. */
function numbersOf(items: readonly Value[], count: number): number[] | undefined {
  const numbers = items.flatMap((item) => (item.kind === 'number' ? item.value : []));
  return items.length === count && numbers.length === count ? numbers : undefined;
}

function inRange(spec: AttributeSpec, value: number, whole: boolean, span: Span): number {
  const {
    name,
    minimum = Number.NEGATIVE_INFINITY,
    maximum = whole ? maximumInteger : Number.POSITIVE_INFINITY,
  } = spec;
  if (whole && !Number.isInteger(value))
    fail('CNN2024', `\`${name}\` must be a whole number, found ${value}`, span, help(`write ${Math.round(value)}`));
  if (value >= minimum && value <= maximum) return value;
  const limit = value < minimum ? `at least ${minimum}` : `at most ${maximum}`;
  const percent = maximum <= 1 && value > 1 && value / 100 <= maximum;
  return fail('CNN2024', `\`${name}\` must be ${limit}, found ${value}`, span, {
    fix: percent
      ? { message: `write \`${value}%\``, span, replacement: `${value}%` }
      : { message: `write a number of ${limit}` },
  });
}

function wrongType(operator: OperatorDefinition, spec: AttributeSpec, value: Value, span: Span): never {
  return fail('CNN2023', `\`${spec.name}\` of \`${operator.name}\` cannot be ${describe(value)}`, span, {
    ...help(`it is ${isSides(spec) ? expectedSides : expected[spec.type]}, for example \`${operator.example}\``),
  });
}
