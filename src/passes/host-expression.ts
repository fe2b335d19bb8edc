/** @file Numbers that the host computes once a step: from their text, `lr / (1 - beta1 ^ step)`, to expressions. */
import { InternalError } from '../diagnostics/diagnostic.ts';
import type { HostExpression } from '../ir/graph.ts';
import type { Expression } from '../syntax/ast.ts';
import { parseOperator } from '../syntax/parse.ts';

type Names = (name: string) => HostExpression | undefined;

const OPERATORS = { '+': '+', '-': '-', '*': '*', '/': '/', '^': '**' } as const;

export function constantOf(value: number): HostExpression {
  return { kind: 'constant', value };
}

/** The formula of numbers alone that `text` is; `names` are those of its numbers. */
export function hostExpression(text: string, names: Names): HostExpression {
  return fromSyntax(parseOperator(`op number(w[k]) -> y[k] = ${text}`).body, names);
}

function fromSyntax(expression: Expression, names: Names): HostExpression {
  const read = (part: Expression) => fromSyntax(part, names);
  switch (expression.kind) {
    case 'number':
      return constantOf(expression.value);
    case 'identifier':
      return names(expression.text) ?? unknown(expression.text);
    case 'binary': {
      const operator = OPERATORS[expression.operator as keyof typeof OPERATORS] ?? unknown(expression.operator);
      return { kind: 'binary', operator, left: read(expression.left), right: read(expression.right) };
    }
    case 'call': {
      const operand = read(expression.arguments[0]!.value);
      const name = expression.callee.text;
      if (name === 'sqrt' || name === 'floor') return { kind: name, operand };
      return name === 'product' ? { kind: 'product', factor: operand } : unknown(name);
    }
    case 'if': {
      const { condition, consequent, alternate } = expression;
      if (condition.kind !== 'binary' || condition.operator !== '>') return unknown('condition');
      const [left, right] = [read(condition.left), read(condition.right)];
      return { kind: 'above', left, right, yes: read(consequent), no: read(alternate) };
    }
    default:
      return unknown(expression.kind);
  }
}

function unknown(what: string): never {
  throw new InternalError('host-expression', `the host computes no \`${what}\``);
}

/** Factors beyond this change nothing: 1 minus the product is 1. */
const NEGLIGIBLE = 2 ** -60;

/** The value of a host expression, as the emitted module computes it. */
export function hostValue(expression: HostExpression, lr: number, step: number, dip = 0): number {
  const value = (part: HostExpression) => hostValue(part, lr, step, dip);
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'lr':
      return lr;
    case 'step':
      return step;
    case 'dip':
      return dip;
    case 'sqrt':
    case 'floor':
      return Math[expression.kind](value(expression.operand));
    case 'above':
      return value(expression.left) > value(expression.right) ? value(expression.yes) : value(expression.no);
    case 'product': {
      let product = 1;
      for (let k = 1; k <= step && product > NEGLIGIBLE; k++) product *= hostValue(expression.factor, lr, k, dip);
      return product;
    }
    case 'binary': {
      const [a, b] = [value(expression.left), value(expression.right)];
      if (expression.operator === '+') return a + b;
      if (expression.operator === '-') return a - b;
      if (expression.operator === '*') return a * b;
      return expression.operator === '/' ? a / b : a ** b;
    }
  }
}

/** As JavaScript, in which `lr`, `step` and `dip` are numbers. */
export function printHostExpression(expression: HostExpression): string {
  const print = printHostExpression;
  switch (expression.kind) {
    case 'constant':
      return `${expression.value}`;
    case 'lr':
    case 'step':
    case 'dip':
      return expression.kind;
    case 'sqrt':
    case 'floor':
      return `Math.${expression.kind}(${print(expression.operand)})`;
    case 'above':
      return `(${print(expression.left)} > ${print(expression.right)} ? ${print(expression.yes)} : ${print(expression.no)})`;
    case 'product': {
      const loop = `for (let step = 1; step <= n && p > ${NEGLIGIBLE}; step++) p *= ${print(expression.factor)};`;
      return `((n) => { let p = 1; ${loop} return p; })(step)`;
    }
    case 'binary':
      return `(${print(expression.left)} ${expression.operator} ${print(expression.right)})`;
  }
}
