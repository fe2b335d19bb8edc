/**
 * @file The arithmetic of kernels, counted on their loops without running them: how often each statement is reached follows
 * from the bounds of the loops around it. Loops whose bounds or guards depend on another one are gone through; the rest are
 * products. Counted as the interpreter counts: one for each operation on a varying value.
 */
import type { Affine } from '../../src/ir/affine.ts';
import {
  type BoundTerm,
  type Condition,
  END_BLOCK,
  type Expression,
  FIRST_BLOCK,
  type Kernel,
  operandsOf,
  type Statement,
  varianceOf,
} from '../../src/loop/ir.ts';

type Integers = ReadonlyMap<string, number>;
type Loop = Extract<Statement, { kind: 'loop' }>;

/** Per image; of a kernel over blocks, where there is one block of `lanes` images. */
export function operationsOfKernel({ body }: Kernel, lanes: number): number {
  return new Counter(lanes).block(
    body,
    new Map([
      [FIRST_BLOCK, 0],
      [END_BLOCK, 1],
    ]),
  );
}

class Counter {
  readonly #counted = new Map<Loop, Map<string, number>>();
  readonly #decisive = new Map<Statement, ReadonlySet<string>>();

  constructor(readonly lanes: number) {}

  block(statements: readonly Statement[], outer: Integers): number {
    const integers = new Map(outer);
    let count = 0;
    for (const statement of statements) {
      if (statement.kind === 'int') integers.set(statement.name, affineAt(statement.value, integers));
      else count += this.#statement(statement, integers);
    }
    return count;
  }

  #statement(statement: Exclude<Statement, { kind: 'int' }>, integers: Integers): number {
    if (statement.kind === 'loop') return this.#loop(statement, integers);
    if (statement.kind === 'widen') return 0;
    const added = statement.kind === 'accumulate' ? 1 : 0;
    const width = 'width' in statement ? (statement.width ?? this.lanes) : this.lanes;
    return ((operationsIn(statement.value, integers) + added) * width) / this.lanes;
  }

  #loop(loop: Loop, integers: Integers): number {
    const decisive = this.#decisiveOf(loop);
    const key = [...decisive].map((name) => integers.get(name)).join();
    const known = this.#counted.get(loop) ?? new Map<string, number>();
    this.#counted.set(loop, known);
    const found = known.get(key) ?? this.#through(loop, integers);
    known.set(key, found);
    return found;
  }

  #through({ variable, from, to, step, body }: Loop, integers: Integers): number {
    const bound = ({ affine, divisor }: BoundTerm) => affineAt(affine, integers) / divisor;
    const first = Math.max(...from.map((term) => Math.ceil(bound(term))));
    const end = Math.min(...to.map((term) => Math.floor(bound(term))));
    const rounds = Math.max(0, Math.ceil((end - first) / step));
    if (rounds === 0) return 0;
    const isDecisive = body.some((statement) => this.#decisiveOf(statement).has(variable));
    if (!isDecisive) return rounds * this.block(body, new Map([...integers, [variable, first]]));
    let count = 0;
    for (let value = first; value < end; value += step)
      count += this.block(body, new Map([...integers, [variable, value]]));
    return count;
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

function guardsOf(expression: Expression): Condition[] {
  const own = expression.kind === 'guarded' ? expression.conditions : [];
  return [...own, ...operandsOf(expression).flatMap(guardsOf)];
}

function operationsIn(expression: Expression, integers: Integers): number {
  if (expression.kind === 'guarded' && !expression.conditions.every((condition) => holds(condition, integers)))
    return 0;
  const isOperation = ['arithmetic', 'call', 'select', 'random'].includes(expression.kind);
  const own = isOperation && varianceOf(expression) === 'varying' ? 1 : 0;
  return operandsOf(expression).reduce((sum, operand) => sum + operationsIn(operand, integers), own);
}

function holds({ index, divisor, extent }: Condition, integers: Integers): boolean {
  const value = affineAt(index, integers) / divisor;
  return Number.isInteger(value) && value >= 0 && value < extent;
}

function affineAt({ constant, terms }: Affine, integers: Integers): number {
  return terms.reduce((sum, [name, coefficient]) => sum + coefficient * integers.get(name)!, constant);
}
