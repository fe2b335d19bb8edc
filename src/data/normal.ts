/** @file Normal random numbers, the same everywhere: modules carry them whose weights start so. */

import { logarithm } from './logarithm.ts';

interface Uniform {
  uniform(low: number, high: number): number;
}

/** Of mean 0 and deviation 1, by Marsaglia's polar method. */
export function normal(random: Uniform): number {
  for (;;) {
    const x = random.uniform(-1, 1);
    const y = random.uniform(-1, 1);
    const s = x * x + y * y;
    if (s > 0 && s < 1) return x * Math.sqrt((-2 * logarithm(s)) / s);
  }
}
