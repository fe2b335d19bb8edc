/** @file Reads a word of the `train` block by its record: `sgd(lr: 0.1)` with a value for each of its attributes. */
import { type AttributeSpec, type Attributes, named, type ValuesOf } from '../../specs/attributes.ts';
import type { Argument, Setting } from '../../syntax/ast.ts';
import type { Chosen, Word } from '../../training/word.ts';
import { evaluate } from '../evaluate/expressions.ts';
import type { EvaluatedArgument, Value } from '../evaluate/values.ts';
import { chosenWord } from '../layers/word-values.ts';
import type { Place } from '../walk/walk.ts';
import { type Term, termOf } from './terms.ts';

/** One of `words`, which an argument of a setting names. Reports CNN2020 to CNN2028, CNN2054 and CNN2055. */
export function wordOf<One extends Word>(
  file: Place,
  setting: Setting,
  argument: Argument,
  words: readonly One[],
): { readonly word: One; readonly term: Term; readonly chosen: Chosen } {
  const names = words.map(({ name }) => name);
  const term = termOf(setting, argument, names);
  const word = words.find(({ name }) => name === term.name.text)!;
  return { word, term, chosen: readWord(file, term, word) };
}

/** A word with its values and the defaults of those that are not given. */
export function readWord<Set extends Attributes>(
  file: Place,
  { arguments: given, span }: Term,
  word: Word<Set>,
): Chosen & ValuesOf<Set> {
  const attributes = named(word.attributes);
  const evaluated = given.map((argument, position) =>
    evaluatedFor(file, specOf(attributes, argument, position), argument),
  );
  return chosenWord(word, evaluated, span);
}

function specOf(attributes: readonly AttributeSpec[], { name }: Argument, position: number): AttributeSpec | undefined {
  return name ? attributes.find((spec) => spec.name === name.text) : attributes[position];
}

/** A word that an attribute chooses is no name, whatever the file defines. */
function evaluatedFor(
  file: Place,
  spec: AttributeSpec | undefined,
  { name, value, span }: Argument,
): EvaluatedArgument {
  const isWord = spec?.type === 'choice' && value.kind === 'identifier';
  const found: Value = isWord ? { kind: 'word', value: value.text } : evaluate(file, value);
  return { ...(name && { name }), value: found, span: name ? value.span : span };
}
