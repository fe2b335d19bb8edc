/**
 * @file Kernels as WebAssembly functions. A varying value is `lanes / 4` vectors of four floats; a uniform one is an f32,
 * and beside it a vector of four copies where varying arithmetic meets it. Every buffer is a parameter, the byte at
 * which it begins, so that layers of the same shape share one function. Inner loops advance their addresses by addition.
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';
import { type Affine, affineAdd } from '../../ir/affine.ts';
import { hoistAddresses } from '../../loop/hoist-addresses.ts';
import {
  type BoundTerm,
  END_BLOCK,
  type Expression,
  FIRST_BLOCK,
  type Kernel,
  OTHERS,
  PART,
  type Statement,
  varianceOf,
} from '../../loop/ir.ts';
import { ExpressionCompiler, FLOAT, VECTOR, type WasmKernelOptions } from './compile-expression.ts';
import { FunctionBuilder, type Instruction } from './encoder.ts';

/** Integers that a kernel is told besides where its buffers begin. */
export function parametersOf({ overBlocks, divided }: Kernel): readonly string[] {
  return [...(overBlocks ? [FIRST_BLOCK, END_BLOCK] : []), ...(divided ? [PART, OTHERS] : [])];
}

/** Parameters: for each of the kernel's buffers the byte where it begins, and `parametersOf`. */
export function compileKernel(name: string, kernel: Kernel, options: WasmKernelOptions): FunctionBuilder {
  const builder = new FunctionBuilder(
    name,
    [...kernel.buffers, ...parametersOf(kernel)].map(() => 'i32'),
  );
  const compiler = new KernelCompiler(builder, options, kernel);
  const body = hoistAddresses(kernel.body, {
    baseVariable: (buffer) => baseName(kernel.buffers.indexOf(buffer)),
    unit: FLOAT,
    foldNegative: true,
  });
  compiler.prepare(body);
  compiler.block(body);
  return builder;
}

const baseName = (position: number) => `@${position}`;

class KernelCompiler {
  readonly #values: ExpressionCompiler;

  constructor(
    readonly builder: FunctionBuilder,
    readonly options: WasmKernelOptions,
    kernel: Kernel,
  ) {
    const { buffers } = kernel;
    this.#values = new ExpressionCompiler(builder, options);
    buffers.forEach((_, k) => {
      this.#values.nameInteger(baseName(k), k);
    });
    for (const [k, name] of parametersOf(kernel).entries()) this.#values.nameInteger(name, buffers.length + k);
  }

