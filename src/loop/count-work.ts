/**
 * @file What the loops of a kernel do, counted without running them: how often each statement is reached follows from the
 * bounds of the loops around it. Loops whose bounds or guards depend on another one are gone through; the rest are products.
 */
import type { Affine } from '../ir/affine.ts';
import {
  type BoundTerm,
  type Condition,
  END_BLOCK,
  type Expression,
  FIRST_BLOCK,
  type Kernel,
  operandsOf,
  type Statement,
} from './ir.ts';

type Integers = ReadonlyMap<string, number>;
export type Loop = Extract<Statement, { kind: 'loop' }>;

/** What a statement does when it is reached once; of a loop, what each of its rounds does besides its body. */
export interface Measure {
  /** So many numbers. */
  readonly size: number;
  /** Adds to `counts`. `reaches`: whether the operand of a guarded expression is computed there. */
  readonly count: (statement: Statement, reaches: Reaches, counts: number[]) => void;
}

export type Reaches = (guarded: Extract<Expression, { kind: 'guarded' }>) => boolean;

/** All that the kernel does when it is called once; of a kernel over blocks, over so many. */
export function countWork({ body }: Kernel, blocks: number, measure: Measure): number[] {
  const outer = new Map([
    [FIRST_BLOCK, 0],
    [END_BLOCK, blocks],
  ]);
  return new Counter(measure).block(body, outer);
}

class Counter {
  readonly #counted = new Map<Loop, Map<string, readonly number[]>>();
  readonly #decisive = new Map<Statement, ReadonlySet<string>>();

  constructor(readonly measure: Measure) {}

  block(statements: readonly Statement[], outer: Integers): number[] {
    const integers = new Map(outer);
    const reaches: Reaches = ({ conditions }) => conditions.every((condition) => holds(condition, integers));
    const counts = new Array<number>(this.measure.size).fill(0);
    for (const statement of statements) {
      if (statement.kind === 'int')
        integers.set(statement.name, Math.trunc(affineAt(statement.value, integers) / (statement.divisor ?? 1)));
      else if (statement.kind === 'loop') addTo(counts, this.#loop(statement, integers));
      else this.measure.count(statement, reaches, counts);
    }
    return counts;
  }

  #loop(loop: Loop, integers: Integers): readonly number[] {
    const key = [...this.#decisiveOf(loop)].map((name) => integers.get(name)).join();
    const known = this.#counted.get(loop) ?? new Map<string, readonly number[]>();
    this.#counted.set(loop, known);
    const found = known.get(key) ?? this.#through(loop, integers);
    known.set(key, found);
    return found;
  }

  #through(loop: Loop, integers: Integers): number[] {
    const { variable, from, to, step, body } = loop;
    const bound = ({ affine, divisor }: BoundTerm) => affineAt(affine, integers) / divisor;
    const first = Math.max(...from.map((term) => Math.ceil(bound(term))));
    const end = Math.min(...to.map((term) => Math.floor(bound(term))));
    const rounds = Math.max(0, Math.ceil((end - first) / step));
    const counts = new Array<number>(this.measure.size).fill(0);
    if (rounds === 0) return counts;
    this.measure.count(loop, () => true, counts);
    for (let k = 0; k < counts.length; k++) counts[k]! *= rounds;
    const isDecisive = body.some((statement) => this.#decisiveOf(statement).has(variable));
    if (!isDecisive) addTo(counts, this.block(body, new Map([...integers, [variable, first]])), rounds);
    else
      for (let value = first; value < end; value += step)
        addTo(counts, this.block(body, new Map([...integers, [variable, value]])));
    return counts;
  }

  /** Integers of outside that decide how often something within is reached. */
  #decisiveOf(statement: Statement): ReadonlySet<string> {
    const known = this.#decisive.get(statement);
    if (known) return known;
    const found = new Set<string>();
    const see = ({ terms }: Affine) => terms.forEach(([name]) => void found.add(name));
    if (statement.kind === 'int') see(statement.value);
    else if (statement.kind !== 'loop') for (const { index } of guardsOf(statement.value)) see(index);
    else {
      const ints = statement.body.filter(({ kind }) => kind === 'int');
      const others = statement.body.filter(({ kind }) => kind !== 'int');
      for (const inner of others) for (const name of this.#decisiveOf(inner)) found.add(name);
      for (const int of ints.reverse())
        if (int.kind === 'int' && found.delete(int.name)) for (const name of this.#decisiveOf(int)) found.add(name);
      found.delete(statement.variable);
      for (const { affine } of [...statement.from, ...statement.to]) see(affine);
    }
    this.#decisive.set(statement, found);
    return found;
  }
}

function addTo(counts: number[], others: readonly number[], times = 1): void {
  for (let k = 0; k < counts.length; k++) counts[k]! += times * others[k]!;
}

function guardsOf(expression: Expression): Condition[] {
  const own = expression.kind === 'guarded' ? expression.conditions : [];
  return [...own, ...operandsOf(expression).flatMap(guardsOf)];
}

function holds({ index, divisor, extent }: Condition, integers: Integers): boolean {
  const value = affineAt(index, integers) / divisor;
  return Number.isInteger(value) && value >= 0 && value < extent;
}

function affineAt({ constant, terms }: Affine, integers: Integers): number {
  return terms.reduce((sum, [name, coefficient]) => sum + coefficient * integers.get(name)!, constant);
}
