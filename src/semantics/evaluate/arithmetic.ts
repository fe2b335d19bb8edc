/** @file Operators of expressions: on constants they are evaluated, on tensors they become layers. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import { findOperator } from '../../ops/registry.ts';
import type { BinaryExpression, BinaryOperator } from '../../syntax/ast.ts';
import { fail, help } from '../problems.ts';
import type { Place } from '../walk/walk.ts';
import { functionOperator, negation } from './elementwise.ts';
import { applyExpression, finite } from './functions.ts';
import { comparisons, constantResults } from './numbers.ts';
import { describe, type ListValue, type PlacedOperand, type TensorValue, type Value } from './values.ts';

const layerNames: Partial<Record<BinaryOperator, string>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div' };

/** Everything but `and` and `or`, which do not always look at their right side. */
export function applyBinary(place: Place, expression: BinaryExpression, left: Value, right: Value): Value {
  const { operator, span } = expression;
  if (operator === '==' || operator === '!=') {
    const same = equal(left, right, place, expression);
    return { kind: 'boolean', value: same === (operator === '==') };
  }
  if (left.kind === 'number' && right.kind === 'number') return onNumbers(operator, left.value, right.value, span);
  if (comparisons[operator] || operator === '%') return refuse(expression, left, right);
  if (left.kind === 'tensor' || right.kind === 'tensor') return onTensors(place, expression, left, right);
  return refuse(expression, left, right);
}

function onNumbers(operator: BinaryOperator, left: number, right: number, span: Span): Value {
  const compare = comparisons[operator];
  if (compare) return { kind: 'boolean', value: compare(left, right) };
  return { kind: 'number', value: finite(constantResults[operator]!(left, right), span) };
}

/** Of constants of one kind; lists are compared element by element, and each pair of lists once, as lists may share parts. */
function equal(left: Value, right: Value, { walk }: Place, expression: BinaryExpression): boolean {
  const known = new Map<Value, Set<Value>>();
  const compare = (one: Value, other: Value): boolean => {
    walk.budget.step(expression.span);
    if (one.kind !== other.kind) return refuse(expression, one, other);
    switch (one.kind) {
      case 'number':
      case 'boolean':
      case 'string':
      case 'word':
        return one.value === (other as typeof one).value;
      case 'pair':
        return one.values.join() === (other as typeof one).values.join();
      case 'list':
        return compareLists(one, other as typeof one);
      default:
        return refuse(expression, one, other);
    }
  };
  const compareLists = (one: ListValue, other: ListValue): boolean => {
    if (one.items.length !== other.items.length) return false;
    const seen = known.get(one) ?? new Set();
    if (seen.has(other)) return true;
    known.set(one, seen.add(other));
    return one.items.map((item, k) => compare(item, other.items[k]!)).every(Boolean);
  };
  return compare(left, right);
}

function refuse({ operator, left: leftSide, right: rightSide, span }: BinaryExpression, left: Value, right: Value) {
  const tensor = left.kind === 'tensor' || right.kind === 'tensor';
  const compares = /[<>=]/.test(operator);
  if (tensor && compares)
    fail('CNN2033', `\`${operator}\` cannot compare ${describe(left.kind === 'tensor' ? left : right)}`, span, {
      ...help('only constants can be compared, since conditions are decided when the network is compiled'),
    });
  const forTensors = !compares && operator !== '%';
  const fitting = (value: Value) => value.kind === 'number' || (value.kind === 'tensor' && forTensors);
  const wrong = fitting(left) ? rightSide : leftSide;
  return fail('CNN2032', `\`${operator}\` cannot join ${describe(left)} and ${describe(right)}`, wrong.span, {
    ...help(
      left.kind === 'layer' || right.kind === 'layer' || left.kind === 'callable' || right.kind === 'callable'
        ? 'let a tensor flow into the layer first: `x -> relu`'
        : compares
          ? 'both sides must be constants of the same kind'
          : `both sides must be numbers${forTensors ? ' or tensors' : ''}`,
    ),
  });
}

function onTensors(place: Place, expression: BinaryExpression, left: Value, right: Value): Value {
  const { operator, span } = expression;
  if (operator === '^') return power(place, expression, left, right);
  const name = layerNames[operator];
  if (!name) return refuse(expression, left, right);
  const operands = [operandOf(left, expression.left.span), operandOf(right, expression.right.span)];
  if (!operands[0] || !operands[1]) return refuse(expression, left, right);
  if (operator === '/' && right.kind === 'number' && right.value === 0)
    fail('CNN4005', 'this divides by 0', span, help('check the divisor'));
  return tensor(applyExpression(place, findOperator(name)!, [operands[0], operands[1]], span, 'operator'));
}

function operandOf(value: Value, span: Span): PlacedOperand | undefined {
  if (value.kind === 'tensor') return { node: value.node, span };
  return value.kind === 'number' ? { number: value.value, span } : undefined;
}

/** One side may be a constant. */
function power(place: Place, expression: BinaryExpression, left: Value, right: Value): Value {
  const operands = [operandOf(left, expression.left.span), operandOf(right, expression.right.span)];
  if (!operands[0] || !operands[1]) return refuse(expression, left, right);
  const operator = functionOperator('pow');
  return tensor(applyExpression(place, operator, [operands[0], operands[1]], expression.span, 'operator'));
}

export function negated(place: Place, operand: Value, span: Span, operandSpan: Span): Value {
  if (operand.kind === 'number') return { kind: 'number', value: -operand.value };
  if (operand.kind !== 'tensor')
    return fail('CNN2032', `\`-\` needs a number or a tensor, found ${describe(operand)}`, operandSpan, {
      ...help('both constants and tensors can be negated'),
    });
  const operands = [{ node: operand.node, span: operandSpan }];
  return tensor(applyExpression(place, negation, operands, span, 'operator'));
}

function tensor(node: TensorValue['node']): TensorValue {
  return { kind: 'tensor', node };
}
