/**
 * @file Expressions of the language to scalars: the bodies of `fn` and of `op`. A call of a function that the program
 * defines is replaced by its body, the arguments standing for its parameters, so that it is differentiated, simplified and
 * fused like anything written out by hand.
 */
import type { Span } from '../diagnostics/diagnostic.ts';
import {
  add,
  type Comparison,
  call,
  constant,
  divide,
  isLarger,
  multiply,
  negate,
  type Scalar,
  select,
  subtract,
} from '../ir/scalar.ts';
import type { BinaryExpression, CallExpression, Expression, FunctionItem, IfExpression, Name } from '../syntax/ast.ts';
import { findFunction } from './functions.ts';
import type { FunctionSetting, PointwiseFunction } from './pointwise.ts';
import { simplifyScalar } from './simplify-scalar.ts';

/** What is wrong with a formula, for the caller to report at the right place. */
export class FormulaError extends Error {
  override readonly name = 'FormulaError';

  constructor(
    message: string,
    readonly span: Span,
    readonly code: 'CNN2001' | 'CNN2100' | 'CNN2101' | 'CNN2102' | 'CNN3014' | 'CNN4006' = 'CNN2100',
    readonly help?: string,
  ) {
    super(message);
  }
}

/** What the file around a definition knows. */
export interface FormulaNames {
  constant(name: string): number | undefined;
  function(name: string): FormulaFunction | undefined;
}

/** `fn swish(x) = x * sigmoid(x)` and the file in which it stands. */
export interface FormulaFunction {
  readonly item: FunctionItem;
  readonly names: FormulaNames;
}

/** What else expressions are made of, where they stand. */
export interface Surroundings {
  readonly names: FormulaNames | undefined;
  /** Axes, operands, parameters. */
  local(name: Name): Scalar | undefined;
  /** Accesses and reductions, which only an `op` has. */
  other?(expression: Expression): Scalar | undefined;
  /** The functions that are being replaced, outermost first. */
  readonly callers: readonly FunctionItem[];
}

/** Functions of functions multiply: nothing sensible comes near, and derivatives grow with the square. */
export const maximumSize = 500;
const comparisons: readonly string[] = ['<', '<=', '==', '!=', '>', '>='];

export function scalarFromSyntax(expression: Expression, around: Surroundings): Scalar {
  const read = (part: Expression) => scalarFromSyntax(part, around);
  switch (expression.kind) {
    case 'number':
      return constant(expression.value);
    case 'identifier':
      return nameFromSyntax(expression, around);
    case 'unary':
      if (expression.operator === '-') return negate(read(expression.operand));
      break;
    case 'binary':
      return binary(expression, read);
    case 'call':
      return callFromSyntax(expression, around);
    case 'if':
      return choice(expression.condition, read(expression.consequent), read(expression.alternate), around, expression);
    default:
      break;
  }
  const other = around.other?.(expression);
  if (other) return other;
  const where = around.other ? 'the formula of an `op`' : 'a `fn`';
  throw new FormulaError(
    `this cannot stand in ${where}`,
    expression.span,
    'CNN2100',
    'it is made of numbers, arithmetic and pointwise functions',
  );
}

function nameFromSyntax({ text, span }: Name, around: Surroundings): Scalar {
  const local = around.local({ text, span });
  if (local) return local;
  const value = around.names?.constant(text);
  if (value !== undefined) return constant(value);
  const what = around.other ? 'an axis, an operand' : 'a parameter';
  throw new FormulaError(`\`${text}\` is neither ${what} nor a number`, span, 'CNN2001', 'define it before');
}

function binary(expression: BinaryExpression, read: (part: Expression) => Scalar): Scalar {
  const [left, right] = [read(expression.left), read(expression.right)];
  switch (expression.operator) {
    case '+':
      return add(left, right);
    case '-':
      return subtract(left, right);
    case '*':
      return multiply(left, right);
    case '/':
      return divide(left, right);
    case '^':
      return call('pow', left, simplifyScalar(right));
    default:
      throw new FormulaError(
        `\`${expression.operator}\` cannot stand in a formula`,
        expression.span,
        'CNN2100',
        'compare in the condition of an `if`',
      );
  }
}

/** `condition` is made of comparisons, joined by `and`, `or` and `not`. */
function choice(condition: Expression, yes: Scalar, no: Scalar, around: Surroundings, whole: IfExpression): Scalar {
  const inner = (part: Expression, then: Scalar, otherwise: Scalar) => choice(part, then, otherwise, around, whole);
  if (condition.kind === 'boolean') return condition.value ? yes : no;
  if (condition.kind === 'unary' && condition.operator === 'not') return inner(condition.operand, no, yes);
  if (condition.kind === 'binary' && condition.operator === 'and')
    return inner(condition.left, inner(condition.right, yes, no), no);
  if (condition.kind === 'binary' && condition.operator === 'or')
    return inner(condition.left, yes, inner(condition.right, yes, no));
  if (condition.kind !== 'binary' || !comparisons.includes(condition.operator))
    throw new FormulaError('the condition must be a comparison', condition.span, 'CNN2100', 'write `if x > 0 { … }`');
  const [left, right] = [scalarFromSyntax(condition.left, around), scalarFromSyntax(condition.right, around)];
  return simplifyScalar(select(left, condition.operator as Comparison, right, yes, no));
}

