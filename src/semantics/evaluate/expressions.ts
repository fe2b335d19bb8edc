/** @file Evaluates expressions. Constants are computed; tensors grow the graph. */
import type {
  BinaryExpression,
  Expression,
  IndexExpression,
  MemberExpression,
  UnaryExpression,
} from '../../syntax/ast.ts';
import { resolveName } from '../names/names.ts';
import { didYouMean, fail, help, listed } from '../problems.ts';
import type { Place } from '../walk/walk.ts';
import { applyBinary, negated } from './arithmetic.ts';
import { evaluateCall } from './calls.ts';
import { takenBranch, truth, wholeNumber } from './constants.ts';
import { finite } from './functions.ts';
import { evaluatePipeline } from './pipeline.ts';
import { classesOf, describe, type Value } from './values.ts';

export function evaluate(place: Place, expression: Expression): Value {
  place.walk.budget.descend(expression.span);
  const value = evaluateKind(place, expression);
  place.walk.budget.ascend();
  place.walk.options.observe?.(expression, value);
  return value;
}

function evaluateKind(place: Place, expression: Expression): Value {
  switch (expression.kind) {
    case 'number':
      return {
        kind: 'number',
        value: finite(expression.value, expression.span),
        ...(expression.unit !== undefined && { unit: expression.unit }),
      };
    case 'pair':
      return { kind: 'pair', values: expression.values };
    case 'string':
      return { kind: 'string', value: expression.value };
    case 'boolean':
      return { kind: 'boolean', value: expression.value };
    case 'identifier':
      return resolveName(place, expression);
    case 'list':
      return { kind: 'list', items: expression.items.map((item) => evaluate(place, item)) };
    case 'call':
      return evaluateCall(place, expression);
    case 'member':
      return member(place, expression);
    case 'index':
      return element(place, expression);
    case 'reduce':
      return fail('CNN2906', 'a sum over axes stands only in the formula of an `op`', expression.span, {
        ...help('write `sum(x)` for the sum over all elements of a tensor'),
      });
    case 'unary':
      return unary(place, expression);
    case 'binary':
      return binary(place, expression);
    case 'if':
      return evaluate(place, takenBranch(place, expression));
    case 'pipeline':
      return evaluatePipeline(place, expression);
  }
}

function unary(place: Place, { operator, operand, span }: UnaryExpression): Value {
  const value = evaluate(place, operand);
  if (operator === 'not') return { kind: 'boolean', value: !truth(value, operand.span) };
  return negated(place, value, span, operand.span);
}

function binary(place: Place, expression: BinaryExpression): Value {
  const { operator, left, right } = expression;
  if (operator === 'and' || operator === 'or') {
    const first = truth(evaluate(place, left), left.span);
    if (first === (operator === 'or')) return { kind: 'boolean', value: first };
    return { kind: 'boolean', value: truth(evaluate(place, right), right.span) };
  }
  return applyBinary(place, expression, evaluate(place, left), evaluate(place, right));
}

function member(place: Place, { object, member: name, span }: MemberExpression): Value {
  const value = evaluate(place, object);
  const members = membersOf(value);
  const found = members.get(name.text);
  if (found) return found;
  const names = [...members.keys()];
  const otherwise = names.length > 0 ? `it has ${listed(names)}` : 'tensors have `shape`, maps also `channels`';
  return fail('CNN2035', `${describe(value)} has no \`${name.text}\``, members.size > 0 ? name.span : span, {
    ...didYouMean(name.text, names, name.span, otherwise),
  });
}

/** Of the dimensions of vectors, signals and maps. */
const NAMES: Readonly<Record<number, readonly string[]>> = {
  1: ['channels'],
  2: ['channels', 'length'],
  3: ['channels', 'height', 'width'],
};

function membersOf(value: Value): Map<string, Value> {
  const number = (size: number): Value => ({ kind: 'number', value: size });
  if (value.kind === 'list') return new Map([['length', number(value.items.length)]]);
  if (value.kind !== 'tensor') return new Map();
  const classes = classesOf(value.node);
  const shape = classes === undefined ? value.node.shape : [classes, ...value.node.shape];
  const names = NAMES[shape.length] ?? [];
  const sizes = names.map((name, k): [string, Value] => [name, number(shape[k]!)]);
  const own: [string, Value][] = classes === undefined ? [] : [['classes', number(classes)]];
  return new Map([...sizes, ['shape', { kind: 'list', items: shape.map(number) }], ...own]);
}

function element(place: Place, { object, indices, span }: IndexExpression): Value {
  const value = evaluate(place, object);
  const [index] = indices;
  if (value.kind !== 'list' || indices.length !== 1 || !index)
    return fail('CNN2906', `${describe(value)} cannot be indexed here`, span, {
      ...help('only lists have elements, numbered from 0; `x[c, i, j]` stands only in the formula of an `op`'),
    });
  const number = wholeNumber(evaluate(place, index), index.span, 'the number of an element');
  const found = value.items[number];
  if (found) return found;
  return fail('CNN2037', `there is no element ${number} in a list of ${value.items.length}`, index.span, {
    ...help(value.items.length > 0 ? `elements are numbered from 0 to ${value.items.length - 1}` : 'the list is empty'),
  });
}
