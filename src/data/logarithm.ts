/** @file A logarithm that is the same everywhere. */

/** Natural logarithm for 0 < x <= 1 by the series of artanh; the engine's own may differ in the last bit. */
export function logarithm(x: number): number {
  let exponent = 0;
  while (x < 0.7) {
    x *= 2;
    exponent++;
  }
  const s = (x - 1) / (x + 1);
  let sum = 0;
  for (let k = 21; k >= 1; k -= 2) sum = sum * s * s + 1 / k;
  return 2 * s * sum - exponent * Math.LN2;
}
