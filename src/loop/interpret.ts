/**
 * @file Runs kernels directly, in f64: the oracle that the printers of the targets are checked against. It also counts
 * the arithmetic it does, one per operation and image.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { compare, fold } from '../formula/evaluate-scalar.ts';
import { evaluateFunction } from '../formula/functions.ts';
import type { Affine } from '../ir/affine.ts';
import type { Arithmetic } from '../ir/scalar.ts';
import {
  type BoundTerm,
  type Buffer,
  type Condition,
  END_BLOCK,
  type Expression,
  FIRST_BLOCK,
  type Kernel,
  type Statement,
} from './ir.ts';
import { random } from './random.ts';

export interface InterpreterContext {
  readonly lanes: number;
  readonly memory: { [index: number]: number };
  /** Where a buffer lies for the block being run. */
  readonly baseOf: (buffer: Buffer) => number;
  /** For kernels over blocks: the first, and the one after the last. */
  readonly blocks?: readonly [first: number, end: number];
  /** Additions, multiplications, … done so far, over all lanes; varying values only. */
  operations: number;
}

type Value = number | number[];

export function runKernel(kernel: Kernel, context: InterpreterContext): void {
  new Interpreter(context).block(kernel.body);
}

class Interpreter {
  readonly #ints = new Map<string, number>();
  readonly #locals = new Map<string, Value>();

  /** Lanes that the statement being run covers. */
  #lanes: number;

  constructor(readonly context: InterpreterContext) {
    this.#lanes = context.lanes;
    for (const [k, name] of [FIRST_BLOCK, END_BLOCK].entries()) this.#ints.set(name, context.blocks?.[k] ?? 0);
  }

