/** @file Arguments and parameters: positional ones first, then named ones, each at most once. */
import type { Argument } from '../../syntax/ast.ts';
import { didYouMean, fail, help, listed } from '../problems.ts';
import type { EvaluatedArgument } from './values.ts';

export type Given = Omit<EvaluatedArgument, 'name'>;

/** What is called, for messages. */
export interface Callee {
  /** `conv` */
  readonly name: string;
  /** Of its parameters, in positional order. */
  readonly parameters: readonly string[];
  /** Those that may be given without their names, where not all may. */
  readonly placed?: readonly string[];
  readonly example?: string;
}

/** By the name of the parameter. Reports CNN2020, CNN2021, CNN2025 and CNN2028. */
export function matchArguments(callee: Callee, given: readonly EvaluatedArgument[]): Map<string, Given> {
  const matched = new Map<string, Given>();
  let named = false;
  given.forEach((argument, position) => {
    if (named && !argument.name)
      fail('CNN2028', 'an argument without a name follows one with a name', argument.span, {
        ...help('write the arguments without names first, or name this one'),
      });
    named ||= argument.name !== undefined;
    const parameter = argument.name ? knownName(callee, argument.name) : positional(callee, position, argument, given);
    const earlier = matched.get(parameter);
    if (earlier)
      fail('CNN2025', `\`${parameter}\` is given twice`, argument.name?.span ?? argument.span, {
        notes: [{ message: 'it was given here', span: earlier.span }],
        ...help('remove one of them'),
      });
    const { name, ...found } = argument;
    matched.set(parameter, found);
  });
  return matched;
}

function knownName({ name, parameters }: Callee, { text, span }: NonNullable<Argument['name']>): string {
  if (parameters.includes(text)) return text;
  const none = `\`${name}\` takes no arguments with names`;
  const otherwise = parameters.length > 0 ? `\`${name}\` takes ${listed(parameters)}` : none;
  return fail(
    'CNN2020',
    `\`${name}\` has no argument \`${text}\``,
    span,
    didYouMean(text, parameters, span, otherwise),
  );
}

function positional(callee: Callee, position: number, { span }: Given, all: readonly Given[]): string {
  const { name, parameters, placed = parameters } = callee;
  const found = placed[position];
  if (found !== undefined) return found;
  if (placed.length < parameters.length)
    return fail(
      'CNN2021',
      `\`${name}\` takes ${placed.length === 0 ? 'no arguments' : `at most ${placed.length} argument${placed.length > 1 ? 's' : ''}`} without names, found ${position + 1}`,
      span,
      help(withoutInput(callee, placed, all)),
    );
  const most = parameters.length === 0 ? 'no arguments' : `at most ${parameters.length}`;
  return fail('CNN2021', `\`${name}\` takes ${most}, found ${all.length}`, span, {
    ...help(parameters.length === 0 ? `write \`${name}\`` : `they are ${listed(parameters)}`),
  });
}

/** PyTorch's `conv(1, 6, 5)`: sizes, the first of them that of the input. */
function withoutInput({ name, parameters }: Callee, placed: readonly string[], all: readonly Given[]): string {
  const sizes = all.flatMap(({ value }) =>
    value.kind === 'number' ? [String(value.value)] : value.kind === 'pair' ? [value.values.join('x')] : [],
  );
  const others = parameters.filter((parameter) => !placed.includes(parameter));
  const named = `${listed(others)} ${others.length === 1 ? 'is' : 'are'} given by name`;
  const isRight = all.slice(0, placed.length).some(({ value }) => value.kind === 'pair');
  if (sizes.length <= placed.length || isRight) return named;
  const rest = sizes.slice(1, placed.length + 1).join(', ');
  const without = `\`${name}${rest ? `(${rest})` : ''}\``;
  return `if the first is the size of the input, leave it out: ${without}; ${named}`;
}
