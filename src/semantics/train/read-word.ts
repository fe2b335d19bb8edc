/** @file Reads a word of the `train` block by its record: `sgd(lr: 0.1)` with a value for each of its attributes. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import {
  type AttributeSpec,
  type Attributes,
  type AttributeValue,
  isRequired,
  named,
  type ValuesOf,
} from '../../specs/attributes.ts';
import type { Argument, Setting } from '../../syntax/ast.ts';
import type { Chosen, Word } from '../../training/word.ts';
import { type Given, matchArguments } from '../evaluate/arguments.ts';
import { evaluate } from '../evaluate/expressions.ts';
import { describe, type EvaluatedArgument, type Value } from '../evaluate/values.ts';
import { checkedNumber, type NumberSpec } from '../layers/number-spec.ts';
import { didYouMean, fail, help, listed } from '../problems.ts';
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
  { name, arguments: given, span }: Term,
  word: Word<Set>,
): Chosen & ValuesOf<Set> {
  const attributes = named(word.attributes);
  const evaluated = given.map((argument, position) =>
    evaluatedFor(file, specOf(attributes, argument, position), argument),
  );
  const matched = matchArguments({ name: name.text, parameters: attributes.map((spec) => spec.name) }, evaluated);
  const values = attributes.map((spec) => [spec.name, resolved(word, spec, matched.get(spec.name), span)] as const);
  const chosen = { kind: word.name, ...Object.fromEntries(values) } as Chosen & ValuesOf<Set>;
  const complaint = word.check?.(chosen, new globalThis.Set(matched.keys()));
  if (complaint)
    fail('CNN2054', complaint.message, matched.get(complaint.attribute)?.span ?? span, help(complaint.help));
  return chosen;
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

function resolved(word: Word, spec: AttributeSpec, given: Given | undefined, span: Span): AttributeValue {
  if (given) return attributeOf(word, spec, given);
  if (!isRequired(spec)) return spec.default;
  return fail('CNN2022', `\`${word.name}\` needs \`${spec.name}\``, span, {
    ...help(`write \`${word.name}(${spec.type === 'choice' ? spec.choices![0] : `${spec.name}: …`})\``),
  });
}

function attributeOf(word: Word, spec: AttributeSpec, { value, span }: Given): AttributeValue {
  const { name, type, choices = [] } = spec;
  switch (type) {
    case 'integer':
    case 'number':
      return checkedNumber({ ...spec, type } satisfies NumberSpec, value, span);
    case 'boolean':
      if (value.kind === 'boolean') return value.value;
      return fail('CNN2054', `\`${name}\` is \`true\` or \`false\`, found ${describe(value)}`, span, {
        ...help(`write \`${name}: true\``),
      });
    default:
      if (value.kind !== 'word')
        return fail('CNN2054', `\`${name}\` must be ${listed(choices, 'or')}, found ${describe(value)}`, span, {
          ...help(`write \`${choices[0]}\``),
        });
      if (choices.includes(value.value)) return value.value;
      return fail('CNN2055', `\`${word.name}\` knows no \`${value.value}\``, span, {
        ...didYouMean(value.value, choices, span, `write ${listed(choices, 'or')}`),
      });
  }
}