function callFromSyntax(expression: CallExpression, around: Surroundings): Scalar {
  const { callee, arguments: given, span } = expression;
  const other = around.other?.(expression);
  if (other) return other;
  const own = around.names?.function(callee.text);
  if (own) {
    const values = given.map((argument) => ({ ...argument, scalar: scalarFromSyntax(argument.value, around) }));
    const bound = bindArguments(own.item, values, span);
    return applyFunctionItem(own, bound, { span, callers: around.callers });
  }
  const found = findFunction(callee.text);
  if (!found)
    throw new FormulaError(
      `there is no pointwise function \`${callee.text}\``,
      callee.span,
      'CNN2001',
      'layers and blocks work on whole tensors; a formula has functions such as `exp` and `max`',
    );
  return call(callee.text, ...argumentsOf(found, expression, around));
}

/** Values first, then settings by place or by name, or their defaults. */
function argumentsOf(
  found: PointwiseFunction,
  { arguments: given, span }: CallExpression,
  around: Surroundings,
): Scalar[] {
  const { name, arity, settings = [] } = found;
  const values = arity - settings.length;
  const unnamed = given.filter((argument) => !argument.name);
  const named = new Map(given.flatMap((argument) => (argument.name ? [[argument.name.text, argument] as const] : [])));
  const absent = settings.slice(Math.max(0, unnamed.length - values));
  const words = settings.map((setting) => `\`${setting.name}\``);
  const isKnown = (text: string) => absent.some((setting) => setting.name === text);
  const isOrdered = given.slice(0, unnamed.length).every((argument) => !argument.name);
  if (unnamed.length < values || unnamed.length > arity || !isOrdered || ![...named.keys()].every(isKnown))
    throw new FormulaError(
      `\`${name}\` takes ${values} argument(s)${words.length > 0 ? ` and ${words.join(', ')}` : ''}`,
      span,
      'CNN2100',
      settings.length > 0 ? 'what has a name may be left out' : 'give the values alone, in order',
    );
  return Array.from({ length: arity }, (_, k) => {
    const setting = settings[k - values];
    const argument = unnamed[k] ?? named.get(setting!.name);
    if (!argument) return constant(setting!.default);
    const scalar = scalarFromSyntax(argument.value, around);
    return setting ? constantSetting(name, setting, simplifyScalar(scalar), argument.span) : scalar;
  });
}

function constantSetting(name: string, setting: FunctionSetting, scalar: Scalar, span: Span): Scalar {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = setting;
  const what = `\`${setting.name}\` of \`${name}\``;
  if (scalar.kind !== 'constant')
    throw new FormulaError(`${what} is not a constant`, span, 'CNN2100', 'write the function out if it is to change');
  if (scalar.value >= minimum && scalar.value <= maximum) return scalar;
  const limit = scalar.value < minimum ? `at least ${minimum}` : `at most ${maximum}`;
  throw new FormulaError(
    `${what} must be ${limit}, found ${scalar.value}`,
    span,
    'CNN2100',
    `it is the ${setting.doc}`,
  );
}

interface ScalarArgument {
  readonly name?: Name;
  readonly scalar: Scalar;
  readonly span: Span;
}

/** Arguments of a call within a formula, by the names of the parameters. */
function bindArguments(item: FunctionItem, given: readonly ScalarArgument[], span: Span): Map<string, Scalar> {
  const names = item.parameters.map((parameter) => parameter.name.text);
  const bound = new Map<string, Scalar>();
  given.forEach(({ name, scalar, span: at }, position) => {
    const parameter = name?.text ?? names[position];
    if (parameter === undefined || !names.includes(parameter) || bound.has(parameter))
      throw new FormulaError(
        `\`${item.name.text}\` takes ${names.length} argument(s): ${names.join(', ')}`,
        name?.span ?? at,
        'CNN2100',
        'give each parameter once',
      );
    bound.set(parameter, scalar);
  });
  const absent = item.parameters.find(({ name, defaultValue }) => !defaultValue && !bound.has(name.text));
  if (absent)
    throw new FormulaError(
      `\`${item.name.text}\` needs \`${absent.name.text}\``,
      span,
      'CNN2100',
      `write \`${item.name.text}(${names.join(', ')})\``,
    );
  return bound;
}

/** The body of a function with `given` in the places of its parameters; defaults may use the parameters before them. */
export function applyFunctionItem(
  { item, names }: FormulaFunction,
  given: ReadonlyMap<string, Scalar>,
  { span, callers }: { readonly span: Span; readonly callers: readonly FunctionItem[] },
): Scalar {
  if (callers.includes(item))
    throw new FormulaError(
      `\`${item.name.text}\` calls itself`,
      span,
      'CNN2101',
      'a function is replaced by its body, which must end; write what it stands for',
    );
  const values = new Map<string, Scalar>();
  const around: Surroundings = {
    names,
    local: ({ text }) => values.get(text),
    callers: [...callers, item],
  };
  for (const { name, defaultValue } of item.parameters)
    values.set(name.text, given.get(name.text) ?? scalarFromSyntax(defaultValue!, around));
  const result = simplifyScalar(scalarFromSyntax(item.body, around));
  if (isLarger(result, maximumSize))
    throw new FormulaError(
      `\`${item.name.text}\` has more than ${maximumSize} operations here, written out`,
      span,
      'CNN4006',
      'apply one function after the other: `x -> f -> g`',
    );
  return result;
}
