/**
 * @file Kernels as WebAssembly functions. A varying value is `lanes / 4` vectors of four floats; a uniform one is an f32,
 * and beside it a vector of four copies where varying arithmetic meets it. Every buffer is a parameter, the byte at
 * which it begins, so that layers of the same shape share one function. Inner loops advance their addresses by addition.
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';
import type { Affine } from '../../ir/affine.ts';
import type { Comparison } from '../../ir/scalar.ts';
import { hoistAddresses } from '../../loop/hoist-addresses.ts';
import {
  type BoundTerm,
  type Buffer,
  type Condition,
  type Expression,
  type Kernel,
  operandsOf,
  type Statement,
  varianceOf,
} from '../../loop/ir.ts';
import { FunctionBuilder, type Instruction } from './encoder.ts';

export interface WasmKernelOptions {
  readonly lanes: number;
  /** Index of the helper function that computes a pointwise function on four floats. */
  readonly helper: (name: string) => number;
}

const FLOAT = 4;
const VECTOR = 16;

/** Parameters: for each of the kernel's buffers the byte where it begins. */
export function compileKernel(kernel: Kernel, options: WasmKernelOptions): FunctionBuilder {
  const builder = new FunctionBuilder(
    kernel.name,
    kernel.buffers.map(() => 'i32'),
  );
  const compiler = new KernelCompiler(builder, options, kernel.buffers);
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

interface LocalPlace {
  /** Of the f32, or -1. */
  readonly scalar: number;
  /** Of each vector; for a uniform value one vector of four copies. */
  readonly vectors: readonly number[];
}

class KernelCompiler {
  readonly #ints = new Map<string, number>();
  readonly #locals = new Map<string, LocalPlace>();
  /** Uniform locals that varying arithmetic reads, and that uniform arithmetic reads. */
  readonly #spread = new Set<string>();
  readonly #plain = new Set<string>();
  readonly #vectors: number;

  constructor(
    readonly builder: FunctionBuilder,
    readonly options: WasmKernelOptions,
    buffers: readonly Buffer[],
  ) {
    this.#vectors = options.lanes / 4;
    buffers.forEach((_, k) => {
      this.#ints.set(baseName(k), k);
    });
  }

  /** Finds out how each uniform local is used. */
  prepare(statements: readonly Statement[]): void {
    for (const statement of statements) {
      if (statement.kind === 'loop') this.prepare(statement.body);
      else if (statement.kind === 'store')
        this.#noteUses(
          statement.value,
          statement.buffer.variance === 'varying' || varianceOf(statement.value) === 'varying',
        );
      else if (statement.kind === 'accumulate') this.#noteUses(statement.value, true);
      else if (statement.kind !== 'int') this.#noteUses(statement.value, statement.variance === 'varying');
    }
  }

  #noteUses(expression: Expression, varying: boolean): void {
    if (expression.kind === 'local') {
      if (expression.variance === 'uniform') (varying ? this.#spread : this.#plain).add(expression.name);
      return;
    }
    // Uniform parts of a varying expression are computed as scalars and then spread.
    const inside = varying && varianceOf(expression) === 'varying';
    for (const operand of operandsOf(expression)) this.#noteUses(operand, expression.kind === 'laneSum' || inside);
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
        this.#affine(statement.value);
        this.builder.set(this.#int(statement.name));
        return;
      case 'accumulate':
        return this.#accumulate(statement);
      case 'let':
      case 'var':
      case 'assign':
        return this.#assign(statement);
      case 'store':
        return this.#store(statement);
    }
  }

  #int(name: string): number {
    let local = this.#ints.get(name);
    if (local === undefined) {
      local = this.builder.local('i32');
      this.#ints.set(name, local);
    }
    return local;
  }

  /** Addresses that move with the loop variable are stepped; everything else of the prelude is computed in the loop. */
  #loop(loop: Extract<Statement, { kind: 'loop' }>): void {
    const { builder } = this;
    const variable = this.#int(loop.variable);
    this.#bounds(loop.from, 'up', 'i32.gt_s');
    builder.set(variable);
    const end = this.#endOf(loop);
    const stepped = loop.body.filter((statement) => isStepped(statement, loop.variable));
    for (const statement of stepped) {
      this.#affine(statement.value);
      builder.set(this.#int(statement.name));
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
      builder.get(this.#int(name));
      builder.integer(coefficientIn(value, loop.variable) * loop.step);
      builder.op('i32.add');
      builder.set(this.#int(name));
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
    if (loop.to.length === 1 && only!.affine.terms.length === 0 && only!.divisor === 1)
      return () => builder.integer(only!.affine.constant);
    const local = builder.local('i32');
    this.#bounds(loop.to, 'down', 'i32.lt_s');
    builder.set(local);
    return () => builder.get(local);
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
    this.#affine(affine);
    if (divisor === 1) return;
    builder.op('f64.convert_i32_s');
    builder.double(divisor);
    builder.op('f64.div');
    builder.op(direction === 'up' ? 'f64.ceil' : 'f64.floor');
    builder.op('i32.trunc_f64_s');
  }

  #affine(affine: Affine): void {
    const { builder } = this;
    let pushed = false;
    for (const [name, coefficient] of affine.terms) {
      builder.get(this.#int(name));
      if (coefficient !== 1) {
        builder.integer(coefficient);
        builder.op('i32.mul');
      }
      if (pushed) builder.op('i32.add');
      pushed = true;
    }
    if (!pushed) return builder.integer(affine.constant);
    if (affine.constant === 0) return;
    builder.integer(affine.constant);
    builder.op('i32.add');
  }

  #assign(statement: Extract<Statement, { kind: 'let' | 'var' | 'assign' }>): void {
    const { name, variance, value } = statement;
    if (statement.kind === 'var' && statement.folded) {
      const vector = this.builder.local('v128');
      this.#locals.set(name, { scalar: -1, vectors: [vector] });
      this.#spreadUniform(value);
      return this.builder.set(vector);
    }
    const place = this.#place(name, variance);
    if (variance === 'varying') {
      // Vector v of the value reads vector v of the local at most, so the others may be set already.
      const vectors = statement.kind === 'let' && statement.width ? statement.width / 4 : this.#vectors;
      for (let v = 0; v < vectors; v++) {
        this.#varying(value, v);
        this.builder.set(place.vectors[v]!);
      }
      return;
    }
    if (place.scalar < 0) {
      this.#spreadUniform(value);
      this.builder.set(place.vectors[0]!);
      return;
    }
    this.#uniform(value);
    this.builder.set(place.scalar);
    if (place.vectors.length === 0) return;
    this.builder.get(place.scalar);
    this.builder.op('f32x4.splat');
    this.builder.set(place.vectors[0]!);
  }

  #place(name: string, variance: 'uniform' | 'varying'): LocalPlace {
    let place = this.#locals.get(name);
    if (!place) {
      const vectors = variance === 'varying' ? this.#vectors : this.#spread.has(name) ? 1 : 0;
      const needsScalar = variance === 'uniform' && (vectors === 0 || this.#plain.has(name));
      place = {
        scalar: needsScalar ? this.builder.local('f32') : -1,
        vectors: Array.from({ length: vectors }, () => this.builder.local('v128')),
      };
      this.#locals.set(name, place);
    }
    return place;
  }

  /** Every vector of the value onto the one vector of the sum. */
  #accumulate({ name, value, width = this.options.lanes }: Extract<Statement, { kind: 'accumulate' }>): void {
    const sum = this.#locals.get(name)!.vectors[0]!;
    for (let v = 0; v < width / 4; v++) {
      const local: Expression = { kind: 'local', name, variance: 'varying', folded: true };
      this.#arithmetic({ kind: 'arithmetic', operator: '+', left: local, right: value }, v);
      this.builder.set(sum);
    }
  }

  #store({ buffer, address, value, mode }: Extract<Statement, { kind: 'store' }>): void {
    const { builder } = this;
    if (buffer.variance === 'varying') {
      if (mode === 'add') throw new InternalError('wasm', 'a varying sum over the batch');
      for (let v = 0; v < this.#vectors; v++) {
        this.#base(address);
        this.#varying(value, v);
        builder.store('v128', address.constant + v * VECTOR);
      }
      return;
    }
    this.#base(address);
    if (mode === 'add') {
      this.#base(address);
      builder.load('f32', address.constant);
    }
    this.#uniform(value);
    if (mode === 'add') builder.op('f32.add');
    builder.store('f32', address.constant);
  }

  /** The variable part of an address; its constant is the offset of the access. */
  #base(address: Affine): void {
    const [term] = address.terms;
    if (term) this.builder.get(this.#int(term[0]));
    else this.builder.integer(0);
  }

  /** Pushes vector `v` of a value. */
  #varying(expression: Expression, v: number): void {
    const { builder } = this;
    if (varianceOf(expression) === 'uniform') return this.#spreadUniform(expression);
    switch (expression.kind) {
      case 'local':
        return builder.get(this.#place(expression.name, 'varying').vectors[expression.folded ? 0 : v]!);
      case 'load':
        this.#base(expression.address);
        return builder.load('v128', expression.address.constant + v * VECTOR);
      case 'arithmetic':
        return this.#arithmetic(expression, v);
      case 'call':
        for (const argument of expression.arguments) this.#varying(argument, v);
        return this.#callVector(expression.name, expression.arguments.at(-1)!.kind === 'constant');
      case 'select':
        this.#varying(expression.whenTrue, v);
        this.#varying(expression.whenFalse, v);
        this.#varying(expression.left, v);
        this.#varying(expression.right, v);
        builder.op(`f32x4.${COMPARISONS[expression.comparison]}`);
        return builder.op('v128.bitselect');
      case 'guarded':
        this.#conditions(expression.conditions);
        builder.if('v128');
        this.#varying(expression.value, v);
        builder.op('else');
        builder.float(0);
        builder.op('f32x4.splat');
        return builder.op('end');
      case 'random':
        return this.#random(expression, v);
      default:
        throw new InternalError('wasm', `a varying ${expression.kind}`);
    }
  }

  /** A sum with a product on either side can become one fused multiply-add; its place is remembered. */
  #arithmetic(expression: Extract<Expression, { kind: 'arithmetic' }>, v: number): void {
    const { builder } = this;
    const { operator, left, right } = expression;
    const product = operator === '+' ? [right, left].find(isVaryingProduct) : undefined;
    if (!product) {
      this.#varying(left, v);
      this.#varying(right, v);
      return builder.op(ARITHMETIC[operator]);
    }
    this.#varying(product.left, v);
    this.#varying(product.right, v);
    const multiply = builder.code.length;
    builder.op('f32x4.mul');
    this.#varying(product === right ? left : right, v);
    builder.fusible.push([multiply, builder.code.length]);
    builder.op('f32x4.add');
  }

  #callVector(name: string, againstConstant = false): void {
    const { builder } = this;
    const native = againstConstant ? (AGAINST_CONSTANT[name] ?? VECTOR_CALLS[name]) : VECTOR_CALLS[name];
    if (native) builder.op(native);
    else builder.call(this.options.helper(name));
  }

  /** Pushes four copies of a uniform value. */
  #spreadUniform(expression: Expression): void {
    const { builder } = this;
    if (expression.kind === 'load') {
      this.#base(expression.address);
      return builder.load('splat', expression.address.constant);
    }
    if (expression.kind === 'local') {
      const { vectors } = this.#place(expression.name, 'uniform');
      if (vectors.length > 0) return builder.get(vectors[0]!);
    }
    this.#uniform(expression);
    builder.op('f32x4.splat');
  }

  /** Pushes the f32. */
  #uniform(expression: Expression): void {
    const { builder } = this;
    switch (expression.kind) {
      case 'constant':
        return builder.float(expression.value);
      case 'local': {
        const place = this.#place(expression.name, 'uniform');
        if (place.scalar >= 0) return builder.get(place.scalar);
        builder.get(place.vectors[0]!);
        return builder.extractLane(0);
      }
      case 'position':
        this.#affine(expression.index);
        return builder.op('f32.convert_i32_s');
      case 'load':
        this.#base(expression.address);
        return builder.load('f32', expression.address.constant);
      case 'arithmetic':
        this.#uniform(expression.left);
        this.#uniform(expression.right);
        return builder.op(SCALAR_ARITHMETIC[expression.operator]);
      case 'call':
        return this.#callScalar(expression);
      case 'select':
        this.#uniform(expression.whenTrue);
        this.#uniform(expression.whenFalse);
        this.#uniform(expression.left);
        this.#uniform(expression.right);
        builder.op(`f32.${COMPARISONS[expression.comparison]}`);
        return builder.op('select');
      case 'guarded':
        this.#conditions(expression.conditions);
        builder.if('f32');
        this.#uniform(expression.value);
        builder.op('else');
        builder.float(0);
        return builder.op('end');
      case 'laneSum':
        return this.#laneSum(expression.operand);
      default:
        throw new InternalError('wasm', `a uniform ${expression.kind}`);
    }
  }

  /** Scalars take the way of the vectors, so that both round alike. */
  #callScalar(expression: Extract<Expression, { kind: 'call' }>): void {
    const { builder } = this;
    const native = SCALAR_CALLS[expression.name];
    for (const argument of expression.arguments) {
      this.#uniform(argument);
      if (!native) builder.op('f32x4.splat');
    }
    if (native) return builder.op(native);
    this.#callVector(expression.name);
    builder.extractLane(0);
  }

  /** Pushes the sum of the lanes: vectors first, then (l0 + l2) + (l1 + l3). */
  #laneSum(operand: Expression): void {
    const { builder } = this;
    const total = builder.local('v128');
    this.#vectorSum(operand);
    builder.set(total);
    const pair = (first: number, second: number) => {
      for (const lane of [first, second]) {
        builder.get(total);
        builder.extractLane(lane);
      }
      builder.op('f32.add');
    };
    pair(0, 2);
    pair(1, 3);
    builder.op('f32.add');
  }

  /** Pushes the sum of the vectors of a value, halves onto halves. */
  #vectorSum(operand: Expression, from = 0, count = this.#vectors): void {
    if (count === 1 || (operand.kind === 'local' && operand.folded)) return this.#varying(operand, from);
    this.#vectorSum(operand, from, count / 2);
    this.#vectorSum(operand, from + count / 2, count / 2);
    this.builder.op('f32x4.add');
  }

  /** Four neighbouring sums over lanes at once, by transposing: the same additions in the same order. */
  #storeSums(stores: readonly SumStore[]): void {
    const { builder } = this;
    const sums = stores.map(({ value }) => {
      const local = builder.local('v128');
      this.#vectorSum(value.operand);
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
    this.#base(address);
    this.#base(address);
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

  /** `random` of the loop language, on four lanes of integers. */
  #random({ seed, stream, element }: Extract<Expression, { kind: 'random' }>, v: number): void {
    const { builder } = this;
    const hash = builder.local('v128');
    const times = (factor: number) => {
      builder.integer(factor);
      builder.op('i32x4.splat');
      builder.op('i32x4.mul');
    };
    const mix = (shift: number) => {
      builder.set(hash);
      builder.get(hash);
      builder.get(hash);
      builder.integer(shift);
      builder.op('i32x4.shr_u');
      builder.op('v128.xor');
    };
    this.#varying(seed, v);
    builder.op('i32x4.trunc_sat_f32x4_s');
    times(0x9e3779b1);
    builder.integer(Math.imul(stream + 1, 0x85ebca77));
    this.#affine(element);
    builder.integer(0xc2b2ae3d);
    builder.op('i32.mul');
    builder.op('i32.xor');
    builder.op('i32x4.splat');
    builder.op('v128.xor');
    mix(16);
    times(0x85ebca6b);
    mix(13);
    times(0xc2b2ae35);
    mix(16);
    builder.integer(8);
    builder.op('i32x4.shr_u');
    builder.op('f32x4.convert_i32x4_s');
    builder.float(2 ** -24);
    builder.op('f32x4.splat');
    builder.op('f32x4.mul');
  }

  /** Pushes 1 where all hold. */
  #conditions(conditions: readonly Condition[]): void {
    const { builder } = this;
    conditions.forEach(({ index, divisor, extent }, k) => {
      // As an unsigned number a negative index is beyond every extent.
      this.#affine(index);
      builder.integer(extent * divisor);
      builder.op('i32.lt_u');
      if (divisor !== 1) {
        this.#affine(index);
        builder.integer(divisor);
        builder.op('i32.rem_s');
        builder.op('i32.eqz');
        builder.op('i32.and');
      }
      if (k > 0) builder.op('i32.and');
    });
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
  return statement.kind === 'int' && coefficientIn(statement.value, variable) !== 0;
}

