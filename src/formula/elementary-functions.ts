/** @file Elementary functions: the primitives that every target prints, and powers. */
import { call, constant, divide, multiply, negate, type Scalar, select, subtract } from '../ir/scalar.ts';
import { erf } from './erf.ts';
import type { PointwiseFunction } from './pointwise.ts';

const one = constant(1);
const zero = constant(0);
/** Whole exponents up to this size are products. */
const LONGEST_PRODUCT = 16;

export const ELEMENTARY_FUNCTIONS: readonly PointwiseFunction[] = [
  {
    name: 'exp',
    arity: 1,
    meaning: 'e^x',
    evaluate: Math.exp,
    derivative: (_, y) => [y],
  },
  {
    name: 'log',
    arity: 1,
    meaning: 'natural logarithm of x',
    evaluate: Math.log,
    derivative: ([x]) => [divide(one, x!)],
  },
  {
    name: 'sqrt',
    arity: 1,
    meaning: 'square root of x',
    evaluate: Math.sqrt,
    derivative: (_, y) => [divide(constant(0.5), y)],
  },
  {
    name: 'abs',
    arity: 1,
    meaning: '|x|',
    evaluate: Math.abs,
    derivative: ([x]) => [select(x!, '>', zero, one, select(x!, '<', zero, constant(-1), zero))],
  },
  {
    name: 'tanh',
    arity: 1,
    meaning: '(e^x - e^-x) / (e^x + e^-x)',
    evaluate: Math.tanh,
    derivative: (_, y) => [subtract(one, multiply(y, y))],
  },
  {
    name: 'erf',
    arity: 1,
    meaning: 'error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x',
    evaluate: erf,
    derivative: ([x]) => [multiply(constant(2 / Math.sqrt(Math.PI)), call('exp', negate(multiply(x!, x!))))],
  },
  {
    name: 'pow',
    arity: 2,
    meaning: 'x to the power a; x must not be negative unless a is a whole number',
    derivative: ([x, exponent], y) => [
      multiply(exponent!, call('pow', x!, subtract(exponent!, one))),
      multiply(y, call('log', x!)),
    ],
    expand: power,
  },
  {
    name: 'max',
    arity: 2,
    meaning: 'the larger of x and a',
    evaluate: Math.max,
    derivative: ([a, b]) => [select(a!, '>=', b!, one, zero), select(a!, '>=', b!, zero, one)],
  },
  {
    name: 'min',
    arity: 2,
    meaning: 'the smaller of x and a',
    evaluate: Math.min,
    derivative: ([a, b]) => [select(a!, '<=', b!, one, zero), select(a!, '<=', b!, zero, one)],
  },
  {
    name: 'detach',
    arity: 1,
    meaning: 'x, held constant by differentiation',
    derivative: () => [zero],
    expand: (x) => x,
  },
];

function power(x: Scalar, exponent: Scalar): Scalar {
  const value = exponent.kind === 'constant' ? exponent.value : Number.NaN;
  const size = Math.abs(value);
  if (value === 0.5) return call('sqrt', x);
  if (!Number.isInteger(value) || size > LONGEST_PRODUCT) return call('exp', multiply(exponent, call('log', x)));
  const product = Array.from({ length: size }, () => x).reduce<Scalar>(multiply, one);
  return value < 0 ? divide(one, product) : product;
}
