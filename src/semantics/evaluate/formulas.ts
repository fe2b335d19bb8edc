/** @file Pointwise functions of the program: `fn swish(x) = x * sigmoid(x)`, applied to constants and tensors. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import {
  applyFunctionItem,
  FormulaError,
  type FormulaFunction,
  type FormulaNames,
} from '../../formula/scalar-from-syntax.ts';
import { axisIndex } from '../../ir/affine.ts';
import { access, constant, type Scalar } from '../../ir/scalar.ts';
import { broadcast } from '../../ops/broadcast.ts';
import type { OperatorDefinition } from '../../ops/operator.ts';
import type { Scope } from '../names/scope.ts';
import { fail, help, KnownFailure, listed } from '../problems.ts';
import { type Given, matchArguments } from './arguments.ts';
import { expressionOperator } from './elementwise.ts';
import { describe, type EvaluatedArgument, type PlacedOperand, type Value } from './values.ts';

/** What formulas of a file may use: its numbers and its functions. */
export function formulaNames(scope: Scope<Value>): FormulaNames {
  const meaningOf = (name: string): Value | undefined => {
    const entry = scope.find(name);
    if (entry && !entry.value) throw new KnownFailure();
    return entry?.value;
  };
  return {
    constant(name) {
      const value = meaningOf(name);
      return value?.kind === 'number' ? value.value : undefined;
    },
    function(name) {
      const value = meaningOf(name);
      return value?.kind === 'callable' && value.target.kind === 'function' ? value.target.definition : undefined;
    },
  };
}

/** Runs what reads a formula; its mistakes become diagnostics, which say where the formula is used. */
export function readingFormula<Result>(name: string, span: Span, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    const inside = error.span.file === span.file && error.span.start >= span.start && error.span.end <= span.end;
    return fail(error.code, error.message, error.span, {
      notes: inside ? [] : [{ message: `\`${name}\` is applied here`, span }],
      ...help(error.help ?? 'see the language reference on formulas'),
    });
  }
}

/** An application: `operands` in the order of the function's parameters. */
export interface FunctionApplication {
  readonly operator: OperatorDefinition;
  readonly operands: readonly PlacedOperand[];
}

/** The number that a function of the program has for constants, or the operator that it is for tensors. */
export function applyDefinition(
  definition: FormulaFunction,
  given: readonly EvaluatedArgument[],
  span: Span,
): number | FunctionApplication {
  const { name, parameters } = definition.item;
  const matched = matchArguments(
    { name: name.text, parameters: parameters.map((parameter) => parameter.name.text) },
    given,
  );
  checkGiven(definition, matched, span);
  const operands = parameters.flatMap(({ name: { text } }): PlacedOperand[] => {
    const { value, span: at } = matched.get(text) ?? {};
    if (value?.kind === 'tensor') return [{ node: value.node, span: at!, parameter: text }];
    return value?.kind === 'number' ? [{ number: value.value, span: at!, parameter: text }] : [];
  });
  const operator = definitionOf(
    definition,
    operands.map(({ parameter }) => parameter!),
    span,
  );
  if (operands.some((operand) => 'node' in operand)) return { operator, operands };
  const values = operands.map((operand) => constant('number' in operand ? operand.number : Number.NaN));
  return numberOf(
    bodyOf(
      definition,
      operands.map(({ parameter }) => parameter!),
      values,
      span,
    ),
  );
}

/** A function of the program as an operator, for calls that give these of its parameters. */
function definitionOf(definition: FormulaFunction, given: readonly string[], span: Span): OperatorDefinition {
  const { text } = definition.item.name;
  return expressionOperator(text, `y = ${text}(${given.join(', ')})`, given.length, (context) => {
    const { shape, axes, operands } = broadcast(context, text);
    let read = 0;
    const values = context.operands.map((operand) =>
      typeof operand === 'number' ? constant(operand) : access(read, operands[read++]!.axes.map(axisIndex)),
    );
    return context.formula(
      operands.map(({ node }) => node),
      axes.map((axis, k) => ({ name: axis, extent: shape[k]! })),
      bodyOf(definition, given, values, span),
      '',
    );
  });
}

function bodyOf(definition: FormulaFunction, given: readonly string[], values: readonly Scalar[], span: Span): Scalar {
  const bound = new Map(given.map((parameter, k) => [parameter, values[k]!]));
  return readingFormula(definition.item.name.text, span, () =>
    applyFunctionItem(definition, bound, { span, callers: [] }),
  );
}

/** Without an operand everything has been computed. */
function numberOf(scalar: Scalar): number {
  return scalar.kind === 'constant' ? scalar.value : Number.NaN;
}

function checkGiven({ item }: FormulaFunction, matched: ReadonlyMap<string, Given>, span: Span): void {
  const { name, parameters } = item;
  const absent = parameters.filter((parameter) => !parameter.defaultValue && !matched.has(parameter.name.text));
  if (absent.length > 0)
    fail('CNN2022', `\`${name.text}\` needs ${listed(absent.map((parameter) => parameter.name.text))}`, span, {
      notes: [{ message: 'the function is defined here', span: name.span }],
      ...help(`write \`${name.text}(${parameters.map((parameter) => parameter.name.text).join(', ')})\``),
    });
  for (const { value, span: at } of matched.values())
    if (value.kind !== 'number' && value.kind !== 'tensor')
      fail('CNN2032', `\`${name.text}\` needs numbers or tensors, found ${describe(value)}`, at, {
        ...help('apply layers with `->` first'),
      });
}
