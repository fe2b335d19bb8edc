/** @file Elementary functions: the primitives that every target prints, and powers. */
import { call, constant, divide, multiply, negate, type Scalar, select, subtract } from '../ir/scalar.ts';
import { erf } from './erf.ts';
import type { PointwiseFunction } from './pointwise.ts';

const one = constant(1);
const zero = constant(0);
/** Whole exponents up to this size are products: what squaring repeatedly rounds stays below 8 units of the last place. */
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
    meaning: 'x to the power a; NaN where x is negative and a is not whole',
    evaluate: power,
    derivative: ([x, exponent], y) => [powerByBase(x!, exponent!), powerByExponent(x!, exponent!, y)],
    shorten: powerAsProduct,
  },
  {
    name: 'max',
    arity: 2,
    meaning: 'the larger of x and a',
    evaluate: Math.max,
    // NaN passes on to both; of equals the first is the larger.
    derivative: ([a, b]) => [select(a!, '<', b!, zero, one), select(a!, '>=', b!, zero, one)],
  },
  {
    name: 'min',
    arity: 2,
    meaning: 'the smaller of x and a',
    evaluate: Math.min,
    derivative: ([a, b]) => [select(a!, '>', b!, zero, one), select(a!, '<=', b!, zero, one)],
  },
  {
    name: 'detach',
    arity: 1,
    meaning: 'x, held constant by differentiation',
    derivative: () => [zero],
    expand: (x) => x,
  },
];

/** As in C and PyTorch, which know the power of 1 whatever the exponent is; JavaScript does not. */
function power(x: number, exponent: number): number {
  const isOne = x === 1 || (x === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY);
  return isOne ? 1 : x ** exponent;
}

/** The same as text, for targets that embed it. */
export const POWER_SOURCE = `function pow(x, a) {
  return x === 1 || (x === -1 && Math.abs(a) === Infinity) ? 1 : x ** a;
}`;

/** a x^(a - 1), and 0 where a is 0: x may be 0 there. */
function powerByBase(x: Scalar, exponent: Scalar): Scalar {
  const slope = multiply(exponent, call('pow', x, subtract(exponent, one)));
  return select(exponent, '==', zero, zero, slope);
}

/** x^a log(x), and 0 where x is 0 and a is not negative: the power is constant there but for a jump at 0. */
function powerByExponent(x: Scalar, exponent: Scalar, y: Scalar): Scalar {
  const isFlat = call('max', call('abs', x), negate(exponent));
  return select(isFlat, '<=', zero, zero, multiply(y, call('log', x)));
}

/** Small whole exponents and half ones, which need no logarithm. */
function powerAsProduct(x: Scalar, exponent: Scalar): Scalar | undefined {
  if (exponent.kind !== 'constant') return undefined;
  const size = Math.abs(exponent.value);
  const isShort = Number.isInteger(size) && size <= LONGEST_PRODUCT;
  if (!isShort && size !== 0.5) return undefined;
  const y = isShort ? product(x, size) : call('sqrt', x);
  return exponent.value < 0 ? divide(one, y) : y;
}

/** By repeated squaring. */
function product(x: Scalar, exponent: number): Scalar {
  if (exponent === 0) return one;
  if (exponent === 1) return x;
  const root = product(x, exponent >> 1);
  const square = multiply(root, root);
  return exponent % 2 === 0 ? square : multiply(square, x);
}
