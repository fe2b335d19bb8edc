/** @file From values to what operators take: `pad: same`, `stride: 2` and so on, checked against the operator's table. */
import type { Attribute, AttributeSpec, AttributeValue } from '../../specs/attributes.ts';
import type { Given } from '../evaluate/arguments.ts';
import { describe, type Value } from '../evaluate/values.ts';
import { didYouMean, fail, help, listed } from '../problems.ts';
import { shareHelp } from './number-spec.ts';

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

/** Where the value of an argument stands, and what it is called, where it is a name. */
export type ArgumentPlace = Omit<Given, 'value'>;

/** What `spec` makes of `value`, or a diagnostic at its place. */
export function attributeValue(owner: Owner, spec: AttributeSpec, value: Value, at: ArgumentPlace): AttributeValue {
  const isDuration = value.kind === 'number' && (value.unit === 'epochs' || value.unit === 'steps');
  if (isDuration && value.unit !== spec.unit) return wrongType(owner, spec, value, at);
  switch (spec.type) {
    case 'boolean':
      return value.kind === 'boolean' ? value.value : wrongType(owner, spec, value, at);
    case 'integer':
    case 'number':
      return value.kind === 'number' ? inRange(spec, value.value, at) : wrongType(owner, spec, value, at);
    case 'text':
      return value.kind === 'string' ? value.value : wrongType(owner, spec, value, at);
    case 'sizes':
      return sizes(owner, spec, value, at);
    case 'sides':
    case 'padding':
      return padding(owner, spec, value, at);
    case 'choice':
      return choice(owner, spec, value, at);
    case 'list':
      return list(owner, spec, value, at);
  }
}

/** An item of the wrong type is reported as the whole list. */
function list(owner: Owner, spec: AttributeSpec, value: Value, at: ArgumentPlace): AttributeValue {
  const { type, ...limits } = spec.item!;
  if (value.kind !== 'list') return wrongType(owner, spec, value, at);
  const kind = type === 'integer' || type === 'number' ? 'number' : type === 'choice' ? 'word' : 'string';
  if (value.items.some((item) => item.kind !== kind)) return wrongType(owner, spec, value, at);
  const item = { ...limits, type, name: spec.name };
  return value.items.map((found) => attributeValue(owner, item, found, at)) as readonly number[] | readonly string[];
}

/** A number that stands for every axis stays one number until it is known how many axes there are. */
function sizes(owner: Owner, spec: AttributeSpec, value: Value, at: ArgumentPlace): readonly number[] {
  const numbers = value.kind === 'list' ? numbersOf(value.items, 2) : value.kind === 'pair' ? value.values : undefined;
  if (numbers) return numbers.map((size) => inRange(spec, size, at));
  return value.kind === 'number' ? [inRange(spec, value.value, at)] : wrongType(owner, spec, value, at);
}

function padding(owner: Owner, spec: AttributeSpec, value: Value, at: ArgumentPlace): AttributeValue {
  if (value.kind === 'word' && spec.type === 'padding') return oneOf(spec, spec.choices!, value.value, at);
  return sidesOf(value)?.map((size) => inRange({ ...spec, minimum: 0 }, size, at)) ?? wrongType(owner, spec, value, at);
}

function sidesOf(value: Value): readonly number[] | undefined {
  if (value.kind === 'number') return [value.value];
  if (value.kind === 'pair') return [...value.values, ...value.values];
  return value.kind === 'list' ? (numbersOf(value.items, 4) ?? numbersOf(value.items, 2)) : undefined;
}

function choice(owner: Owner, spec: AttributeSpec, value: Value, at: ArgumentPlace): string {
  if (value.kind !== 'word' && value.kind !== 'string') return wrongType(owner, spec, value, at);
  return oneOf(spec, spec.choices ?? [], value.value, at);
}

function oneOf<Word extends string>(
  spec: AttributeSpec,
  choices: readonly Word[],
  word: string,
  at: ArgumentPlace,
): Word {
  const found = choices.find((known) => known === word);
  if (found !== undefined) return found;
  const message = `\`${spec.name}\` cannot be \`${word}\``;
  return fail('CNN2026', message, at.span, {
    notes: definedAt(at),
    ...didYouMean(word, choices, at.span, `it may be ${listed(choices, 'or')}`),
  });
}

/** The numbers of a list of exactly `count`. */
function numbersOf(items: readonly Value[], count: number): number[] | undefined {
  const numbers = items.flatMap((item) => (item.kind === 'number' ? item.value : []));
  return items.length === count && numbers.length === count ? numbers : undefined;
}

function inRange(spec: AttributeSpec, value: number, at: ArgumentPlace): number {
  const { name, type, above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = spec;
  const whole = type !== 'number';
  const { minimum = Number.NEGATIVE_INFINITY, maximum = whole ? maximumInteger : Number.POSITIVE_INFINITY } = spec;
  if (whole && !Number.isInteger(value))
    fail('CNN2024', `\`${name}\` must be a whole number, found ${value}`, at.span, {
      notes: definedAt(at),
      ...help(
        at.from
          ? `give \`${at.from.name}\` a whole number, such as ${Math.round(value)}`
          : `write ${Math.round(value)}`,
      ),
    });
  if (value >= minimum && value <= maximum && value > above && value < below) return value;
  const low = above >= minimum ? `above ${above}` : `at least ${minimum}`;
  const high = below <= maximum ? `below ${below}` : `at most ${maximum}`;
  const limit = value < minimum || value <= above ? low : high;
  const percent = maximum <= 1 && value >= 2 && value / 100 <= maximum;
  return fail('CNN2024', `\`${name}\` must be ${limit}, found ${value}`, at.span, {
    notes: definedAt(at),
    fix: percent
      ? { message: `write \`${value}%\``, edits: [{ span: at.span, replacement: `${value}%` }] }
      : {
          message: spec.share
            ? shareHelp(spec, value)
            : `write a number ${limit.startsWith('at ') ? 'of ' : ''}${limit}`,
        },
  });
}

/** A name has its value from elsewhere. */
function definedAt({ from }: ArgumentPlace) {
  return from ? [{ message: `\`${from.name}\` is defined here`, span: from.span }] : [];
}

function wrongType(owner: Owner, spec: AttributeSpec, value: Value, at: ArgumentPlace): never {
  return fail('CNN2023', `\`${spec.name}\` of \`${owner.name}\` cannot be ${describe(value)}`, at.span, {
    notes: definedAt(at),
    ...help(`it is ${expectedOf(spec)}, for example \`${owner.example}\``),
  });
}
