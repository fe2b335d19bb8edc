/** @file Functions in expressions: of constants, evaluated here; of tensors, as formulas; and sums and means. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import { evaluateFunction, functionNamed, functionNames } from '../../formula/functions.ts';
import type { Node } from '../../ir/graph.ts';
import type { OperatorDefinition } from '../../ops/operator.ts';
import { applyOperator } from '../layers/apply-operator.ts';
import type { Layer } from '../model.ts';
import { fail, help } from '../problems.ts';
import type { Place } from '../walk/walk.ts';
import { functionOperator } from './elementwise.ts';
import { applyDefinition } from './formulas.ts';
import { type Callable, describe, type EvaluatedArgument, type PlacedOperand, type Value } from './values.ts';

/** For constants only. */
export const constantFunctions: ReadonlyMap<string, (value: number) => number> = new Map([
  ['floor', Math.floor],
  ['ceil', Math.ceil],
  ['round', Math.round],
]);

type FunctionTarget = Extract<Callable, { kind: 'function' }>;

/** The value of `name(given…)`, tensors among the arguments making it a layer. */
export function applyFunction(
  place: Place,
  { name, definition }: FunctionTarget,
  given: readonly EvaluatedArgument[],
  span: Span,
): Value {
  if (definition) {
    const applied = applyDefinition(definition, given, span);
    if (typeof applied === 'number') return { kind: 'number', value: finite(applied, span) };
    return { kind: 'tensor', node: applyExpression(place, applied.operator, applied.operands, span, 'call') };
  }
  checkArguments(name, given, span);
  if (given.every(({ value }) => value.kind === 'number')) return constantResult(name, given, span);
  if (constantFunctions.has(name))
    fail('CNN2032', `\`${name}\` works on constants, found ${describe(given[0]!.value)}`, given[0]!.span, {
      ...help('it cannot be part of a network, since it has no useful derivative'),
    });
  const operands = given.flatMap(({ value, span: at }): PlacedOperand[] => {
    if (value.kind === 'tensor') return [{ node: value.node, span: at }];
    return value.kind === 'number' ? [{ number: value.value, span: at }] : [];
  });
  return { kind: 'tensor', node: applyExpression(place, functionOperator(name), operands, span, 'call') };
}

export function applyExpression(
  place: Place,
  operator: OperatorDefinition,
  operands: readonly PlacedOperand[],
  span: Span,
  via: Layer['via'],
): Node {
  const own = { attributes: {}, attributeSpans: new Map<string, Span>(), written: span };
  return applyOperator(place, { operator, operands, ...own, via, span });
}

function checkArguments(name: string, given: readonly EvaluatedArgument[], span: Span): void {
  const arity = functionNames().includes(name) ? functionNamed(name).arity : 1;
  const named = given.find((argument) => argument.name);
  if (named) fail('CNN2020', `\`${name}\` has no arguments with names`, named.name!.span, help('give the value alone'));
  if (given.length !== arity)
    fail(given.length > arity ? 'CNN2021' : 'CNN2022', `\`${name}\` takes ${arity}, found ${given.length}`, span, {
      ...help(`write \`${name}(${['x', 'y'].slice(0, arity).join(', ')})\``),
    });
  const wrong = given.find(({ value }) => value.kind !== 'number' && value.kind !== 'tensor');
  if (wrong)
    fail('CNN2032', `\`${name}\` needs numbers or tensors, found ${describe(wrong.value)}`, wrong.span, {
      ...help('apply layers with `->` first'),
    });
}

function constantResult(name: string, given: readonly EvaluatedArgument[], span: Span): Value {
  const numbers = given.flatMap(({ value }) => (value.kind === 'number' ? value.value : []));
  const known = constantFunctions.get(name);
  const value = known ? known(numbers[0]!) : evaluateFunction(name, numbers);
  return { kind: 'number', value: finite(value, span) };
}

/** A constant that came out as infinite or NaN is a mistake at the place where it arose. */
export function finite(value: number, span: Span): number {
  if (Number.isFinite(value)) return value;
  return fail('CNN4005', `this constant is ${Number.isNaN(value) ? 'not a number' : 'infinite'}`, span, {
    ...help('check for a division by 0'),
  });
}