  /** Finds out how each uniform local is used. */
  prepare(statements: readonly Statement[]): void {
    for (const statement of statements) {
      if (statement.kind === 'loop') this.prepare(statement.body);
      else if (statement.kind === 'store')
        this.#values.noteUses(
          statement.value,
          statement.buffer.variance === 'varying' || varianceOf(statement.value) === 'varying',
        );
      else if (statement.kind === 'accumulate') this.#values.noteUses(statement.value, true);
      else if (statement.kind === 'widen') this.#values.noteUses(statement.value, false);
      else if (statement.kind !== 'int') this.#values.noteUses(statement.value, statement.variance === 'varying');
    }
  }

  block(statements: readonly Statement[]): void {
    for (let k = 0; k < statements.length; k++) {
      const run = neighbouringSums(statements, k);
      if (run) {
        this.#storeSums(run);
        k += run.length - 1;
      } else this.#statement(statements[k]!);
    }
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case 'loop':
        return this.#loop(statement);
      case 'int':
        this.#values.affine(statement.value);
        if (statement.divisor) {
          this.builder.integer(statement.divisor);
          this.builder.op('i32.div_s');
        }
        this.builder.set(this.#values.int(statement.name));
        return;
      case 'accumulate':
        return this.#accumulate(statement);
      case 'widen':
        return this.#values.widen(statement.name, statement.value);
      case 'let':
      case 'var':
      case 'assign':
        return this.#assign(statement);
      case 'store':
        return this.#store(statement);
    }
  }

  /** Addresses that move with the loop variable are stepped; everything else of the prelude is computed in the loop. */
  #loop(loop: Extract<Statement, { kind: 'loop' }>): void {
    const { builder } = this;
    const variable = this.#values.int(loop.variable);
    if (loop.divided) this.#borderOfShare(loop, 0);
    else this.#bounds(loop.from, 'up', 'i32.gt_s');
    builder.set(variable);
    const end = this.#endOf(loop);
    const stepped = loop.body.filter((statement) => isStepped(statement, loop.variable));
    for (const statement of stepped) {
      this.#values.affine(statement.value);
      builder.set(this.#values.int(statement.name));
    }
    const certain = isCertain(loop);
    if (!certain) {
      builder.block();
      builder.get(variable);
      end();
      builder.op('i32.ge_s');
      builder.branchIf(0);
    }
    builder.loop();
    this.block(loop.body.filter((statement) => !stepped.includes(statement as SteppedStatement)));
    for (const { name, value } of stepped) {
      builder.get(this.#values.int(name));
      builder.integer(coefficientIn(value, loop.variable) * loop.step);
      builder.op('i32.add');
      builder.set(this.#values.int(name));
    }
    builder.get(variable);
    builder.integer(loop.step);
    builder.op('i32.add');
    builder.tee(variable);
    end();
    builder.op('i32.lt_s');
    builder.branchIf(0);
    builder.op('end');
    if (!certain) builder.op('end');
  }

  /** Pushes the end of the loop: a constant, or a local computed once. */
  #endOf(loop: Extract<Statement, { kind: 'loop' }>): () => void {
    const { builder } = this;
    const [only] = loop.to;
    if (loop.divided) {
      const local = builder.local('i32');
      this.#borderOfShare(loop, 1);
      builder.set(local);
      return () => builder.get(local);
    }
    if (loop.to.length === 1 && only!.affine.terms.length === 0 && only!.divisor === 1)
      return () => builder.integer(only!.affine.constant);
    const local = builder.local('i32');
    this.#bounds(loop.to, 'down', 'i32.lt_s');
    builder.set(local);
    return () => builder.get(local);
  }

  /** Where the share of a thread begins, or that of the next one. */
  #borderOfShare({ from, to, step }: Extract<Statement, { kind: 'loop' }>, next: number): void {
    const { builder } = this;
    const [first, last] = [from[0]!.affine.constant, to[0]!.affine.constant];
    builder.integer(Math.ceil((last - first) / step));
    builder.get(this.#values.int(PART));
    builder.integer(next);
    builder.op('i32.add');
    builder.op('i32.mul');
    builder.get(this.#values.int(OTHERS));
    builder.integer(1);
    builder.op('i32.add');
    builder.op('i32.div_u');
    builder.integer(step);
    builder.op('i32.mul');
    builder.integer(first);
    builder.op('i32.add');
  }

  /** The largest (`i32.gt_s`) or smallest (`i32.lt_s`) of the terms. */
  #bounds(terms: readonly BoundTerm[], direction: 'up' | 'down', better: Instruction): void {
    const { builder } = this;
    const distinct = terms.filter((term, k) => terms.findIndex((other) => sameBound(other, term)) === k);
    this.#bound(distinct[0]!, direction);
    for (const term of distinct.slice(1)) {
      const [best, next] = [builder.local('i32'), builder.local('i32')];
      builder.set(best);
      this.#bound(term, direction);
      builder.set(next);
      builder.get(best);
      builder.get(next);
      builder.get(best);
      builder.get(next);
      builder.op(better);
      builder.op('select');
    }
  }

  #bound({ affine, divisor }: BoundTerm, direction: 'up' | 'down'): void {
    const { builder } = this;
    this.#values.affine(affine);
    if (divisor === 1) return;
    builder.op('f64.convert_i32_s');
    builder.double(divisor);
    builder.op('f64.div');
    builder.op(direction === 'up' ? 'f64.ceil' : 'f64.floor');
    builder.op('i32.trunc_f64_s');
  }

  #assign(statement: Extract<Statement, { kind: 'let' | 'var' | 'assign' }>): void {
    const { name, variance, value } = statement;
    if (statement.kind === 'var' && statement.wide) return this.#values.declareWide(statement);
    if (statement.kind === 'var' && statement.folded) {
      const vector = this.#values.declareFolded(name);
      this.#values.varying(value, 0);
      return this.builder.set(vector);
    }
    const place = this.#values.place(name, variance);
    if (variance === 'varying') {
      // Vector v of the value reads vector v of the local at most, so the others may be set already.
      const vectors = statement.kind === 'let' && statement.width ? statement.width / 4 : this.#values.vectors;
      for (let v = 0; v < vectors; v++) {
        this.#values.varying(value, v);
        this.builder.set(place.vectors[v]!);
      }
      return;
    }
    if (place.scalar < 0) {
      this.#values.spreadUniform(value);
      this.builder.set(place.vectors[0]!);
      return;
    }
    this.#values.uniform(value);
    this.builder.set(place.scalar);
    if (place.vectors.length === 0) return;
    this.builder.get(place.scalar);
    this.builder.op('f32x4.splat');
    this.builder.set(place.vectors[0]!);
  }

  /** Every vector of the value onto the one vector of the sum. */
  #accumulate({ name, value, width = this.options.lanes }: Extract<Statement, { kind: 'accumulate' }>): void {
    const sum = this.#values.place(name, 'varying').vectors[0]!;
    this.#values.showPair(value);
    for (let v = 0; v < width / 4; v++) {
      const local: Expression = { kind: 'local', name, variance: 'varying', folded: true };
      this.#values.arithmetic({ kind: 'arithmetic', operator: '+', left: local, right: value }, v);
      this.builder.set(sum);
    }
  }

  #store({ buffer, address, value, mode, width = this.options.lanes }: Extract<Statement, { kind: 'store' }>): void {
    const { builder } = this;
    if (buffer.variance === 'varying') {
      if (mode === 'add') throw new InternalError('wasm', 'a varying sum over the batch');
      for (let v = 0; v < width / 4; v++) {
        this.#values.base(address);
        this.#values.varying(value, v);
        builder.store('v128', address.constant + v * VECTOR);
      }
      return;
    }
    this.#values.base(address);
    if (mode === 'add') {
      this.#values.base(address);
      builder.load('f32', address.constant);
    }
    this.#values.uniform(value);
    if (mode === 'add') builder.op('f32.add');
    builder.store('f32', address.constant);
  }

  /** Four neighbouring sums over lanes at once, by transposing: the same additions in the same order. */
  #storeSums(stores: readonly SumStore[]): void {
    const { builder } = this;
    const sums = stores.map(({ value }) => {
      const local = builder.local('v128');
      this.#values.showPair(value.operand);
      this.#values.vectorSum(value.operand);
      builder.set(local);
      return local;
    });
    const halves = [0, 2].map((k) => {
      const half = builder.local('v128');
      for (const lanes of [
        [0, 4, 1, 5],
        [2, 6, 3, 7],
      ] as const) {
        builder.get(sums[k]!);
        builder.get(sums[k + 1]!);
        builder.shuffle(lanes);
      }
      builder.op('f32x4.add');
      builder.set(half);
      return half;
    });
    const { address } = stores[0]!;
    this.#values.base(address);
    this.#values.base(address);
    builder.load('v128', address.constant, 2);
    for (const lanes of [
      [0, 1, 4, 5],
      [2, 3, 6, 7],
    ] as const) {
      for (const half of halves) builder.get(half);
      builder.shuffle(lanes);
    }
    builder.op('f32x4.add');
    builder.op('f32x4.add');
    builder.store('v128', address.constant, 2);
  }
}

