/**
 * @file x^y on four floats. The logarithm and the exponential between which the product with y stands are computed in f64,
 * two lanes at a time: in f32 a product of 80 would leave two digits less. So the result is the exact one, rounded
 * to f32, but for one unit of the last place in rare cases. Special values are those of C and PyTorch.
 */
import type { FunctionBuilder } from './encoder.ts';
import { type Value, VectorFunction } from './vector-function.ts';

const MANTISSA_BITS = 52;
/** Added to a whole number it moves that number into the lowest bits: 2^52, and 1.5 * 2^52 for negative numbers. */
const WHOLE = 2 ** 52;
const WHOLE_SIGNED = 1.5 * 2 ** 52;

/** Vectors of two f64. */
class PairFunction extends VectorFunction {
  readonly y: Value = () => this.builder.get(1);

  double(value: number): Value {
    return () => {
      this.builder.double(value);
      this.builder.op('f64x2.splat');
    };
  }

  move(instruction: 'i64x2.shl' | 'i64x2.shr_u', value: Value, count: number): Value {
    return () => {
      value();
      this.builder.integer(count);
      this.builder.op(instruction);
    };
  }

  /** Horner's rule in f64, highest coefficient first. */
  doublePolynomial(x: Value, [first, ...rest]: readonly number[]): Value {
    return rest.reduce<Value>(
      (sum, c) => this.apply('f64x2.add', this.apply('f64x2.mul', sum, x), this.double(c)),
      this.double(first!),
    );
  }
}

/** 2 / (2k + 1) / ln 2: log2(m) = 2 atanh(s) / ln 2 with s = (m - 1) / (m + 1). */
const LOGARITHM = Array.from({ length: 8 }, (_, k) => 2 / (2 * k + 1) / Math.LN2).reverse();
/** (ln 2)^k / k!: 2^r for |r| <= 1/2. */
const EXPONENTIAL = Array.from({ length: 10 }, (_, k) => powerOverFactorial(Math.LN2, k)).reverse();

function powerOverFactorial(x: number, k: number): number {
  return k === 0 ? 1 : (powerOverFactorial(x, k - 1) * x) / k;
}

/** |x|^y of the two lower lanes, where neither is NaN and y is not 0. */
export function powerOfPair(): FunctionBuilder {
  const f = new PairFunction('power_of_pair', 2);
  const size = f.keep(f.apply('f64x2.abs', f.apply('f64x2.promote_low_f32x4', f.x)));
  const exponent = f.keep(f.apply('f64x2.mul', f.apply('f64x2.promote_low_f32x4', f.y), logarithm(f, size)));
  // Beyond these every f32 is Infinity or 0. The order of operands keeps NaN.
  const bounded = f.keep(f.apply('f64x2.pmin', f.apply('f64x2.pmax', exponent, f.double(-200)), f.double(200)));
  const whole = f.keep(f.apply('f64x2.nearest', bounded));
  const fraction = f.keep(f.apply('f64x2.sub', bounded, whole));
  const biased = f.apply('f64x2.add', whole, f.double(WHOLE_SIGNED + 1023));
  const scale = f.move('i64x2.shl', biased, MANTISSA_BITS);
  f.apply('f32x4.demote_f64x2_zero', f.apply('f64x2.mul', f.doublePolynomial(fraction, EXPONENTIAL), scale))();
  return f.builder;
}

/** log2 of numbers that are at least 0: those of f32 are all normal in f64. */
function logarithm(f: PairFunction, x: Value): Value {
  const bits = (value: number) => f.double(value);
  const mantissaMask = f.move('i64x2.shr_u', f.apply('f64x2.eq', x, x), 64 - MANTISSA_BITS);
  const fraction = f.apply('v128.and', x, mantissaMask);
  const drawn = f.keep(f.apply('v128.or', fraction, bits(1)));
  const isLarge = f.keep(f.apply('f64x2.gt', drawn, f.double(Math.SQRT2)));
  const exponent = f.apply(
    'f64x2.sub',
    f.apply('v128.or', f.move('i64x2.shr_u', x, MANTISSA_BITS), bits(WHOLE)),
    f.double(WHOLE + 1023),
  );
  const e = f.keep(f.apply('f64x2.add', exponent, f.apply('v128.and', isLarge, f.double(1))));
  const m = f.keep(f.select(isLarge, f.apply('f64x2.mul', drawn, f.double(0.5)), drawn));
  const s = f.keep(f.apply('f64x2.div', f.apply('f64x2.sub', m, f.double(1)), f.apply('f64x2.add', m, f.double(1))));
  const z = f.keep(f.apply('f64x2.mul', s, s));
  const value = f.apply('f64x2.add', e, f.apply('f64x2.mul', s, f.doublePolynomial(z, LOGARITHM)));
  const isZero = f.apply('f64x2.eq', x, f.double(0));
  const isInfinite = f.apply('f64x2.eq', x, f.double(Number.POSITIVE_INFINITY));
  return f.keep(
    f.select(
      isZero,
      f.double(Number.NEGATIVE_INFINITY),
      f.select(isInfinite, f.double(Number.POSITIVE_INFINITY), value),
    ),
  );
}

/** `pairIndex`: the function that computes |x|^y of two lanes. */
export function pow(pairIndex: number): FunctionBuilder {
  const f = new PairFunction('pow', 2);
  const zero = f.constant(0);
  const one = f.constant(1);
  const infinity = f.constant(Number.POSITIVE_INFINITY);
  const isSame = (a: Value, b: Value) => f.apply('f32x4.eq', a, b);
  const isWhole = (value: Value) => isSame(f.apply('f32x4.floor', value), value);
  const size = f.keep(f.apply('f32x4.abs', f.x));
  const power = f.keep(bothPairs(f, pairIndex));
  const half = f.keep(f.multiply(f.y, f.constant(0.5)));
  const even = f.keep(isWhole(half));
  const whole = f.keep(isWhole(f.y));
  // The sign of x where y is odd.
  const sign = f.apply('v128.and', f.apply('v128.and', f.x, f.bits(0x80000000 | 0)), f.apply('v128.xor', even, whole));
  const signed = f.apply('v128.or', power, sign);
  // A negative number, Infinity apart, has no power that is not whole.
  const isNegative = f.apply('v128.and', f.apply('f32x4.lt', f.x, zero), f.apply('f32x4.lt', size, infinity));
  const notANumber = f.constant(Number.NaN);
  const real = f.select(f.apply('v128.or', whole, f.apply('v128.xor', isNegative, f.bits(-1))), signed, notANumber);
  const known = f.select(isSame(f.x, f.x), real, notANumber);
  const isUnit = f.apply('v128.and', isSame(size, one), isSame(f.apply('f32x4.abs', f.y), infinity));
  const isOne = f.apply('v128.or', f.apply('v128.or', isSame(f.x, one), isSame(f.y, zero)), isUnit);
  f.select(isOne, one, known)();
  return f.builder;
}

/** The power of the lower lanes and that of the upper ones, side by side. */
function bothPairs(f: PairFunction, pairIndex: number): Value {
  const upper =
    (value: Value): Value =>
    () => {
      value();
      value();
      f.builder.shuffle([2, 3, 2, 3]);
    };
  return () => {
    f.x();
    f.y();
    f.builder.call(pairIndex);
    upper(f.x)();
    upper(f.y)();
    f.builder.call(pairIndex);
    f.builder.shuffle([0, 1, 4, 5]);
  };
}
