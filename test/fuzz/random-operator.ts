/**
 * @file `op`s with random index formulas: windows, strides, diagonals, positions counted down, taps that choose the channel,
 * weights that know any of the axes. Every extent is given, so that the shape of the result is known here.
 */
import { elementCount, type Shape } from '../../src/ir/graph.ts';
import type { Choices } from './choices.ts';

export interface RandomOperator {
  readonly item: string;
  /** What stands after the arrow. */
  readonly call: string;
  readonly shape: Shape;
}

/** Products of one image, which the naive evaluation takes one by one. */
const MOST_WORK = 4000;

export function randomOperator(name: string, choices: Choices, shape: Shape): RandomOperator | undefined {
  const formula = new RandomFormula(choices, shape);
  if (formula.result.length === 0 || formula.result.length > 4 || formula.work > MOST_WORK) return undefined;
  return { item: `op ${name}${formula.text}`, call: `${name}${formula.arguments}`, shape: formula.shape };
}

class RandomFormula {
  /** Axes with their extents: of the result, and those reduced over. */
  readonly positions = new Map<string, number>();
  readonly taps = new Map<string, number>();
  readonly sums: string[] = [];
  readonly result: string[];
  readonly text: string;
  readonly #indices: string[];
  /** Does an index leave its operand? Then a maximum may find nothing at all. */
  #leaves = false;

  constructor(
    readonly choices: Choices,
    readonly operand: Shape,
  ) {
    this.#indices = operand.map((extent, dimension) => this.#index(extent, dimension));
    if (choices.rarely(2) || this.positions.size === 0) this.positions.set('o', 1 + choices.next(4));
    const names = [...this.positions.keys()];
    this.result = choices.permutation(names.length).map((k) => names[k]!);
    const read = `x[${this.#indices.join(', ')}]`;
    const known = [...this.sums, ...this.taps.keys(), ...names].filter((axis) =>
      names.includes(axis) && axis !== 'o' ? choices.rarely(6) : !choices.rarely(6),
    );
    const weight = `k[${known.join(', ')}]`;
    const bias = this.positions.has('o') && choices.rarely(3);
    const head = [`x[${operand.map((_, k) => `c${k}`).join(', ')}]`, weight, ...(bias ? ['b[o]'] : [])];
    const body = this.#body(read, weight);
    this.text = `(${head.join(', ')}) -> y[${this.result.join(', ')}] = ${body}${bias ? ' + b[o]' : ''}`;
  }

  get shape(): Shape {
    return this.result.map((axis) => this.positions.get(axis)!);
  }

  get work(): number {
    const reduced = this.sums.map((axis) => this.operand[Number(axis.slice(1))]!);
    return elementCount([...this.shape, ...this.taps.values(), ...reduced]);
  }

  get arguments(): string {
    const given = [...this.positions, ...this.taps].map(([axis, extent]) => `${axis}: ${extent}`);
    return `(${given.join(', ')})`;
  }

  #body(read: string, weight: string): string {
    const [x, k] = this.choices.rarely(2) ? [weight, read] : [read, weight];
    const product = this.choices.pick([
      `${x} * ${k}`,
      `${x} * ${k}`,
      `tanh(${read}) * ${weight}`,
      `${x} * ${read} * ${k}`,
    ]);
    const axes = [...this.sums, ...this.taps.keys()];
    if (axes.length === 0) return product;
    const reduction = !this.#leaves && this.choices.rarely(4) ? 'max' : 'sum';
    return `${reduction}(${axes.join(', ')}) ${product}`;
  }

  /** Where the operand is read along one of its dimensions. */
  #index(extent: number, dimension: number): string {
    const form = this.choices.next(9);
    if (form === 0) return this.#position(dimension, extent);
    if (form === 1) {
      this.sums.push(`c${dimension}`);
      return `c${dimension}`;
    }
    const [tap, taps] = this.#tap();
    if (form === 2) return this.#outside(tap, taps > extent);
    if (form === 3) return this.#outside(`${this.#position(dimension, extent)} + ${tap} - 1`, true);
    if (form === 4) {
      const divisor = this.choices.pick([2, 2, 3, 5, 7]);
      return this.#outside(`(${this.#position(dimension, divisor * extent)} - ${tap}) / ${divisor}`, true);
    }
    const room = Math.max(1, extent - taps + 1);
    this.#leaves ||= taps > extent;
    if (form === 5) return `2 * ${this.#position(dimension, Math.ceil(room / 2))} + ${tap}`;
    if (form === 6) return `${this.#position(dimension, room)} - ${tap} + ${taps - 1}`;
    // Along a diagonal: a position of another dimension again.
    const earlier = [...this.positions.keys()].find((axis) => this.positions.get(axis)! <= room);
    return `${(form === 7 && earlier) || this.#position(dimension, room)} + ${tap}`;
  }

  #outside(index: string, leaves: boolean): string {
    this.#leaves ||= leaves;
    return index;
  }

  #position(dimension: number, extent: number): string {
    this.positions.set(`i${dimension}`, extent);
    return `i${dimension}`;
  }

  /** A new tap, or one that another dimension has. */
  #tap(): readonly [name: string, extent: number] {
    const known = [...this.taps];
    if (known.length > 0 && this.choices.rarely(3)) return this.choices.pick(known);
    const tap = [`p${known.length}`, 2 + this.choices.next(2)] as const;
    this.taps.set(...tap);
    return tap;
  }
}
