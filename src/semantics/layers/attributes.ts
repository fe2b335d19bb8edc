/** @file From values to what operators take: `pad: same`, `stride: 2` and so on, checked against the operator's table. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Attribute, AttributeSpec, AttributeValue } from '../../specs/attributes.ts';
import { describe, type Value } from '../evaluate/values.ts';
import { didYouMean, fail, help, listed } from '../problems.ts';

/** The largest whole number that an attribute may be. */
const maximumInteger = 2 ** 31;

const LISTS = '`[top, left, bottom, right]`, or of a signal `[left, right]`';

const expected: Record<AttributeSpec['type'], string> = {
  integer: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
  text: 'a text',
  choice: 'a word',
  sizes: 'a whole number or a pair such as `3x3`',
  sides: `a number, a pair, ${LISTS}`,
  padding: `a word, a number, a pair, ${LISTS}`,
  list: 'a list',
};

const expectedItems: Partial<Record<AttributeSpec['type'], string>> = {
  integer: 'whole numbers',
  number: 'numbers',
  text: 'texts',
  choice: 'words',
};

function expectedOf({ type, item, choices }: Attribute): string {
  if (type === 'padding') return expected.padding.replace('a word', choices!.map((word) => `\`${word}\``).join(', '));
  return item ? `a list of ${expectedItems[item.type]}` : expected[type];
}

/** What has attributes, for messages. */
export interface Owner {
  readonly name: string;
  readonly example: string;
}

/** What `spec` makes of `value`, or a diagnostic at `span`. */
export function attributeValue(owner: Owner, spec: AttributeSpec, value: Value, span: Span): AttributeValue {
  const isDuration = value.kind === 'number' && (value.unit === 'epochs' || value.unit === 'steps');
  if (isDuration && value.unit !== spec.unit) return wrongType(owner, spec, value, span);
  switch (spec.type) {
    case 'boolean':
      return value.kind === 'boolean' ? value.value : wrongType(owner, spec, value, span);
    case 'integer':
    case 'number':
      return value.kind === 'number' ? inRange(spec, value.value, span) : wrongType(owner, spec, value, span);
    case 'text':
      return value.kind === 'string' ? value.value : wrongType(owner, spec, value, span);
    case 'sizes':
      return sizes(owner, spec, value, span);
    case 'sides':
    case 'padding':
      return padding(owner, spec, value, span);
    case 'choice':
      return choice(owner, spec, value, span);
    case 'list':
      return list(owner, spec, value, span);
  }
}

/** An item of the wrong type is reported as the whole list. */
function list(owner: Owner, spec: AttributeSpec, value: Value, span: Span): AttributeValue {
  const { type, ...limits } = spec.item!;
  if (value.kind !== 'list') return wrongType(owner, spec, value, span);
  const kind = type === 'integer' || type === 'number' ? 'number' : type === 'choice' ? 'word' : 'string';
  if (value.items.some((item) => item.kind !== kind)) return wrongType(owner, spec, value, span);
  const item = { ...limits, type, name: spec.name };
  return value.items.map((found) => attributeValue(owner, item, found, span)) as readonly number[] | readonly string[];
}

/** A number that stands for every axis stays one number until it is known how many axes there are. */
function sizes(owner: Owner, spec: AttributeSpec, value: Value, span: Span): readonly number[] {
  const numbers = value.kind === 'list' ? numbersOf(value.items, 2) : value.kind === 'pair' ? value.values : undefined;
  if (numbers) return numbers.map((size) => inRange(spec, size, span));
  return value.kind === 'number' ? [inRange(spec, value.value, span)] : wrongType(owner, spec, value, span);
}

function padding(owner: Owner, spec: AttributeSpec, value: Value, span: Span): AttributeValue {
  if (value.kind === 'word' && spec.type === 'padding') return oneOf(spec, spec.choices!, value.value, span);
  return (
    sidesOf(value)?.map((size) => inRange({ ...spec, minimum: 0 }, size, span)) ?? wrongType(owner, spec, value, span)
  );
}

function sidesOf(value: Value): readonly number[] | undefined {
  if (value.kind === 'number') return [value.value];
  if (value.kind === 'pair') return [...value.values, ...value.values];
  return value.kind === 'list' ? (numbersOf(value.items, 4) ?? numbersOf(value.items, 2)) : undefined;
}

function choice(owner: Owner, spec: AttributeSpec, value: Value, span: Span): string {
  if (value.kind !== 'word' && value.kind !== 'string') return wrongType(owner, spec, value, span);
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

function inRange(spec: AttributeSpec, value: number, span: Span): number {
  const { name, type, above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = spec;
  const whole = type !== 'number';
  const { minimum = Number.NEGATIVE_INFINITY, maximum = whole ? maximumInteger : Number.POSITIVE_INFINITY } = spec;
  if (whole && !Number.isInteger(value))
    fail('CNN2024', `\`${name}\` must be a whole number, found ${value}`, span, help(`write ${Math.round(value)}`));
  if (value >= minimum && value <= maximum && value > above && value < below) return value;
  const low = above >= minimum ? `above ${above}` : `at least ${minimum}`;
  const high = below <= maximum ? `below ${below}` : `at most ${maximum}`;
  const limit = value < minimum || value <= above ? low : high;
  const percent = maximum <= 1 && value > 1 && value / 100 <= maximum;
  return fail('CNN2024', `\`${name}\` must be ${limit}, found ${value}`, span, {
    fix: percent
      ? { message: `write \`${value}%\``, edits: [{ span, replacement: `${value}%` }] }
      : { message: `write a number ${limit.startsWith('at ') ? 'of ' : ''}${limit}` },
  });
}

function wrongType(owner: Owner, spec: AttributeSpec, value: Value, span: Span): never {
  return fail('CNN2023', `\`${spec.name}\` of \`${owner.name}\` cannot be ${describe(value)}`, span, {
    ...help(`it is ${expectedOf(spec)}, for example \`${owner.example}\``),
  });
}
