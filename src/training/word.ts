/**
 * @file A word of the `train` block: its name, what it says, and its numbers, in the language in which operators describe
 * their attributes. From the record follow how it is read and what is wrong with it, the page of `explain`, the tables of
 * the documentation and what an editor proposes.
 */
import { type Attributes, type AttributeValue, named, type ValuesOf } from '../specs/attributes.ts';

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

export interface Word<Set extends Attributes = Attributes> {
  readonly name: string;
  readonly summary: string;
  /** A line of a `train` block. */
  readonly example: string;
  readonly attributes: Set;
  /** Looks at the values that were given; those that were not have their defaults. */
  check?(values: ValuesOf<Set>, given: ReadonlySet<string>): Complaint | undefined;
}

/** A word with these values, and the defaults of all others. */
export function choose<Set extends Attributes>(
  { name, attributes }: Word<Set>,
  values: Partial<ValuesOf<Set>> = {},
): Chosen & ValuesOf<Set> {
  const standard = named(attributes).map((spec) => [spec.name, spec.default] as const);
  return { kind: name, ...Object.fromEntries(standard), ...values } as Chosen & ValuesOf<Set>;
}