interface SumStore {
  readonly address: Affine;
  readonly value: Extract<Expression, { kind: 'laneSum' }>;
}

/** Four stores from `k` on that add sums over lanes to neighbouring floats. */
function neighbouringSums(statements: readonly Statement[], k: number): SumStore[] | undefined {
  const run: SumStore[] = [];
  for (let n = 0; n < 4; n++) {
    const statement = statements[k + n];
    if (statement?.kind !== 'store' || statement.mode !== 'add' || statement.value.kind !== 'laneSum') return undefined;
    const first = run[0]?.address ?? statement.address;
    const isNext = statement.address.constant === first.constant + n * FLOAT;
    if (!isNext || statement.address.terms[0]?.[0] !== first.terms[0]?.[0]) return undefined;
    run.push({ address: statement.address, value: statement.value });
  }
  return run;
}

type SteppedStatement = Extract<Statement, { kind: 'int' }>;

/** `chain + coefficient * variable`, the chain being fixed in the loop. */
function isStepped(statement: Statement, variable: string): statement is SteppedStatement {
  return statement.kind === 'int' && !statement.divisor && coefficientIn(statement.value, variable) !== 0;
}

function coefficientIn(affine: Affine, variable: string): number {
  return affine.terms.find(([name]) => name === variable)?.[1] ?? 0;
}

/** Does the loop run at least once, whatever its surroundings? */
function isCertain(loop: Extract<Statement, { kind: 'loop' }>): boolean {
  if (loop.divided) return false;
  const [from, to] = [loop.from[0]!, loop.to[0]!];
  if (loop.from.length + loop.to.length > 2 || from.divisor * to.divisor > 1) return false;
  const { terms, constant } = affineAdd(from.affine, to.affine, -1);
  return terms.length === 0 && constant > 0;
}

function sameBound(a: BoundTerm, b: BoundTerm): boolean {
  return a.divisor === b.divisor && JSON.stringify(a.affine) === JSON.stringify(b.affine);
}