  block(statements: readonly Statement[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  #statement(statement: Statement): void {
    this.#lanes = ('width' in statement ? statement.width : undefined) ?? this.context.lanes;
    switch (statement.kind) {
      case 'loop': {
        const from = Math.max(...statement.from.map((term) => Math.ceil(this.#quotient(term))));
        const to = Math.min(...statement.to.map((term) => Math.floor(this.#quotient(term))));
        for (let value = from; value < to; value += statement.step) {
          this.#ints.set(statement.variable, value);
          this.block(statement.body);
        }
        return;
      }
      case 'int':
        this.#ints.set(statement.name, Math.trunc(this.#affine(statement.value) / (statement.divisor ?? 1)));
        return;
      case 'let':
      case 'var':
      case 'assign':
        this.#locals.set(statement.name, this.#evaluate(statement.value));
        return;
      case 'widen': {
        const [total, value] = [this.#locals.get(statement.name)!, this.#evaluate(statement.value)];
        this.#locals.set(statement.name, addLanes(total, value));
        return;
      }
      case 'accumulate': {
        const sum = this.#locals.get(statement.name) as number;
        this.#locals.set(statement.name, sum + sumLanes(this.#evaluate(statement.value)));
        // Sums of a run that are added up are no operations of the formula.
        if (!(statement.value.kind === 'local' && statement.value.folded)) this.context.operations += this.#lanes;
        return;
      }
      case 'store':
        this.#store(statement);
        return;
    }
  }

  #quotient(term: BoundTerm): number {
    return this.#affine(term.affine) / term.divisor;
  }

  #store({ buffer, address, value, mode }: Extract<Statement, { kind: 'store' }>): void {
    const { memory, baseOf } = this.context;
    const at = baseOf(buffer) + this.#affine(address);
    const stored = this.#evaluate(value);
    const width = buffer.variance === 'varying' ? this.#lanes : 1;
    for (let lane = 0; lane < width; lane++) {
      const element = typeof stored === 'number' ? stored : stored[lane]!;
      memory[at + lane] = mode === 'add' ? memory[at + lane]! + element : element;
    }
  }

  #affine(affine: Affine): number {
    let sum = affine.constant;
    for (const term of affine.terms) {
      const value = this.#ints.get(term[0]);
      if (value === undefined) throw new InternalError('interpret', `unknown integer ${term[0]}`);
      sum += term[1] * value;
    }
    return sum;
  }

  #evaluate(expression: Expression): Value {
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'local':
        return this.#locals.get(expression.name)!;
      case 'position':
        return this.#affine(expression.index);
      case 'load':
        // Thirds of an address add up to a whole number but for rounding.
        return this.#load(expression.buffer, Math.round(this.#affine(expression.address)));
      case 'guarded':
        return expression.conditions.every((condition) => this.#holds(condition))
          ? this.#evaluate(expression.value)
          : 0;
      case 'arithmetic':
        return this.#arithmetic(expression.operator, this.#evaluate(expression.left), this.#evaluate(expression.right));
      case 'call': {
        return this.#lanewise(expression.arguments, (...args) => evaluateFunction(expression.name, args));
      }
      case 'select': {
        const { left, right, whenTrue, whenFalse, comparison } = expression;
        return this.#lanewise([left, right, whenTrue, whenFalse], (a, b, c, d) =>
          compare(comparison, a!, b!) ? c! : d!,
        );
      }
      case 'random': {
        const element = this.#affine(expression.element);
        return this.#lanewise([expression.seed], (seed) => random(seed!, expression.stream, element));
      }
      case 'laneSum':
        return sumLanes(this.#evaluate(expression.operand));
      case 'entry':
      case 'reduction':
        throw new InternalError('interpret', 'a reduction was not lowered');
    }
  }

  #load(buffer: Buffer, address: number): Value {
    const at = this.context.baseOf(buffer) + address;
    if (address < 0 || address >= buffer.length)
      throw new InternalError('interpret', `${buffer.name}[${address}] is out of its ${buffer.length} floats`);
    if (buffer.variance === 'uniform') return this.context.memory[at]!;
    const lanes: number[] = [];
    for (let lane = 0; lane < this.#lanes; lane++) lanes.push(this.context.memory[at + lane]!);
    return lanes;
  }

  #holds({ index, divisor, extent }: Condition): boolean {
    const value = this.#affine(index) / divisor;
    return Number.isInteger(value) && value >= 0 && value < extent;
  }

  /** As `#lanewise`, without lists of operands: most of what kernels do is this. */
  #arithmetic(operator: Arithmetic, left: Value, right: Value): Value {
    if (typeof left === 'number' && typeof right === 'number') return fold(operator, left, right);
    this.context.operations += this.#lanes;
    const lanes: number[] = [];
    for (let lane = 0; lane < this.#lanes; lane++)
      lanes.push(
        fold(operator, typeof left === 'number' ? left : left[lane]!, typeof right === 'number' ? right : right[lane]!),
      );
    return lanes;
  }

  #lanewise(operands: readonly Expression[], apply: (...args: number[]) => number): Value {
    const values = operands.map((operand) => this.#evaluate(operand));
    if (values.every((value) => typeof value === 'number')) return apply(...(values as number[]));
    this.context.operations += this.#lanes;
    const lanes: number[] = [];
    for (let lane = 0; lane < this.#lanes; lane++)
      lanes.push(apply(...values.map((value) => (typeof value === 'number' ? value : value[lane]!))));
    return lanes;
  }
}

function addLanes(a: Value, b: Value): Value {
  if (typeof b === 'number') return typeof a === 'number' ? a + b : a.map((lane) => lane + b);
  return b.map((lane, k) => lane + (typeof a === 'number' ? a : a[k]!));
}

/** Folds the upper half onto the lower until one is left: the order that SIMD shuffles give. */
export function sumLanes(value: Value): number {
  if (typeof value === 'number') return value;
  let lanes = value;
  while (lanes.length > 1) {
    const half = lanes.length / 2;
    lanes = lanes.slice(0, half).map((lane, k) => lane + lanes[half + k]!);
  }
  return lanes[0]!;
}
