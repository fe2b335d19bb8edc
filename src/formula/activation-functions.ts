/**
 * @file Activation functions, each by its definition. Derivatives are PyTorch's where a function has a kink. Those in terms
 * of the value y hold because y has the sign of x, or passes its own bound where x passes its bound.
 */
import {
  add,
  call,
  constant,
  divide,
  isConstant,
  multiply,
  negate,
  type Scalar,
  select,
  subtract,
} from '../ir/scalar.ts';
import type { PointwiseFunction } from './pointwise.ts';

const zero = constant(0);
const one = constant(1);
const half = constant(0.5);
const three = constant(3);
const six = constant(6);

const positive = (test: Scalar, whenTrue: Scalar, whenFalse: Scalar) => select(test, '>', zero, whenTrue, whenFalse);
/**
 * e^x - 1 to all digits, since tanh(x / 2) is (e^x - 1) / (e^x + 1): the difference itself loses those of a small x.
 * Derivatives take e^x again: y + alpha has no digits left where y is nearly -alpha.
 */
const exponentialRise = (x: Scalar) => multiply(call('tanh', multiply(half, x)), add(call('exp', x), one));
/** x where x > 0, else a factor times what falls below 0; 0 times NaN would be simplified to 0. */
const bent = (x: Scalar, factor: Scalar, fall: (x: Scalar) => Scalar) =>
  isConstant(factor, 0) ? call('max', x, zero) : positive(x, x, multiply(factor, fall(x)));
/**
 * log(1 + e), to all digits where e is so small that 1 + e has lost most of its own: what is lost in the sum is lost in
 * `u - 1` too (Goldberg 1991, theorem 4).
 */
const logOfRise = (e: Scalar): Scalar => {
  const u = add(one, e);
  return select(u, '==', one, e, multiply(call('log', u), divide(e, subtract(u, one))));
};
/** 1 strictly between the bounds. */
const between = (low: number, y: Scalar, high: number, inside: Scalar) =>
  select(y, '>', constant(low), select(y, '<', constant(high), inside, zero), zero);

/** Klambauer et al. 2017: the fixed point of mean 0 and variance 1. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** Hendrycks and Gimpel 2016: the normal distribution, and its approximation by tanh. */
const normalShare = (x: Scalar) => multiply(half, add(one, call('erf', multiply(constant(Math.SQRT1_2), x))));
const normalDensity = (x: Scalar) =>
  multiply(constant(1 / Math.sqrt(2 * Math.PI)), call('exp', negate(multiply(half, multiply(x, x)))));
const GELU_SLOPE = Math.sqrt(2 / Math.PI);
const GELU_CUBE = 0.044715;
const geluTanh = (x: Scalar) =>
  call('tanh', multiply(constant(GELU_SLOPE), add(x, multiply(constant(GELU_CUBE), multiply(x, multiply(x, x))))));

