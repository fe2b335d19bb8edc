/**
 * @file Minimal filtering (Toom and Cook; Winograd 1980; for networks Lavin and Gray 2016): F(m, r) computes m outputs of
 * a filter of r taps, `y[i] = sum(j) d[i + j] * g[j]`, with m + r - 1 products instead of m * r:
 * `y = At ((G g) * (Bt d))`. Polynomials are multiplied by their values at m + r - 2 small points and at infinity; Bt is
 * the transpose of the interpolation. As a form in y, d and g it is symmetric: `g = Gt ((A y) * (Bt d))` is the gradient
 * by the taps.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import type { Table } from '../ir/scalar.ts';

export interface MinimalFilter {
  readonly outputs: number;
  readonly taps: number;
  /** Products: m + r - 1. */
  readonly points: number;
  /** `[point][input]`. */
  readonly input: Table;
  /** `[point][tap]`. */
  readonly filter: Table;
  /** `[output][point]`. */
  readonly output: Table;
}

/**
 * Finite points, by how many there are: symmetric where that saves work, and where rounding errors are smallest. The
 * usual 0, ±1, ±2 of F(4, 3) double the error of ±√½, ±√2, which cost no more: their squares are ½ and 2.
 */
const POINTS: Readonly<Record<number, readonly number[]>> = {
  2: [0, -1],
  3: [0, 1, -1],
  4: [0, 0.75, -0.75, -2],
  5: [0, Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2, -Math.SQRT2],
};

/** Of one direction: more would cost too many decimals. */
export const MOST_POINTS = 6;

/** For at least two outputs and taps, and `MOST_POINTS` points. */
export function minimalFilter(outputs: number, taps: number): MinimalFilter {
  const points = outputs + taps - 1;
  const finite = POINTS[points - 1];
  if (!finite) throw new InternalError('minimal-filtering', `F(${outputs}, ${taps}) has ${points} points`);
  const others = (k: number) => finite.filter((_, other) => other !== k);
  const powers = (point: number, count: number) => Array.from({ length: count }, (_, power) => point ** power);
  const last = (count: number) => Array.from({ length: count }, (_, k) => (k === count - 1 ? 1 : 0));
  const scale = (k: number) => others(k).reduce((product, other) => product * (finite[k]! - other), 1);
  const name = `${outputs},${taps}`;
  const output = [...finite.map((point) => powers(point, outputs)), last(outputs)];
  return {
    outputs,
    taps,
    points,
    input: { name: `Bt(${name})`, rows: [...finite.map((_, k) => [...withRoots(others(k)), 0]), withRoots(finite)] },
    filter: {
      name: `G(${name})`,
      rows: [...finite.map((point, k) => powers(point, taps).map((power) => power / scale(k))), last(taps)],
    },
    output: { name: `At(${name})`, rows: transpose(output) },
  };
}

/** Coefficients of the product of (x - root), lowest power first. */
function withRoots(roots: readonly number[]): number[] {
  let coefficients = [1];
  for (const root of roots) {
    const at = (k: number) => coefficients[k] ?? 0;
    coefficients = Array.from({ length: coefficients.length + 1 }, (_, k) => at(k - 1) - root * at(k));
  }
  // Equal numbers must be equal to the last bit for rows to be paired.
  return coefficients.map((value) => Math.round(value * 2 ** 46) / 2 ** 46);
}

function transpose(rows: readonly (readonly number[])[]): number[][] {
  return rows[0]!.map((_, column) => rows.map((row) => row[column]!));
}
