/**
 * @file The error function in f64, which JavaScript lacks: an odd polynomial in x where |x| < 1, beyond it
 * erfc(x) = e^(-x^2) p(t), p a polynomial in t = 3 / (|x| + 3) - 1/2. Both polynomials were fitted in 50 digits at
 * Chebyshev nodes, on 0 <= x^2 <= 1 and 1 <= x <= 6. Error below 2e-15; test/formula/erf.test.ts measures it.
 */

/** Of x^2, highest power first. */
const NEAR = [
  -7.795898827002142e-10, 1.3720064546777686e-8, -1.6208483801871705e-7, 1.6447424703317362e-6, -1.492473690741966e-5,
  1.2055294904839707e-4, -8.548325975389692e-4, 5.2239776071164225e-3, -2.686617064323777e-2, 1.1283791670945006e-1,
  -3.7612638903183543e-1, 1.1283791670955126,
];

/** Of t, highest power first. */
const FAR = [
  0.020974634373878025, -0.016577357247625272, -0.03280085532431436, 0.026314535961648188, 0.0655993044329528,
  -0.023170419893674774, -0.15284796203758808, -0.09059154488193968, 0.2732247262405284, 0.7805599781847422,
  1.14665339516398, 1.2009274920062996, 0.9824152068493278, 0.6524671200860743, 0.17900115118138996,
];

/** Where erf(x) is 1 in f64. */
const ONE = 6;

export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < 1) return x * horner(NEAR, x * x);
  const tail = size < ONE ? Math.exp(-x * x) * horner(FAR, 3 / (size + 3) - 0.5) : 0;
  return size >= 1 ? Math.sign(x) * (1 - tail) : Number.NaN;
}

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/** The same function as text, for targets that embed it. */
export const ERF_SOURCE = `function erf(x) {
  const size = Math.abs(x), z = x * x, t = 3 / (size + 3) - 0.5;
  if (size < 1) return x * (${written(NEAR, 'z')});
  if (size >= ${ONE}) return Math.sign(x);
  return Math.sign(x) * (1 - Math.exp(-z) * (${written(FAR, 't')}));
}`;

/** Horner's rule written out: no loop, no array. */
function written(coefficients: readonly number[], x: string): string {
  return coefficients.slice(1).reduce((text, c) => `(${text}) * ${x} + ${c}`, `${coefficients[0]}`);
}
