/**
 * @file exp, log, tanh and erf on four floats: our own polynomials, so that results do not depend on the engine. Coefficients
 * and range reductions are those of the Cephes library's single-precision functions (Moshier, 1989), those of erf our
 * own; special values are those of IEEE arithmetic. Errors are measured in test/wasm/numerics.test.ts.
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';
import type { FunctionBuilder } from './encoder.ts';
import { pow, powerOfPair } from './pow-helper.ts';
import { type Value, VectorFunction } from './vector-function.ts';

/** ln 2 in two parts: the first has so few bits that its product with an exponent is exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;

/**
 * x = n ln 2 + r with |r| <= ln 2 / 2; e^r by a polynomial; 2^n by two factors, since 2^128 and 2^-149 have no
 * exponent of their own. So results overflow to Infinity above 88.7228 and pass through denormal numbers to 0 below
 * -103.97, as e^x rounded to f32 does. Error below 1 ulp.
 */
function exp(): FunctionBuilder {
  const f = new VectorFunction('exp');
  // Beyond these all is Infinity or 0. The order of operands keeps NaN.
  const x = f.keep(f.apply('f32x4.pmin', f.apply('f32x4.pmax', f.x, f.constant(-105)), f.constant(89)));
  const n = f.keep(f.apply('f32x4.floor', f.add(f.multiply(x, f.constant(Math.LOG2E)), f.constant(0.5))));
  const r = f.keep(f.subtract(f.subtract(x, f.multiply(n, f.constant(LN2_HIGH))), f.multiply(n, f.constant(LN2_LOW))));
  const p = f.polynomial(
    r,
    [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1],
  );
  const y = f.add(f.add(f.multiply(f.multiply(r, r), p), r), f.constant(1));
  const exponent = f.keep(f.apply('i32x4.trunc_sat_f32x4_s', n));
  const half = f.keep(f.shift('i32x4.shr_s', exponent, 1));
  const powerOfTwo = (e: Value) => f.shift('i32x4.shl', f.apply('i32x4.add', e, f.bits(127)), 23);
  f.multiply(f.multiply(y, powerOfTwo(half)), powerOfTwo(f.apply('i32x4.sub', exponent, half)))();
  return f.builder;
}

const SMALLEST_NORMAL = 2 ** -126;
const MANTISSA_BITS = 23;

/**
 * x = m 2^e with m between sqrt(1/2) and sqrt(2); log(1 + (m - 1)) by a polynomial. Denormal numbers are scaled to
 * normal ones first. Error below 1 ulp; -Infinity at 0, NaN below.
 */
function log(): FunctionBuilder {
  const f = new VectorFunction('log');
  const isDenormal = f.keep(f.apply('f32x4.lt', f.x, f.constant(SMALLEST_NORMAL)));
  const x = f.keep(f.select(isDenormal, f.multiply(f.x, f.constant(2 ** MANTISSA_BITS)), f.x));
  const bias = f.select(isDenormal, f.bits(126 + MANTISSA_BITS), f.bits(126));
  const exponent = f.apply('i32x4.sub', f.shift('i32x4.shr_u', x, MANTISSA_BITS), bias);
  const half = f.keep(f.apply('v128.or', f.apply('v128.and', x, f.bits(0x007fffff)), f.bits(0x3f000000)));
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
  const infinity = f.constant(Number.POSITIVE_INFINITY);
  const finite = f.select(f.apply('f32x4.eq', f.x, zero), f.constant(Number.NEGATIVE_INFINITY), value);
  const positive = f.select(f.apply('f32x4.eq', f.x, infinity), f.x, finite);
  // Not even NaN is at least 0.
  f.select(f.apply('f32x4.ge', f.x, zero), positive, f.constant(Number.NaN))();
  return f.builder;
}

/** Of |x| an odd polynomial near 0, else 1 - 2 / (e^2|x| + 1); then the sign of x. Error below 1.5 ulp. */
function tanh(expIndex: number): FunctionBuilder {
  const f = new VectorFunction('tanh');
  const size = f.keep(f.apply('f32x4.abs', f.x));
  const z = f.keep(f.multiply(f.x, f.x));
  const p = f.polynomial(
    z,
    [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
  );
  const near = f.add(f.multiply(f.multiply(p, z), size), size);
  const power: Value = () => {
    f.add(size, size)();
    f.builder.call(expIndex);
  };
  const far = f.subtract(f.constant(1), f.apply('f32x4.div', f.constant(2), f.add(power, f.constant(1))));
  const sign = f.apply('v128.and', f.x, f.bits(0x80000000 | 0));
  f.apply('v128.or', f.select(f.apply('f32x4.lt', size, f.constant(0.625)), near, far), sign)();
  return f.builder;
}

/**
 * Of |x| an odd polynomial below 1; from there on 1 - e^q(|x|), q a polynomial fitted to log(erfc(x)) on 1 <= x <= 4, where
 * erf rounds to 1. Then the sign of x. Error below 1.5 ulp.
 */
function erf(expIndex: number): FunctionBuilder {
  const f = new VectorFunction('erf');
  const size = f.keep(f.apply('f32x4.abs', f.x));
  const z = f.keep(f.multiply(f.x, f.x));
  const p = f.polynomial(
    z,
    [7.87587487e-5, -8.0168643e-4, 5.18908724e-3, -2.68542115e-2, 1.12835944e-1, -3.7612626e-1, 1.28379166e-1],
  );
  const near = f.add(f.multiply(size, p), size);
  const bounded = f.keep(f.apply('f32x4.pmin', size, f.constant(4)));
  const q = f.polynomial(
    bounded,
    [1.85576995e-4, -2.93963565e-3, 2.18054298e-2, -1.03037596e-1, -6.38225436e-1, -1.12704015, -3.53683892e-4],
  );
  const far: Value = () => {
    f.constant(1)();
    q();
    f.builder.call(expIndex);
    f.builder.op('f32x4.sub');
  };
  const sign = f.apply('v128.and', f.x, f.bits(0x80000000 | 0));
  f.apply('v128.or', f.select(f.apply('f32x4.lt', size, f.constant(1)), near, far), sign)();
  return f.builder;
}

/** Those of one number. */
export const HELPER_NAMES = ['exp', 'log', 'tanh', 'erf'] as const;

export type HelperName = (typeof HELPER_NAMES)[number];

/** Puts helpers among the functions of a module when they are first called, and knows their indices. */
export class Helpers {
  readonly #indices = new Map<string, number>();

  constructor(readonly functions: FunctionBuilder[]) {}

  indexOf(name: string): number {
    const known = this.#indices.get(name);
    if (known !== undefined) return known;
    const index = this.functions.push(this.#build(name)) - 1;
    this.#indices.set(name, index);
    return index;
  }

  #build(name: string): FunctionBuilder {
    switch (name) {
      case 'exp':
        return exp();
      case 'log':
        return log();
      case 'tanh':
        return tanh(this.indexOf('exp'));
      case 'erf':
        return erf(this.indexOf('exp'));
      case 'pow':
        return pow(this.indexOf('power of pair'));
      case 'power of pair':
        return powerOfPair();
      default:
        throw new InternalError('targets', `no helper function computes ${name}`);
    }
  }
}