export const ACTIVATION_FUNCTIONS: readonly PointwiseFunction[] = [
  {
    name: 'sigmoid',
    arity: 1,
    meaning: '1 / (1 + e^-x)',
    derivative: (_, y) => [multiply(y, subtract(one, y))],
    expand: (x) => divide(one, add(one, call('exp', negate(x)))),
  },
  {
    name: 'relu',
    arity: 1,
    meaning: 'x where x > 0, else 0',
    derivative: (_, y) => [select(y, '<=', zero, zero, one)],
    expand: (x) => call('max', x, zero),
  },
  {
    name: 'relu6',
    arity: 1,
    meaning: 'x between 0 and 6, which are its bounds',
    derivative: (_, y) => [between(0, y, 6, one)],
    expand: (x) => call('min', call('max', x, zero), six),
  },
  {
    name: 'leakyrelu',
    arity: 2,
    settings: [{ name: 'slope', minimum: 0, maximum: 1, default: 0.01, doc: 'factor of negative values' }],
    meaning: 'x where x > 0, else a * x',
    // The slope is a positive constant, so y has the sign of x.
    derivative: ([, slope], y) => [positive(y, one, slope!), zero],
    expand: (x, slope) => bent(x, slope, (low) => low),
  },
  {
    name: 'elu',
    arity: 2,
    settings: [{ name: 'alpha', minimum: 0, maximum: 1e6, default: 1, doc: 'distance of the lower bound from 0' }],
    meaning: 'x where x > 0, else a * (e^x - 1)',
    derivative: ([x, alpha]) => [positive(x!, one, multiply(alpha!, call('exp', x!))), zero],
    expand: (x, alpha) => bent(x, alpha, exponentialRise),
  },
  {
    name: 'selu',
    arity: 1,
    meaning: '1.0507 * (x where x > 0, else 1.6733 * (e^x - 1))',
    derivative: ([x]) => [
      positive(x!, constant(SELU_SCALE), multiply(constant(SELU_SCALE * SELU_ALPHA), call('exp', x!))),
    ],
    expand: (x) =>
      positive(x, multiply(constant(SELU_SCALE), x), multiply(constant(SELU_SCALE * SELU_ALPHA), exponentialRise(x))),
  },
  {
    name: 'celu',
    arity: 2,
    settings: [{ name: 'alpha', minimum: 1e-6, maximum: 1e6, default: 1, doc: 'distance of the lower bound from 0' }],
    meaning: 'x where x > 0, else a * (e^(x / a) - 1)',
    derivative: ([x, alpha]) => [positive(x!, one, call('exp', divide(x!, alpha!))), zero],
    expand: (x, alpha) => bent(x, alpha, (low) => exponentialRise(divide(low, alpha))),
  },
  {
    name: 'gelu',
    arity: 1,
    meaning: 'x times the share of a normal distribution below x',
    derivative: ([x]) => [add(normalShare(x!), multiply(x!, normalDensity(x!)))],
    expand: (x) => multiply(x, normalShare(x)),
  },
  {
    name: 'gelu_tanh',
    arity: 1,
    meaning: 'x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2',
    derivative: ([x]) => {
      const t = geluTanh(x!);
      // Beyond 20 the other factor is 0, and the square might be infinite.
      const near = call('min', call('max', x!, constant(-20)), constant(20));
      const inner = multiply(constant(GELU_SLOPE), add(one, multiply(constant(3 * GELU_CUBE), multiply(near, near))));
      const rise = multiply(multiply(near, subtract(one, multiply(t, t))), inner);
      return [multiply(half, add(add(one, t), rise))];
    },
    expand: (x) => multiply(multiply(half, x), add(one, geluTanh(x))),
  },
  {
    name: 'silu',
    arity: 1,
    meaning: 'x * sigmoid(x)',
    derivative: ([x]) => {
      const s = call('sigmoid', x!);
      return [multiply(s, add(one, multiply(x!, subtract(one, s))))];
    },
    expand: (x) => multiply(x, call('sigmoid', x)),
  },
  {
    name: 'softplus',
    arity: 3,
    settings: [
      { name: 'beta', minimum: 1e-6, maximum: 1e6, default: 1, doc: 'sharpness of the bend' },
      { name: 'threshold', minimum: 0, maximum: 80, default: 20, doc: 'value of beta * x from which y is x' },
    ],
    meaning: 'log(1 + e^(a * x)) / a, or x where a * x > b',
    derivative: ([x, beta, threshold]) => {
      const scaled = multiply(beta!, x!);
      return [select(scaled, '>', threshold!, one, call('sigmoid', scaled)), zero, zero];
    },
    expand: (x, beta, threshold) => {
      const scaled = multiply(beta, x);
      return select(scaled, '>', threshold, x, divide(logOfRise(call('exp', scaled)), beta));
    },
  },
  {
    name: 'tanh_softplus',
    arity: 1,
    meaning: 'tanh(log(1 + e^x))',
    derivative: ([x], y) => [multiply(subtract(one, multiply(y, y)), call('sigmoid', x!))],
    // tanh(log(u)) = (u^2 - 1) / (u^2 + 1) with u = 1 + e^x; beyond 20 it is 1, and u^2 might be infinite.
    expand: (x) => {
      const e = call('exp', call('min', x, constant(20)));
      const risen = multiply(e, add(e, constant(2)));
      return divide(risen, add(risen, constant(2)));
    },
  },
  {
    name: 'mish',
    arity: 1,
    meaning: 'x * tanh(log(1 + e^x))',
    derivative: ([x]) => {
      const t = call('tanh_softplus', x!);
      return [add(t, multiply(multiply(x!, subtract(one, multiply(t, t))), call('sigmoid', x!)))];
    },
    expand: (x) => multiply(x, call('tanh_softplus', x)),
  },
  {
    name: 'hardsigmoid',
    arity: 1,
    meaning: 'x / 6 + 1 / 2, between 0 and 1',
    derivative: (_, y) => [between(0, y, 1, constant(1 / 6))],
    expand: (x) => call('min', call('max', add(divide(x, six), half), zero), one),
  },
  {
    name: 'hardswish',
    arity: 1,
    meaning: 'x * hardsigmoid(x)',
    derivative: ([x]) => [
      select(x!, '<', constant(-3), zero, select(x!, '>', three, one, add(divide(x!, three), half))),
    ],
    expand: (x) => multiply(x, call('hardsigmoid', x)),
  },
  {
    name: 'softsign',
    arity: 1,
    meaning: 'x / (1 + |x|)',
    derivative: ([x]) => {
      // The square of 1 + |x| might be infinite in f32.
      const share = divide(one, add(one, call('abs', x!)));
      return [multiply(share, share)];
    },
    expand: (x) => divide(x, add(one, call('abs', x))),
  },
];
