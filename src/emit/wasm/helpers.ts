/**
 * @file exp, log and tanh on four floats: our own polynomials, so that results do not depend on the engine. Coefficients
 * and range reductions are those of the Cephes library's single-precision functions (Moshier, 1989), errors in the tests.
 */
import { FunctionBuilder, type Instruction } from './encoder.ts';

/** Pushes a vector. */
type Value = () => void;

class VectorFunction {
  readonly builder: FunctionBuilder;
  readonly x: Value;

  constructor(name: string) {
    this.builder = new FunctionBuilder(name, ['v128'], 'v128');
    this.x = () => this.builder.get(0);
  }

  constant(value: number): Value {
    return () => {
      this.builder.float(value);
      this.builder.op('f32x4.splat');
    };
  }

  bits(value: number): Value {
    return () => {
      this.builder.integer(value);
      this.builder.op('i32x4.splat');
    };
  }

  apply(instruction: Instruction, ...operands: Value[]): Value {
    return () => {
      for (const operand of operands) operand();
      this.builder.op(instruction);
    };
  }

  add = (a: Value, b: Value): Value => this.apply('f32x4.add', a, b);
  subtract = (a: Value, b: Value): Value => this.apply('f32x4.sub', a, b);
  multiply = (a: Value, b: Value): Value => this.apply('f32x4.mul', a, b);

  /** Shift by a constant number of bits. */
  shift(instruction: 'i32x4.shl' | 'i32x4.shr_u' | 'i32x4.shr_s', value: Value, count: number): Value {
    return () => {
      value();
      this.builder.integer(count);
      this.builder.op(instruction);
    };
  }

  /** Computes a value once. */
  keep(value: Value): Value {
    const local = this.builder.local('v128');
    value();
    this.builder.set(local);
    return () => this.builder.get(local);
  }

  select(condition: Value, whenTrue: Value, whenFalse: Value): Value {
    return this.apply('v128.bitselect', whenTrue, whenFalse, condition);
  }

  /** Horner's rule, highest coefficient first. */
  polynomial(x: Value, coefficients: readonly number[]): Value {
    const [first, ...rest] = coefficients;
    return rest.reduce<Value>((sum, c) => this.add(this.multiply(sum, x), this.constant(c)), this.constant(first!));
  }
}

/** ln 2 in two parts: the first has so few bits that its product with an exponent is exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;

/** x = n ln 2 + r with |r| <= ln 2 / 2; e^r by a polynomial; 2^n into the exponent. */
function exp(): FunctionBuilder {
  const f = new VectorFunction('exp');
  const low = f.constant(-87.3365402221679);
  const high = f.constant(88.3762588500976);
  const x = f.keep(f.apply('f32x4.pmin', f.apply('f32x4.pmax', f.x, low), high));
  const n = f.keep(f.apply('f32x4.floor', f.add(f.multiply(x, f.constant(Math.LOG2E)), f.constant(0.5))));
  const r = f.keep(f.subtract(f.subtract(x, f.multiply(n, f.constant(LN2_HIGH))), f.multiply(n, f.constant(LN2_LOW))));
  const p = f.polynomial(
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  );
  const y = f.add(f.add(f.multiply(f.multiply(r, r), p), r), f.constant(1));
  const biased = f.apply('i32x4.add', f.apply('i32x4.trunc_sat_f32x4_s', n), f.bits(127));
  f.multiply(y, f.shift('i32x4.shl', biased, 23))();
  return f.builder;
}

/** x = m 2^e with m between sqrt(1/2) and sqrt(2); log(1 + (m - 1)) by a polynomial. */
function log(): FunctionBuilder {
  const f = new VectorFunction('log');
  const exponent = f.apply('i32x4.sub', f.shift('i32x4.shr_u', f.x, 23), f.bits(126));
  const half = f.keep(f.apply('v128.or', f.apply('v128.and', f.x, f.bits(0x007fffff)), f.bits(0x3f000000)));
  const isSmall = f.keep(f.apply('f32x4.lt', half, f.constant(Math.SQRT1_2)));
  const one = f.constant(1);
  const e = f.keep(f.subtract(f.apply('f32x4.convert_i32x4_s', exponent), f.apply('v128.and', isSmall, one)));
  const m = f.keep(f.subtract(f.add(half, f.apply('v128.and', isSmall, half)), one));
  const z = f.keep(f.multiply(m, m));
  const p = f.polynomial(
    m,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  );
  const tail = f.add(f.multiply(f.multiply(m, z), p), f.multiply(e, f.constant(LN2_LOW)));
  const y = f.subtract(tail, f.multiply(z, f.constant(0.5)));
  const value = f.add(f.add(m, y), f.multiply(e, f.constant(LN2_HIGH)));
  const zero = f.constant(0);
  const positive = f.select(f.apply('f32x4.eq', f.x, zero), f.constant(Number.NEGATIVE_INFINITY), value);
  // x - x is NaN for NaN and infinity; of negative numbers there is no logarithm.
  f.select(f.apply('f32x4.ge', f.x, zero), positive, f.constant(Number.NaN))();
  return f.builder;
}

/** An odd polynomial near 0, else 1 - 2 / (e^2|x| + 1) with the sign of x. */
function tanh(expIndex: number): FunctionBuilder {
  const f = new VectorFunction('tanh');
  const size = f.keep(f.apply('f32x4.abs', f.x));
  const z = f.keep(f.multiply(f.x, f.x));
  const p = f.polynomial(
    z,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  );
  const near = f.add(f.multiply(f.multiply(p, z), f.x), f.x);
  const power: Value = () => {
    f.add(size, size)();
    f.builder.call(expIndex);
  };
  const far = f.subtract(f.constant(1), f.apply('f32x4.div', f.constant(2), f.add(power, f.constant(1))));
  const sign = f.apply('v128.and', f.x, f.bits(0x80000000 | 0));
  const signed = f.apply('v128.or', far, sign);
  f.select(f.apply('f32x4.lt', size, f.constant(0.625)), near, signed)();
  return f.builder;
}

/** In the order of their indices; `tanh` calls `exp`. */
export const HELPER_NAMES = ['exp', 'log', 'tanh'] as const;

export function helperFunctions(): FunctionBuilder[] {
  return [exp(), log(), tanh(0)];
}

export function helperIndex(name: string): number {
  return HELPER_NAMES.indexOf(name as (typeof HELPER_NAMES)[number]);
}
