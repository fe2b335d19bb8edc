/** @file From values to what operators take: `pad: same`, `stride: 2` and so on, checked against the operator's table. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import { type Attribute, type AttributeSpec, type AttributeValue, PADDING_WORDS } from '../../specs/attributes.ts';
import { describe, type Value } from '../evaluate/values.ts';
import { didYouMean, fail, help, listed } from '../problems.ts';

/** The largest whole number that an attribute may be. */
const maximumInteger = 2 ** 31;

const expected: Record<AttributeSpec['type'], string> = {
  integer: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
  text: 'a text',
  choice: 'a word',
  pair: 'a whole number or a pair such as `3x3`',
  sides: 'a number, a pair or `[top, left, bottom, right]`',
  padding: '`valid`, `same`, `full`, a number, a pair or `[top, left, bottom, right]`',
  list: 'a list',
};

const expectedItems: Partial<Record<AttributeSpec['type'], string>> = {
  integer: 'whole numbers',
  number: 'numbers',
  text: 'texts',
  choice: 'words',
};

function expectedOf({ type, item }: Attribute): string {
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
    case 'pair':
      return pair(owner, spec, value, span);
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

function pair(owner: Owner, spec: AttributeSpec, value: Value, span: Span): readonly [number, number] {
  const numbers = value.kind === 'list' ? numbersOf(value.items, 2) : value.kind === 'pair' ? value.values : undefined;
  const [vertical, horizontal] = numbers ?? [];
  if (vertical !== undefined && horizontal !== undefined)
    return [inRange(spec, vertical, span), inRange(spec, horizontal, span)];
  if (value.kind !== 'number') return wrongType(owner, spec, value, span);
  const size = inRange(spec, value.value, span);
  return [size, size];
}

function padding(owner: Owner, spec: AttributeSpec, value: Value, span: Span): AttributeValue {
  const side = (size: number) => inRange({ ...spec, minimum: 0 }, size, span);
  if (value.kind === 'word' && spec.type === 'padding') return oneOf(spec, PADDING_WORDS, value.value, span);
  if (value.kind === 'number') return [side(value.value), side(value.value), side(value.value), side(value.value)];
  if (value.kind === 'pair') {
    const [vertical, horizontal] = value.values;
    return [side(vertical), side(horizontal), side(vertical), side(horizontal)];
  }
  const sides = value.kind === 'list' ? numbersOf(value.items, 4) : undefined;
  if (!sides) return wrongType(owner, spec, value, span);
  return [side(sides[0]!), side(sides[1]!), side(sides[2]!), side(sides[3]!)];
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
