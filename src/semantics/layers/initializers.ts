/** @file Initialisers: how weights start. They are set for the network by `init`, or for one layer by its argument. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Initialization } from '../../ir/graph.ts';
import { matchArguments } from '../evaluate/arguments.ts';
import { describe, type EvaluatedArgument, type InitializerValue, type Value } from '../evaluate/values.ts';
import { didYouMean, fail, help, listed } from '../problems.ts';
import { checkedNumber, type NumberSpec } from './number-spec.ts';

/** What `init` chooses; the number of connections is the layer's. */
export type ChosenInitialization = Pick<Initialization, 'kind' | 'value'>;

/** The largest number that a parameter can be. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Initialisers, and the number that some of them take. */
const initializers: Readonly<Record<Initialization['kind'], NumberSpec | undefined>> = {
  kaiming: undefined,
  lecun: undefined,
  xavier: undefined,
  xavier_normalized: undefined,
  orthogonal: undefined,
  zeros: undefined,
  ones: undefined,
  constant: { name: 'value', type: 'number', minimum: -LARGEST, maximum: LARGEST },
  uniform: { name: 'bound', type: 'number', minimum: 0, maximum: LARGEST },
  normal: { name: 'deviation', type: 'number', minimum: 0, maximum: LARGEST },
  truncated_normal: { name: 'deviation', type: 'number', minimum: 0, maximum: LARGEST },
};

export const initializerNames = Object.keys(initializers) as readonly Initialization['kind'][];
/** Those that are words, without parentheses. */
export const initializerWords = initializerNames.filter((name) => !initializers[name]);

export function isInitializer(name: string): name is Initialization['kind'] {
  return Object.hasOwn(initializers, name);
}

/** `normal(0.02)`. Reports CNN2021, CNN2022 and CNN2054. */
export function callInitializer(
  name: Initialization['kind'],
  given: readonly EvaluatedArgument[],
  span: Span,
): InitializerValue {
  const spec = initializers[name];
  const matched = matchArguments({ name, parameters: spec ? [spec.name] : [] }, given);
  const argument = spec && matched.get(spec.name);
  if (!spec) return { kind: 'initializer', initialization: { kind: name } };
  if (!argument)
    return fail('CNN2022', `\`${name}\` needs \`${spec.name}\``, span, help(`write \`${name}(${spec.name}: …)\``));
  return {
    kind: 'initializer',
    initialization: { kind: name, value: checkedNumber(spec, argument.value, argument.span) },
  };
}

/** The initialiser that a value says. Reports CNN2022, CNN2023 and CNN2055. */
export function initializationOf(value: Value, span: Span, name = 'init'): ChosenInitialization {
  if (value.kind === 'initializer') return value.initialization;
  if (value.kind === 'callable' && value.target.kind === 'initializer')
    return callInitializer(value.target.name, [], span).initialization;
  if (value.kind === 'word' && isInitializer(value.value)) return callInitializer(value.value, [], span).initialization;
  if (value.kind === 'word')
    return fail('CNN2055', `there is no initialiser \`${value.value}\``, span, {
      ...didYouMean(value.value, initializerNames, span, `write ${listed(initializerNames, 'or')}`),
    });
  return fail(
    'CNN2023',
    `\`${name}\` cannot be ${describe(value)}`,
    span,
    help('write an initialiser such as `xavier` or `normal(0.02)`'),
  );
}
