/** @file What names mean that no program defines: operators, functions, initialisers, and words where they are expected. */
import { findFunction, functionNames } from '../../formula/functions.ts';
import type { OperatorDefinition } from '../../ops/operator.ts';
import { findOperator, OPERATORS } from '../../ops/registry.ts';
import type { BuiltinKind, Vocabulary } from '../../resolve/vocabulary.ts';
import { PADDING_WORDS, placed } from '../../specs/attributes.ts';
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

function isSettingWord(setting: string, term: string | undefined, argument: string | undefined): boolean {
  if (term === undefined) return !numberSettings.includes(setting) && argument === undefined;
  if (setting === 'data') return true;
  const attributes = wordsOf(setting).find(({ name }) => name === term)?.attributes ?? [];
  const taken = argument === undefined ? placed(attributes) : attributes.filter(({ name }) => name === argument);
  return taken.some(({ type }) => type === 'choice');
}

export const vocabulary: Vocabulary = {
  builtin,
  isFigure,
  isFormulaFunction: (name) => findFunction(name) !== undefined,
  isWord: (callee, argument, text, isDefined) => {
    const operator = findOperator(callee);
    return operator !== undefined && isWordArgument(operator, argument?.text, text, isDefined);
  },
  isSettingWord: (setting, term, argument) => isSettingWord(setting, term, argument?.text),
};
