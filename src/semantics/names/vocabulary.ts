/** @file What names mean that no program defines: operators, functions, initialisers, and words where they are expected. */
import { formatNamed } from '../../data/formats.ts';
import { findFunction, functionNames } from '../../formula/functions.ts';
import type { OperatorDefinition } from '../../ops/operator.ts';
import { findOperator, OPERATORS } from '../../ops/registry.ts';
import type { BuiltinKind, Expected, Vocabulary } from '../../resolve/vocabulary.ts';
import { type AttributeSpec, named, PADDING_WORDS, placed } from '../../specs/attributes.ts';
import { LAYER_ARGUMENTS } from '../../training/layer-arguments.ts';
import { SETTINGS } from '../../training/settings.ts';
import { initializerNamed } from '../../training/words.ts';
import { wordsOf } from '../../training/words-of.ts';
import { isFigure } from '../evaluate/claims.ts';
import { constantFunctions } from '../evaluate/functions.ts';
import { initializerWords } from '../layers/initializers.ts';
import { isInitializerArgument } from '../layers/layer-training.ts';

/** Words that mean something as an argument. */
const words = new Set<string>([
  ...initializerWords,
  ...PADDING_WORDS,
  ...OPERATORS.flatMap(({ attributes }) => attributes.flatMap(({ choices }) => choices ?? [])),
]);

const functions: ReadonlySet<string> = new Set([...functionNames(), ...constantFunctions.keys()]);

/** Names of everything that can be called without being defined. */
export function builtinNames(): string[] {
  return [...OPERATORS.map(({ name }) => name), ...functions];
}

function builtin(name: string): BuiltinKind | undefined {
  if (findOperator(name)) return 'operator';
  if (initializerNamed(name) && !words.has(name)) return 'initializer';
  if (functions.has(name)) return 'function';
  return words.has(name) ? 'word' : undefined;
}

/**
 * Whether a bare name is a word as this argument of a layer. One of the choices of the argument always is:
 * `axis: channels` means the word even where `channels` is a number. Where it is none and not known, it is a misspelt one.
 */
export function isWordArgument(
  operator: OperatorDefinition,
  argument: string | undefined,
  text: string,
  isDefined: boolean,
): boolean {
  const { attributes } = operator;
  if (isInitializerArgument(operator, argument)) return !isDefined && !initializerNamed(text);
  // `gelu(tanh)`: a layer is no argument of a layer.
  if (argument === undefined) return !isDefined && attributes.some(({ choices }) => choices?.includes(text));
  const spec = attributes.find(({ name }) => name === argument);
  if (spec?.choices?.includes(text)) return true;
  return !isDefined && ['choice', 'padding', 'sides'].includes(spec?.type ?? '');
}

/** Settings that are numbers; the others start with a word. */
const numberSettings: readonly string[] = ['batch', 'epochs', 'validation', 'seed'];

function isSettingWord(
  setting: string,
  term: string | undefined,
  argument: string | undefined,
  position: number,
): boolean {
  if (term === undefined) return !numberSettings.includes(setting) && argument === undefined;
  if (setting === 'data') return expectedByData(term, argument, position) === undefined;
  const attributes = wordsOf(setting).find(({ name }) => name === term)?.attributes ?? [];
  const taken = argument === undefined ? placed(attributes) : attributes.filter(({ name }) => name === argument);
  return taken.some(({ type }) => type === 'choice');
}

/** Options of data are words, texts or numbers, but where there is nothing to read: then they are numbers. */
function expectedByData(format: string, argument: string | undefined, position: number): Expected | undefined {
  const known = formatNamed(format);
  if (known && !known.place) return 'integer';
  return known && position === 0 && argument === undefined ? 'place' : undefined;
}

function expectedBySetting(
  setting: string,
  term: string | undefined,
  argument: string | undefined,
  position: number,
): Expected | undefined {
  if (term === undefined) return SETTINGS.find(({ name }) => name === setting)?.value?.type;
  if (setting === 'data') return expectedByData(term, argument, position);
  const attributes = wordsOf(setting).find(({ name }) => name === term)?.attributes ?? [];
  return typeOf(attributes, argument, position);
}

function expected(callee: string, argument: string | undefined, position: number | undefined): Expected | undefined {
  const { attributes = [], inputs } = findOperator(callee) ?? {};
  const all = [...attributes, ...named(LAYER_ARGUMENTS)];
  if (argument !== undefined) return typeOf(all, argument, 0);
  return inputs === 1 && position !== undefined ? typeOf(attributes, undefined, position) : undefined;
}

function typeOf(attributes: readonly AttributeSpec[], argument: string | undefined, position: number) {
  const spec = argument === undefined ? placed(attributes)[position] : attributes.find(({ name }) => name === argument);
  // What is a word is taken for one, whether it is known or not.
  return spec?.type === 'choice' || spec?.type === 'padding' ? undefined : spec?.type;
}

export const vocabulary: Vocabulary = {
  builtin,
  isFigure,
  isFormulaFunction: (name) => findFunction(name) !== undefined,
  isWord: (callee, argument, text, isDefined) => {
    const operator = findOperator(callee);
    return operator !== undefined && isWordArgument(operator, argument?.text, text, isDefined);
  },
  isSettingWord: (setting, term, argument, position) => isSettingWord(setting, term, argument?.text, position),
  expected: (callee, argument, position) => expected(callee, argument?.text, position),
  expectedBySetting: (setting, term, argument, position) => expectedBySetting(setting, term, argument?.text, position),
};