function coefficientIn(affine: Affine, variable: string): number {
  return affine.terms.find(([name]) => name === variable)?.[1] ?? 0;
}

/** Does the loop run at least once, whatever its surroundings? */
function isCertain(loop: Extract<Statement, { kind: 'loop' }>): boolean {
  const [from, to] = [loop.from[0]!, loop.to[0]!];
  const simple = [...loop.from, ...loop.to].every(({ affine, divisor }) => affine.terms.length === 0 && divisor === 1);
  return simple && loop.from.length === 1 && loop.to.length === 1 && from.affine.constant < to.affine.constant;
}

function sameBound(a: BoundTerm, b: BoundTerm): boolean {
  return a.divisor === b.divisor && JSON.stringify(a.affine) === JSON.stringify(b.affine);
}

type Product = Extract<Expression, { kind: 'arithmetic' }>;

function isVaryingProduct(expression: Expression): expression is Product {
  return expression.kind === 'arithmetic' && expression.operator === '*' && varianceOf(expression) === 'varying';
}

const COMPARISONS = { '<': 'lt', '<=': 'le', '==': 'eq', '!=': 'ne', '>': 'gt', '>=': 'ge' } as const satisfies Record<
  Comparison,
  string
>;

const ARITHMETIC = { '+': 'f32x4.add', '-': 'f32x4.sub', '*': 'f32x4.mul', '/': 'f32x4.div' } as const;
const SCALAR_ARITHMETIC = { '+': 'f32.add', '-': 'f32.sub', '*': 'f32.mul', '/': 'f32.div' } as const;

/** `pmax(a, b)` is b where a < b, else a: one machine instruction. NaN in a stays, which a constant b cannot be. */
const AGAINST_CONSTANT: Readonly<Record<string, Instruction>> = { max: 'f32x4.pmax', min: 'f32x4.pmin' };

/** NaN in either operand of `max` and `min` is the result, so that a diverged value is not lost in a pool. */
const VECTOR_CALLS: Readonly<Record<string, Instruction>> = {
  max: 'f32x4.max',
  min: 'f32x4.min',
  sqrt: 'f32x4.sqrt',
  abs: 'f32x4.abs',
  floor: 'f32x4.floor',
};

const SCALAR_CALLS: Readonly<Record<string, Instruction>> = { sqrt: 'f32.sqrt', abs: 'f32.abs' };
