/** @file The values of a word's attributes, from the arguments that a program gives: for settings and initialisers. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import {
  type AttributeSpec,
  type Attributes,
  type AttributeValue,
  isRequired,
  named,
  type ValuesOf,
} from '../../specs/attributes.ts';
import type { Chosen, Word } from '../../training/word.ts';
import { type Given, matchArguments } from '../evaluate/arguments.ts';
import { describe, type EvaluatedArgument } from '../evaluate/values.ts';
import { didYouMean, fail, help, listed } from '../problems.ts';
import { checkedNumber, type NumberSpec } from './number-spec.ts';

/** A word with its values and the defaults of those that are not given. Reports CNN2020 to CNN2028, CNN2054 and CNN2055. */
export function chosenWord<Set extends Attributes>(
  word: Word<Set>,
  given: readonly EvaluatedArgument[],
  span: Span,
): Chosen & ValuesOf<Set> {
  const attributes = named(word.attributes);
  const matched = matchArguments({ name: word.name, parameters: attributes.map((spec) => spec.name) }, given);
  const values = attributes.map((spec) => [spec.name, resolved(word, spec, matched.get(spec.name), span)] as const);
  const chosen = { kind: word.name, ...Object.fromEntries(values) } as Chosen & ValuesOf<Set>;
  const complaint = word.check?.(chosen, new globalThis.Set(matched.keys()));
  if (complaint)
    fail('CNN2054', complaint.message, matched.get(complaint.attribute)?.span ?? span, help(complaint.help));
  return chosen;
}

function resolved(word: Word, spec: AttributeSpec, given: Given | undefined, span: Span): AttributeValue {
  if (given) return attributeOf(word, spec, given);
  if (!isRequired(spec)) return spec.default;
  return fail('CNN2022', `\`${word.name}\` needs \`${spec.name}\``, span, {
    ...help(`write \`${word.name}(${spec.type === 'choice' ? spec.choices![0] : `${spec.name}: …`})\``),
  });
}

/** Of numbers; a mistake in one is shown at the list. */
function listOf({ name, item }: AttributeSpec, { value, span }: Given): readonly number[] {
  const number = { name, ...item, type: item!.type === 'integer' ? 'integer' : 'number' } satisfies NumberSpec;
  if (value.kind === 'list') return value.items.map((found) => checkedNumber(number, found, span));
  return fail('CNN2054', `\`${name}\` is a list of numbers, found ${describe(value)}`, span, {
    ...help(`write \`${name}: [1, 2]\``),
  });
}

function attributeOf(word: Word, spec: AttributeSpec, { value, span }: Given): AttributeValue {
  const { name, type, choices = [] } = spec;
  switch (type) {
    case 'integer':
    case 'number':
      return checkedNumber({ ...spec, type } satisfies NumberSpec, value, span);
    case 'list':
      return listOf(spec, { value, span });
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
