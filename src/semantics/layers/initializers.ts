/** @file Initialisers: how weights start. They are set for the network by `init`, or for one layer by its argument. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { ChosenInitialization } from '../../ir/graph.ts';
import type { Initializer } from '../../training/initializers/initializer.ts';
import { INITIALIZERS, initializerNamed } from '../../training/words.ts';
import { describe, type EvaluatedArgument, type InitializerValue, type Value } from '../evaluate/values.ts';
import { didYouMean, fail, help, listed } from '../problems.ts';
import { chosenWord } from './word-values.ts';

const names = INITIALIZERS.map(({ name }) => name);

/** Those that are words, without parentheses. */
export const initializerWords = INITIALIZERS.filter(({ attributes }) => Object.keys(attributes).length === 0).map(
  ({ name }) => name,
);

/** `normal(0.02)`. Reports CNN2020 to CNN2028, CNN2054 and CNN2055. */
export function callInitializer(
  initializer: Initializer,
  given: readonly EvaluatedArgument[],
  span: Span,
): InitializerValue {
  return { kind: 'initializer', initialization: chosenWord(initializer, given, span) };
}

/** The initialiser that a value says. Reports CNN2022, CNN2023 and CNN2055. */
export function initializationOf(value: Value, span: Span, name = 'init'): ChosenInitialization {
  if (value.kind === 'initializer') return value.initialization;
  if (value.kind === 'callable' && value.target.kind === 'initializer')
    return callInitializer(value.target.initializer, [], span).initialization;
  const known = value.kind === 'word' ? initializerNamed(value.value) : undefined;
  if (known) return callInitializer(known, [], span).initialization;
  if (value.kind === 'word')
    return fail('CNN2055', `there is no initialiser \`${value.value}\``, span, {
      ...didYouMean(value.value, names, span, `write ${listed(names, 'or')}`),
    });
  return fail(
    'CNN2023',
    `\`${name}\` cannot be ${describe(value)}`,
    span,
    help('write an initialiser such as `xavier` or `normal(0.02)`'),
  );
}
