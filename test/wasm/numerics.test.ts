/**
 * @file exp, log, tanh, erf and pow of WebAssembly kernels against JavaScript's in f64. An ulp is the distance between
 * neighbouring f32 numbers at the exact result, so an error of 0.5 is the best that rounding allows.
 */
import { describe, expect, it } from 'vitest';
import { erf } from '../../src/formula/erf.ts';
import type { HelperName } from '../../src/targets/wasm/helpers.ts';
import { stream } from '../oracle/inputs.ts';
import { callHelper, callPow } from './helper-runner.ts';

const GRID = 1 << 18;

/** Evenly spaced numbers. */
function grid(from: number, to: number): Float32Array {
  return Float32Array.from({ length: GRID }, (_, k) => from + ((to - from) * k) / (GRID - 1));
}

/** Any f32 at all, by its bits: every exponent is as likely as every other. */
function anyBits(seed: number, keep: (value: number) => boolean): Float32Array {
  const next = stream(seed);
  const bits = Uint32Array.from({ length: GRID }, next);
  return new Float32Array(bits.buffer).filter(keep);
}

function ulpAt(value: number): number {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(value))));
  return 2 ** (exponent - 23);
}

const exactly = (name: HelperName, x: number) => (name === 'erf' ? erf(x) : Math[name](x));

interface Worst {
  readonly error: number;
  readonly x: number;
}

function worstError(name: HelperName, inputs: Float32Array): Worst {
  const found = callHelper(name, inputs);
  let worst = { error: 0, x: Number.NaN };
  inputs.forEach((x, k) => {
    const exact = exactly(name, x);
    const error = Math.abs(found[k]! - exact) / ulpAt(exact);
    if (!(error <= worst.error)) worst = { error, x };
  });
  return worst;
}
const ANY = (x: number) => !Number.isNaN(x);
const LARGEST = 3.4028234663852886e38;

describe.each([
  // The same bounds stand with the functions in src/targets/wasm/helpers.ts.
  ['exp', 'all finite results', 1, grid(-103.9, 88.722)],
  ['exp', 'around 0', 1, grid(-1, 1)],
  ['exp', 'any bits', 1, anyBits(1, (x) => x > -103.9 && x < 88.722)],
  ['log', 'ordinary numbers', 1, grid(1e-6, 100)],
  ['log', 'around 1', 1, grid(0.5, 2)],
  ['log', 'close to 1', 1, grid(0.999, 1.001)],
  ['log', 'any bits, denormal numbers among them', 1, anyBits(2, (x) => x > 0 && x <= LARGEST)],
  ['tanh', 'where it bends', 1.5, grid(-10, 10)],
  ['tanh', 'around its change of method', 1.5, grid(0.6, 0.65)],
  ['tanh', 'around 0', 1.5, grid(-0.01, 0.01)],
  ['tanh', 'any bits', 1.5, anyBits(3, ANY)],
  ['erf', 'where it bends', 1.5, grid(-5, 5)],
  ['erf', 'around its change of method', 1.5, grid(0.99, 1.01)],
  ['erf', 'around 0', 1.5, grid(-0.01, 0.01)],
  ['erf', 'any bits', 1.5, anyBits(4, ANY)],
] as const)('%s, %s', (name, _, bound, inputs) => {
  it(`errs by less than ${bound} ulp`, () => {
    const { error, x } = worstError(name, inputs);
    expect(error, `${name}(${x})`).toBeLessThan(bound);
  });
});

/** Numbers at which something special happens; results are the exact ones rounded to f32, signs of zeros included. */
const SPECIAL = [0, 1, 1e-45, 1e-39, 1.17549435e-38, 1e30, LARGEST, Number.POSITIVE_INFINITY].flatMap((x) => [x, -x]);

describe('special values', () => {
  it.each([
    ['exp', [...SPECIAL, Number.NaN, 88.72283, 88.72284, 89, -87.4, -103.97, -103.98, -104, -105, -200]],
    ['log', [...SPECIAL, Number.NaN]],
    ['tanh', [...SPECIAL, Number.NaN, 9, -9, 9.1, -9.1, 44, 45, 89, -89]],
    [
      'erf',
      [Number.NaN, 0, -0, 4, -4, 5, -5, 89, -89, LARGEST, -LARGEST, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ],
  ] as const)('of %s are those of IEEE arithmetic', (name, numbers) => {
    const inputs = new Float32Array(numbers.length + (-numbers.length & 3));
    inputs.set(numbers);
    const found = callHelper(name, inputs);
    numbers.forEach((_, k) => {
      expect(found[k], `${name}(${inputs[k]})`).toBe(Math.fround(exactly(name, inputs[k]!)));
    });
  });

  it.each([88.72283935546875, -103.97207641601562])(
    'exp leaves the finite numbers at %f, give or take one',
    (limit) => {
      const bits = new Int32Array(new Float32Array([limit]).buffer)[0]!;
      const inputs = new Float32Array(Int32Array.from({ length: 64 }, (_, k) => bits + k - 32).buffer);
      const found = callHelper('exp', inputs);
      const isLost = (y: number) => y === 0 || y === Number.POSITIVE_INFINITY;
      const wrong = [...inputs].filter((x, k) => isLost(Math.fround(Math.exp(x))) !== isLost(found[k]!));
      expect(wrong.length).toBeLessThanOrEqual(1);
    },
  );
});

describe('pow', () => {
  it.each([
    ['ordinary numbers', grid(0.01, 20), (k: number) => ((k * 7919) % 2001) / 100 - 10],
    ['numbers close to 1 to large powers', grid(0.99, 1.01), (k: number) => ((k * 7919) % 8001) - 4000],
    ['negative numbers to whole powers', grid(-4, -0.25), (k: number) => (k % 61) - 30],
    ['any bits', anyBits(5, (x) => x >= 0), (k: number) => ((k * 7919) % 401) / 100 - 2],
  ] as const)('of %s errs by less than 0.51 ulp', (_, bases, exponentAt) => {
    const given = bases.subarray(0, bases.length & -4);
    const exponents = Float32Array.from(given, (_x, k) => exponentAt(k));
    const found = callPow(given, exponents);
    const wrong = [...given].flatMap((x, k) => {
      const exact = x ** exponents[k]!;
      const same = Number.isFinite(Math.fround(exact))
        ? Math.abs(found[k]! - exact) <= 0.51 * ulpAt(exact)
        : found[k] === Math.fround(exact);
      return same ? [] : `${x} ^ ${exponents[k]}: ${found[k]}, not ${exact}`;
    });
    expect(wrong.slice(0, 5)).toEqual([]);
  });
});
