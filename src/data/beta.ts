/**
 * @file The symmetric Beta distribution, with arithmetic that has the same bits everywhere: a ratio of two Gamma variates of
 * Marsaglia and Tsang (2000), each of α + 1 and brought to α by a power of an even number, which is a difference of logarithms here,
 * so that nothing vanishes where α is small.
 */
import { logarithm } from './logarithm.ts';

/** e^x by its series, of a part of x so small that a few terms do, and squared again. */
function exponential(x: number): number {
  // Beyond this a share of 1 or 0 is meant.
  const within = Math.max(-700, Math.min(700, x));
  let sum = 1;
  for (let k = 14; k >= 1; k--) sum = 1 + (sum * within) / 2048 / k;
  for (let k = 0; k < 11; k++) sum *= sum;
  return sum;
}

/** Normal, by Marsaglia's polar method. */
function normal(draw: () => number): number {
  for (;;) {
    const [x, y] = [2 * draw() - 1, 2 * draw() - 1];
    const s = x * x + y * y;
    if (s > 0 && s < 1) return x * Math.sqrt((-2 * logarithm(s)) / s);
  }
}

/** Above 0. */
function positive(draw: () => number): number {
  return 1 - draw();
}

/** Gamma of 1 or more. */
function gamma(shape: number, draw: () => number): number {
  const d = shape - 1 / 3;
  for (;;) {
    const x = normal(draw);
    const root = 1 + x / Math.sqrt(9 * d);
    if (root <= 0) continue;
    const v = root * root * root;
    const ofV = v > 1 ? -logarithm(1 / v) : logarithm(v);
    if (logarithm(positive(draw)) < (x * x) / 2 + d * (1 - v + ofV)) return d * v;
  }
}

/** Between 0 and 1, of Beta(α, α). */
export function beta(alpha: number, draw: () => number): number {
  const [one, other] = [gamma(alpha + 1, draw), gamma(alpha + 1, draw)];
  const power = (logarithm(positive(draw)) - logarithm(positive(draw))) / alpha;
  return 1 / (1 + (other / one) * exponential(power));
}
