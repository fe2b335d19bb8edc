/**
 * @file A word of the `train` block: its name, what it says, and its numbers, in the language in which operators describe
 * their attributes. From the record follow how it is read and what is wrong with it, the page of `explain`, the tables of
 * the documentation and what an editor proposes.
 */
import type { AttributeSpec, AttributeValue } from '../ops/operator.ts';

export type Attributes = readonly AttributeSpec[];

export type ValueOf<Spec extends AttributeSpec> =
  | (Spec extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : Spec extends { readonly type: 'boolean' }
        ? boolean
        : Spec extends { readonly type: 'integer' | 'number' }
          ? number
          : AttributeValue)
  | (Spec extends { readonly default: undefined } ? undefined : never);

/** The values of attributes, by their names. */
export type ValuesOf<Specs extends Attributes> = {
  readonly [Spec in Specs[number] as Spec['name']]: ValueOf<Spec>;
};

/** A word as it was written, with a value for each of its attributes: `sgd(lr: 0.1)` is of the kind `sgd`. */
export interface Chosen {
  readonly kind: string;
  readonly [attribute: string]: AttributeValue;
}

/** What is wrong with values that are each possible, at one of the attributes. */
export interface Complaint {
  readonly attribute: string;
  readonly message: string;
  readonly help: string;
}

export interface Word<Specs extends Attributes = Attributes> {
  readonly name: string;
  readonly summary: string;
  /** A line of a `train` block. */
  readonly example: string;
  /** In positional order. */
  readonly attributes: Specs;
  /** Looks at the values that were given; those that were not have their defaults. */
  check?(values: ValuesOf<Specs>, given: ReadonlySet<string>): Complaint | undefined;
}

/** A word with these values, and the defaults of all others. */
export function choose<Specs extends Attributes>(
  { name, attributes }: Word<Specs>,
  values: Partial<ValuesOf<Specs>> = {},
): Chosen & ValuesOf<Specs> {
  const standard = attributes.map((spec) => [spec.name, spec.default] as const);
  return { kind: name, ...Object.fromEntries(standard), ...values } as Chosen & ValuesOf<Specs>;
}
