/**
 * @file What lies where and when in one part of memory. Every value is compared with all that were placed before it, in
 * a network of thousands of layers some hundred million times; so places are columns of numbers, sorted by where they begin.
 */

/** Positions in a schedule, inclusive. */
export interface Life {
  readonly from: number;
  readonly to: number;
}

export class Occupied {
  #count = 0;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #froms: Float64Array;
  readonly #tos: Float64Array;

  /** For so many values at most. */
  constructor(capacity: number) {
    [this.#starts, this.#ends, this.#froms, this.#tos] = [0, 1, 2, 3].map(() => new Float64Array(capacity)) as Columns;
  }

  add({ from, to }: Life, start: number, length: number): void {
    const at = this.#firstFrom(start);
    insert(this.#starts, at, this.#count, start);
    insert(this.#ends, at, this.#count, start + length);
    insert(this.#froms, at, this.#count, from);
    insert(this.#tos, at, this.#count, to);
    this.#count++;
  }

  isFree(life: Life, start: number, length: number): boolean {
    for (let k = this.#firstFrom(start + length) - 1; k >= 0; k--)
      if (this.#ends[k]! > start && this.#lives(k, life)) return false;
    return true;
  }

  /** The lowest place from `start` on that is free for so long. */
  firstPlace(life: Life & { readonly total: number }, start: number): number {
    let at = start;
    for (let k = 0; k < this.#count; k++) {
      if (this.#ends[k]! <= at || !this.#lives(k, life)) continue;
      if (at + life.total <= this.#starts[k]!) break;
      at = this.#ends[k]!;
    }
    return at;
  }

  #lives(k: number, { from, to }: Life): boolean {
    return this.#froms[k]! <= to && from <= this.#tos[k]!;
  }

  /** Number of the first value that begins there or later. */
  #firstFrom(start: number): number {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! < start) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

type Columns = [Float64Array, Float64Array, Float64Array, Float64Array];

function insert(column: Float64Array, at: number, count: number, value: number): void {
  column.copyWithin(at + 1, at, count);
  column[at] = value;
}
