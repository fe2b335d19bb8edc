/** @file The values of a `train` block: terms such as `sgd(lr: 0.1)` or `digits`, and numbers within limits. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Argument, Expression, Name, Setting } from '../../syntax/ast.ts';
import { type Given, matchArguments } from '../evaluate/arguments.ts';
import { evaluate } from '../evaluate/expressions.ts';
import type { EvaluatedArgument } from '../evaluate/values.ts';
import { checkedNumber, type NumberSpec } from '../layers/number-spec.ts';
import { didYouMean, fail, help, listed } from '../problems.ts';
import type { Place } from '../walk/walk.ts';

/** `early(patience: 5)`, or a word alone. */
export interface Term {
  readonly name: Name;
  readonly arguments: readonly Argument[];
  readonly span: Span;
}

/** The term that an argument of a setting is, one of `choices`. */
export function termOf(setting: Setting, { value, name }: Argument, choices: readonly string[]): Term {
  const what = `\`${setting.name.text}\``;
  if (name || (value.kind !== 'identifier' && value.kind !== 'call'))
    return fail('CNN2054', `${what} expects a word here`, name?.span ?? value.span, {
      ...help(`write ${listed(choices, 'or')}`),
    });
  const callee = value.kind === 'call' ? value.callee : value;
  if (!choices.includes(callee.text))
    fail('CNN2055', `${what} knows no \`${callee.text}\``, callee.span, {
      ...didYouMean(callee.text, choices, callee.span, `write ${listed(choices, 'or')}`),
    });
  return { name: callee, arguments: value.kind === 'call' ? value.arguments : [], span: value.span };
}

/** The only argument of a setting. */
export function onlyArgument({ name, arguments: given, span }: Setting): Argument {
  const [first, second] = given;
  if (first && !second) return first;
  return fail('CNN2054', `\`${name.text}\` takes one value, found ${given.length}`, second?.value.span ?? span, {
    ...help(`write \`${name.text}\` once, with one value`),
  });
}

/** The numbers in the parentheses of a term, by the names of `specs`; the others have their defaults. */
export function numbersOf<Key extends string>(
  file: Place,
  term: Term,
  specs: readonly (NumberSpec & { readonly name: Key; readonly default?: number })[],
): Record<Key, number> {
  const matched = argumentsOf(
    file,
    term,
    specs.map((spec) => spec.name),
  );
  const numbers = {} as Record<Key, number>;
  for (const spec of specs) {
    const given = matched.get(spec.name);
    if (given) numbers[spec.name] = checkedNumber(spec, given.value, given.span);
    else if (spec.default !== undefined) numbers[spec.name] = spec.default;
    else
      fail('CNN2022', `\`${term.name.text}\` needs \`${spec.name}\``, term.span, {
        ...help(`write \`${term.name.text}(${spec.name}: …)\``),
      });
  }
  return numbers;
}

/** The arguments of a term, matched with the names of its parameters. */
export function argumentsOf(file: Place, term: Term, parameters: readonly string[]): Map<string, Given> {
  return matchArguments({ name: term.name.text, parameters }, evaluatedArguments(file, term));
}

export function evaluatedArguments(file: Place, term: Term): EvaluatedArgument[] {
  return term.arguments.map(({ name, value }) => ({
    ...(name && { name }),
    value: evaluate(file, value),
    span: value.span,
  }));
}

export function evaluateNumber(file: Place, spec: NumberSpec, expression: Expression): number {
  return checkedNumber(spec, evaluate(file, expression), expression.span);
}
