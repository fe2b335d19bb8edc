/**
 * @file The language in which the words of the language are described: what a word takes, of which type, within which
 * bounds, and what holds where nothing is given. From `{ kernel: pair({ minimum: 1, doc: … }), bias: boolean({ … }) }` follow
 * the type of the values (`ValuesOf`), the reader and its mistakes, documentation and completion.
 */

/** A number for each axis of a map: vertical and horizontal, or the one of a signal. Until the map is known, one may stand for all. */
export type Sizes = readonly number[];
/** What lies before a map along each of its axes, then what lies behind: `[top, left, bottom, right]`, or `[left, right]`. */
export type Sides = readonly number[];
export const PADDING_WORDS = ['valid', 'same', 'full', 'causal'] as const;
export type PaddingValue = (typeof PADDING_WORDS)[number] | Sides;
export type AttributeValue = number | boolean | string | readonly number[] | readonly string[] | undefined;
export type AttributeValues = Readonly<Record<string, AttributeValue>>;

/** `padding` is a word or what `sides` is: a number, a pair, or a list of two or four numbers. */
export type AttributeType =
  | 'integer'
  | 'number'
  | 'boolean'
  | 'text'
  | 'choice'
  | 'sizes'
  | 'sides'
  | 'padding'
  | 'list';

/** Ties the type of the values to a description; no object has it. */
declare const VALUE: unique symbol;

/** What one attribute is. `Value` is the type of what it is read to. */
export interface Attribute<Value extends AttributeValue = AttributeValue> {
  readonly type: AttributeType;
  readonly doc: string;
  /** What holds where nothing is given. Without a default the attribute is required, unless it is `optional`. */
  readonly default?: Value;
  /** May be left out, and is undefined then. */
  readonly optional?: true;
  /** Bounds of a number, of each number of sizes. `above` and `below` are not legal themselves. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly above?: number;
  readonly below?: number;
  /** A number that may be written with this unit: `warmup: 2 epochs`. */
  readonly unit?: 'epochs';
  /** A number that is a share of something, as its `doc` says: it may be written in percent. */
  readonly share?: true;
  /** Of a number of epochs: a run notices it only if it goes on behind them for more than so many. */
  readonly goesOn?: number;
  /** Of a `choice`, and the words of a `padding`. */
  readonly choices?: readonly string[];
  /** Of a `list`: each of its items. */
  readonly item?: Attribute;
  /** Says how a parameter starts, as `init` does. */
  readonly starts?: true;
  /** Whether it may be given without its name; see `placed` for where nothing is said. */
  readonly byPlace?: boolean;
  readonly [VALUE]?: { readonly value: Value };
}

/** By name, in positional order. */
export type Attributes = Readonly<Record<string, Attribute>>;

export interface AttributeSpec extends Attribute {
  readonly name: string;
}

type ValueOf<Described> = Described extends Attribute<infer Value> ? Value : never;

/** The values that a set of attributes is read to. */
export type ValuesOf<Set extends Attributes> = { readonly [Name in keyof Set]: ValueOf<Set[Name]> };

/** What every constructor takes. */
interface Common<Value extends AttributeValue> {
  readonly doc: string;
  readonly default?: Value;
  readonly byPlace?: boolean;
}

interface Bounded<Value extends AttributeValue> extends Common<Value> {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly unit?: 'epochs';
  readonly share?: true;
  readonly goesOn?: number;
  readonly starts?: true;
}

export function integer(options: Bounded<number>): Attribute<number> {
  return { type: 'integer', ...options };
}

export function number(
  options: Bounded<number> & { readonly above?: number; readonly below?: number },
): Attribute<number> {
  return { type: 'number', ...options };
}

export function boolean(options: Common<boolean>): Attribute<boolean> {
  return { type: 'boolean', ...options };
}

export function text(options: Common<string>): Attribute<string> {
  return { type: 'text', ...options };
}

/** One of a few words. */
export function choice<const Word extends string>(
  choices: readonly Word[],
  options: Common<NoInfer<Word>>,
): Attribute<Word> {
  return { type: 'choice', choices, ...options };
}

/** One number for each axis of a map, written as a pair; one number stands for all. */
export function sizes(
  options: Common<Sizes> & { readonly minimum?: number; readonly maximum?: number },
): Attribute<Sizes> {
  return { type: 'sizes', ...options };
}

/** Two numbers of at least 0 for each axis of a map; one stands for all, a pair for top and bottom, left and right. */
export function sides(options: Common<Sides>): Attribute<Sides> {
  return { type: 'sides', ...options };
}

/** What `sides` takes, or a word that `resolvePadding` makes numbers of. */
export function padding({
  words = PADDING_WORDS,
  ...options
}: Common<PaddingValue> & { readonly words?: readonly (typeof PADDING_WORDS)[number][] }): Attribute<PaddingValue> {
  return { type: 'padding', choices: words, ...options };
}

/** Any number of items of one kind, whose own description is not shown. */
export function list(item: Attribute<number>, options: Common<readonly number[]>): Attribute<readonly number[]>;
export function list<Word extends string>(
  item: Attribute<Word>,
  options: Common<readonly Word[]>,
): Attribute<readonly Word[]>;
export function list(item: Attribute, options: Common<readonly number[] | readonly string[]>): Attribute {
  return { type: 'list', item, ...options };
}

/** The same attribute, which may be left out and then is undefined. */
export function optional<Value extends AttributeValue>(attribute: Attribute<Value>): Attribute<Value | undefined> {
  return { ...attribute, optional: true } as Attribute<Value | undefined>;
}

export function named(attributes: Attributes): readonly AttributeSpec[] {
  return Object.entries(attributes).map(([name, attribute]) => ({ name, ...attribute }));
}

export function isRequired(attribute: Attribute): boolean {
  return attribute.default === undefined && !attribute.optional;
}

/**
 * The attributes that may be given without their names, in their order: what is required, words, and the first value. Other
 * tools begin with the size of the input, `conv(1, 6, 5)` and `batchnorm(8)`; here the 5 would be a stride, the 8 an `eps`.
 */
export function placed(attributes: readonly AttributeSpec[]): readonly AttributeSpec[] {
  const end = attributes.findIndex((spec, position) => !goesByPlace(spec, position));
  return attributes.slice(0, end < 0 ? attributes.length : end);
}

function goesByPlace(spec: AttributeSpec, position: number): boolean {
  if (spec.byPlace !== undefined) return spec.byPlace;
  return isRequired(spec) || spec.type === 'choice' || (position === 0 && spec.type !== 'boolean');
}
