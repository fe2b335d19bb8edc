/**
 * @file The pointwise functions that bodies may call. `derivative` gives one factor per argument, written in terms of
 * the arguments and of the value `y` where that saves work (exp, tanh, sigmoid, relu): then the argument need not be
 * kept for the backward pass. `expand` writes a function in simpler ones; what has no `expand` is a primitive that every
 * target prints.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { add, call, constant, divide, multiply, negate, type Scalar, select, subtract } from '../ir/scalar.ts';

export interface PointwiseFunction {
  readonly name: string;
  readonly arity: number;
  readonly evaluate: (...args: number[]) => number;
  readonly derivative: (args: readonly Scalar[], y: Scalar) => readonly Scalar[];
  readonly expand?: (...args: Scalar[]) => Scalar;
  /** Mathematics for readers, `x` being the argument. */
  readonly meaning: string;
}

const one = constant(1);
const zero = constant(0);

const DEFINITIONS: readonly PointwiseFunction[] = [
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
    name: 'sigmoid',
    arity: 1,
    meaning: '1 / (1 + e^-x)',
    evaluate: (x) => 1 / (1 + Math.exp(-x)),
    derivative: (_, y) => [multiply(y, subtract(one, y))],
    expand: (x) => divide(one, add(one, call('exp', negate(x)))),
  },
  {
    name: 'relu',
    arity: 1,
    meaning: 'x where x > 0, else 0',
    evaluate: (x) => Math.max(x, 0),
    derivative: (_, y) => [select(y, '>', zero, one, zero)],
    expand: (x) => call('max', x, zero),
  },
  {
    name: 'leakyrelu',
    arity: 2,
    meaning: 'x where x > 0, else slope * x',
    evaluate: (x, slope) => (x > 0 ? x : slope * x),
    // The slope is a positive constant, so y has the sign of x.
    derivative: ([, slope], y) => [select(y, '>', zero, one, slope!), zero],
    expand: (x, slope) => select(x, '>', zero, x, multiply(slope, x)),
  },
  {
    name: 'max',
    arity: 2,
    meaning: 'the larger of two',
    evaluate: Math.max,
    derivative: ([a, b]) => [select(a!, '>=', b!, one, zero), select(a!, '>=', b!, zero, one)],
  },
  {
    name: 'min',
    arity: 2,
    meaning: 'the smaller of two',
    evaluate: Math.min,
    derivative: ([a, b]) => [select(a!, '<=', b!, one, zero), select(a!, '<=', b!, zero, one)],
  },
  {
    name: 'detach',
    arity: 1,
    meaning: 'x, held constant by differentiation',
    evaluate: (x) => x,
    derivative: () => [zero],
    expand: (x) => x,
  },
];

const BY_NAME: ReadonlyMap<string, PointwiseFunction> = new Map(DEFINITIONS.map((entry) => [entry.name, entry]));

export function findFunction(name: string): PointwiseFunction | undefined {
  return BY_NAME.get(name);
}

export function functionNamed(name: string): PointwiseFunction {
  const found = BY_NAME.get(name);
  if (!found) throw new InternalError('functions', `no pointwise function is called ${name}`);
  return found;
}

export function functionNames(): string[] {
  return [...BY_NAME.keys()];
}
