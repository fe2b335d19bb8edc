/** @file Least squares with coefficients that are not negative: no work takes less than no time. */

/** Far beyond where the last digits of the sums of a few hundred equations still move. */
const SWEEPS = 4000;

/**
 * The x >= 0 with the least squares of `rows` x - `values`, coordinate by coordinate (Franc, Hlavac and Navara 2005:
 * sequential coordinate-wise descent, which converges to the one minimum).
 */
export function nonNegativeLeastSquares(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const unknowns = rows[0]?.length ?? 0;
  const product = (one: number, other: number) => rows.reduce((sum, row) => sum + row[one]! * row[other]!, 0);
  const squares = Array.from({ length: unknowns }, (_, one) =>
    Array.from({ length: unknowns }, (_, other) => product(one, other)),
  );
  const targets = Array.from({ length: unknowns }, (_, k) =>
    rows.reduce((sum, row, n) => sum + row[k]! * values[n]!, 0),
  );
  const found = new Array<number>(unknowns).fill(0);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let k = 0; k < unknowns; k++) {
      const square = squares[k]![k]!;
      if (square === 0) continue;
      const slope = squares[k]!.reduce((sum, factor, other) => sum + factor * found[other]!, 0) - targets[k]!;
      found[k] = Math.max(0, found[k]! - slope / square);
    }
  return found;
}
