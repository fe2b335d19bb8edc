/** @file What may stand in a `train` block, as plain records: for editors, which propose it and tell what it is. */
import { type AttributeSpec, named } from '../specs/attributes.ts';
import { SETTINGS } from './settings.ts';

/** A word of a setting: `sgd`, with what its parentheses take, in the order of their places. */
export interface KnownWord {
  readonly name: string;
  readonly summary: string;
  /** A line of a `train` block. */
  readonly example: string;
  readonly attributes: readonly AttributeSpec[];
}

/** Names of the settings, in the order in which they are usually written. */
export function settingNames(): readonly string[] {
  return SETTINGS.map(({ name }) => name);
}

/** The words that a setting takes; none for a setting that takes numbers or names, or that does not exist. */
export function wordsOf(setting: string): readonly KnownWord[] {
  const words = SETTINGS.find(({ name }) => name === setting)?.words ?? [];
  return words.map(({ name, summary, example, attributes }) => ({
    name,
    summary,
    example,
    attributes: named(attributes),
  }));
}
