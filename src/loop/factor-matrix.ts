/**
 * @file Multiplying by a small constant matrix with few operations. The transformations of minimal filtering come in
 * pairs, values at p and at -p, so what is even and what is odd in p is computed once for both: of the rows
 * `x2 - x4 + 2 x1` and `x2 - x4 - 2 x1` the common parts are shared (pairs of rows), and where many rows take `x1 + x2` or
 * `x1 - x2` these two are made first (pairs of columns).
 */

/** Sum of `coefficient * variable`. */
export type Combination = readonly (readonly [variable: number, coefficient: number])[];

export interface FactoredMatrix {
  /** Variables after the inputs, in order; each is a combination of variables before it. */
  readonly definitions: readonly Combination[];
  readonly rows: readonly Combination[];
}

export function factorMatrix(rows: readonly (readonly number[])[]): FactoredMatrix {
  const factoring = new Factoring(rows);
  factoring.pairColumns();
  factoring.pairRows();
  return factoring;
}

class Factoring implements FactoredMatrix {
  readonly definitions: Combination[] = [];
  readonly rows: Combination[];
  readonly #inputs: number;

  constructor(rows: readonly (readonly number[])[]) {
    this.#inputs = rows[0]!.length;
    this.rows = rows.map((row) => row.flatMap((value, k) => (value === 0 ? [] : [[k, value] as const])));
  }

  #define(combination: Combination): number {
    return this.#inputs + this.definitions.push(combination) - 1;
  }

  /** Two inputs that every row takes with the same factor, up to its sign. */
  pairColumns(): void {
    const paired = new Set<number>();
    for (let p = 0; p < this.#inputs; p++)
      for (let q = p + 1; q < this.#inputs; q++) {
        if (paired.has(p) || paired.has(q) || !this.#isPair(p, q)) continue;
        paired.add(p).add(q);
        this.#replacePair(p, q);
      }
  }

  #isPair(p: number, q: number): boolean {
    const factors = this.rows.map((row) => [coefficientOf(row, p), coefficientOf(row, q)] as const);
    const kinds = new Set(factors.filter(([a]) => a !== 0).map(([a, b]) => a === b));
    const both = factors.filter(([a]) => a !== 0).length;
    return factors.every(([a, b]) => Math.abs(a) === Math.abs(b)) && both > kinds.size;
  }

  #replacePair(p: number, q: number): void {
    const made = new Map<number, number>();
    this.rows.forEach((row, k) => {
      const [a, b] = [coefficientOf(row, p), coefficientOf(row, q)];
      if (a === 0) return;
      const sign = a === b ? 1 : -1;
      if (!made.has(sign))
        made.set(
          sign,
          this.#define([
            [p, 1],
            [q, sign],
          ]),
        );
      this.rows[k] = [...row.filter(([variable]) => variable !== p && variable !== q), [made.get(sign)!, a]];
    });
  }

  /** Two rows over the same variables with the same factors, up to their signs. */
  pairRows(): void {
    const paired = new Set<number>();
    for (let r = 0; r < this.rows.length; r++)
      for (let s = r + 1; s < this.rows.length; s++) {
        if (paired.has(r) || paired.has(s)) continue;
        const [first, second] = [this.rows[r]!, this.rows[s]!];
        const even = first.filter(([variable, factor]) => coefficientOf(second, variable) === factor);
        const odd = first.filter(([variable, factor]) => coefficientOf(second, variable) === -factor);
        const covered = even.length + odd.length;
        if (covered < 3 || covered !== second.length || covered !== first.length || !even.length || !odd.length)
          continue;
        paired.add(r).add(s);
        const [e, o] = [this.#common(even), this.#common(odd)];
        this.rows[r] = [e, o];
        this.rows[s] = [e, [o[0], -o[1]]];
      }
  }

  /** A single variable stays what it is; a factor that all share is applied where the sum is used. */
  #common(combination: Combination): readonly [number, number] {
    if (combination.length === 1) return combination[0]!;
    const [, scale] = combination.at(-1)!;
    return [this.#define(combination.map(([variable, factor]) => [variable, factor / scale] as const)), scale];
  }
}

function coefficientOf(combination: Combination, variable: number): number {
  return combination.find(([other]) => other === variable)?.[1] ?? 0;
}
