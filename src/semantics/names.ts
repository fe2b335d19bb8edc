/** @file What a name stands for: something of the program, or else an operator, a function, or a word. */
import { functionNames } from '../formula/functions.ts';
import { findOperator, OPERATORS } from '../ops/registry.ts';
import { PADDING_WORDS } from '../specs/attributes.ts';
import type { Name } from '../syntax/ast.ts';
import { constantFunctions } from './functions.ts';
import { initializerWords, isInitializer } from './initializers.ts';
import { didYouMean, fail, help, KnownFailure } from './problems.ts';
import { type Callable, describe, type Value } from './values.ts';
import type { Place } from './walk.ts';

/** Words that mean something as an argument. */
const words = new Set<string>([
  ...initializerWords,
  ...PADDING_WORDS,
  ...OPERATORS.flatMap(({ attributes }) => attributes.flatMap(({ choices }) => choices ?? [])),
]);

/** Names of everything that can be called without being defined. */
function builtinNames(): string[] {
  return [...OPERATORS.map(({ name }) => name), ...functionNames(), ...constantFunctions.keys()];
}

function builtin(name: string): Callable | undefined {
  const operator = findOperator(name);
  if (operator) return { kind: 'operator', operator };
  if (isInitializer(name) && !words.has(name)) return { kind: 'initializer', name };
  const known = functionNames().includes(name) || constantFunctions.has(name);
  return known ? { kind: 'function', name } : undefined;
}

export function resolveName(place: Place, name: Name): Value {
  const entry = place.scope.find(name.text);
  if (entry) {
    if (!entry.value) throw new KnownFailure();
    return entry.value;
  }
  const target = builtin(name.text);
  if (target) return { kind: 'callable', target };
  if (words.has(name.text)) return { kind: 'word', value: name.text };
  return unknown(place, name);
}

export function resolveCallable(place: Place, name: Name): Callable {
  const value = resolveName(place, name);
  if (value.kind === 'callable') return value.target;
  return fail('CNN2036', `\`${name.text}\` is ${describe(value)}, which takes no arguments`, name.span, {
    ...help(
      value.kind === 'layer' || value.kind === 'instance'
        ? `it has its arguments already; apply it with \`x -> ${name.text}\``
        : 'only layers, blocks and functions are written with parentheses',
    ),
  });
}

function unknown({ scope, walk }: Place, { text, span }: Name): never {
  const later = scope.findLater(text);
  if (later)
    fail('CNN2003', `\`${text}\` is used before it is defined`, span, {
      notes: [{ message: 'it is defined here', span: later }],
      ...help('move the definition up; statements are in order of execution'),
    });
  if (text === 'in') fail('CNN2001', '`in` means something only inside a block', span, help('name the input instead'));
  const candidates = [...scope.names(), ...builtinNames()];
  const hasTarget = walk.targets.length > 0;
  const otherwise = hasTarget
    ? 'define it before; `cnnc explain layers` lists what there is'
    : 'define it before; for labels, add a target: `target label: class(10)`';
  return fail('CNN2001', `\`${text}\` is not known`, span, didYouMean(text, candidates, span, otherwise));
}
