/**
 * @file Expressions of kernels as WebAssembly: a varying one vector by vector, a uniform one as an f32 or, where varying
 * arithmetic meets it, as four copies. Also the locals that hold them.
 */
import { InternalError } from '../../diagnostics/diagnostic.ts';
import type { Affine } from '../../ir/affine.ts';
import { type Condition, type Expression, type Local, operandsOf, varianceOf } from '../../loop/ir.ts';
import type { FunctionBuilder } from './encoder.ts';
import { isSumWithProduct, isVaryingProduct, isZero } from './operand-kinds.ts';
import {
  AGAINST_CONSTANT,
  ARITHMETIC,
  COMPARISONS,
  SCALAR_ARITHMETIC,
  SCALAR_CALLS,
  VECTOR_CALLS,
} from './operations.ts';
import { showPair } from './show-pair.ts';

export interface WasmKernelOptions {
  readonly lanes: number;
  /** The two registers of a block are to be joined to one: see `showPair`. */
  readonly paired?: boolean;
  /** Index of the helper function that computes a pointwise function on four floats. */
  readonly helper: (name: string) => number;
}

export const FLOAT = 4;
export const VECTOR = 16;

export interface LocalPlace {
  /** Of the f32, or -1. */
  readonly scalar: number;
  /** Of each vector; for a uniform value one vector of four copies. */
  readonly vectors: readonly number[];
}

export class ExpressionCompiler {
  readonly #ints = new Map<string, number>();
  readonly #locals = new Map<string, LocalPlace>();
  /** Of sums in f64: an f64, or vectors of two. */
  readonly #wide = new Map<string, readonly number[]>();
  /** Uniform locals that varying arithmetic reads, and that uniform arithmetic reads. */
  readonly #spread = new Set<string>();
  readonly #plain = new Set<string>();
  /** Of vector 0, for the others of the block. */
  readonly #constants = new Map<Expression, number>();
  readonly vectors: number;

  constructor(
    readonly builder: FunctionBuilder,
    readonly options: WasmKernelOptions,
  ) {
    this.vectors = options.lanes / 4;
  }

  /** Makes a parameter of the function known under a name. */
  nameInteger(name: string, local: number): void {
    this.#ints.set(name, local);
  }

  /** One register for a sum whose lanes are folded as it goes. */
  declareFolded(name: string): number {
    const vector = this.builder.local('v128');
    this.#locals.set(name, { scalar: -1, vectors: [vector] });
    return vector;
  }

  /** Sets a sum in f64 to 0. */
  declareWide({ name, variance, folded }: Pick<Local, 'name' | 'variance' | 'folded'>): void {
    const { builder } = this;
    const count = variance === 'uniform' ? 1 : folded ? 2 : 2 * this.vectors;
    const type = variance === 'uniform' ? 'f64' : 'v128';
    const locals = Array.from({ length: count }, () => builder.local(type));
    this.#wide.set(name, locals);
    if (variance === 'uniform') builder.double(0);
    else this.spreadUniform({ kind: 'constant', value: 0 });
    for (const local of locals.slice(1)) builder.tee(local);
    builder.set(locals[0]!);
  }

  /** Adds a sum of f32 to one of f64. */
  widen(name: string, value: Local): void {
    const { builder } = this;
    const totals = this.#wide.get(name)!;
    const uniform = value.variance === 'uniform';
    if (totals.length === 2) this.showPair(value);
    const halves = uniform ? 1 : value.folded ? 2 : 2 * this.vectors;
    for (let k = 0; k < halves; k++) {
      // All vectors of a value onto the one of a folded total.
      const total = totals[k % totals.length]!;
      if (uniform) this.uniform(value);
      else this.varying(value, k >> 1);
      // The upper half.
      if (k % 2 === 1) {
        this.varying(value, k >> 1);
        builder.shuffle([2, 3, 2, 3]);
      }
      builder.op(uniform ? 'f64.promote_f32' : 'f64x2.promote_low_f32x4');
      builder.get(total);
      builder.op(uniform ? 'f64.add' : 'f64x2.add');
      builder.set(total);
    }
  }

  /** Pushes vector `v` of a sum in f64, rounded; of a uniform one the f32. */
  #rounded({ name, variance, folded }: Local, v: number): void {
    const { builder } = this;
    const totals = this.#wide.get(name)!;
    if (variance === 'uniform') {
      builder.get(totals[0]!);
      return builder.op('f32.demote_f64');
    }
    for (const half of [0, 1]) {
      builder.get(totals[2 * (folded ? 0 : v) + half]!);
      builder.op('f32x4.demote_f64x2_zero');
    }
    builder.shuffle([0, 1, 4, 5]);
  }

  /** Takes note of how the uniform locals of an expression are used. */
  noteUses(expression: Expression, varying: boolean): void {
    if (expression.kind === 'local') {
      if (expression.wide) return;
      if (expression.variance === 'uniform') (varying ? this.#spread : this.#plain).add(expression.name);
      return;
    }
    // Uniform parts of a varying expression are computed as scalars and then spread.
    const inside = varying && varianceOf(expression) === 'varying';
    for (const operand of operandsOf(expression)) this.noteUses(operand, expression.kind === 'laneSum' || inside);
  }

  int(name: string): number {
    let local = this.#ints.get(name);
    if (local === undefined) {
      local = this.builder.local('i32');
      this.#ints.set(name, local);
    }
    return local;
  }

  affine(affine: Affine): void {
    const { builder } = this;
    let pushed = false;
    for (const [name, coefficient] of affine.terms) {
      builder.get(this.int(name));
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

  place(name: string, variance: 'uniform' | 'varying'): LocalPlace {
    let place = this.#locals.get(name);
    if (!place) {
      const vectors = variance === 'varying' ? this.vectors : this.#spread.has(name) ? 1 : 0;
      const needsScalar = variance === 'uniform' && (vectors === 0 || this.#plain.has(name));
      place = {
        scalar: needsScalar ? this.builder.local('f32') : -1,
        vectors: Array.from({ length: vectors }, () => this.builder.local('v128')),
      };
      this.#locals.set(name, place);
    }
    return place;
  }

  /** The variable part of an address; its constant is the offset of the access. */
  base(address: Affine): void {
    const [term] = address.terms;
    if (term) this.builder.get(this.int(term[0]));
    else this.builder.integer(0);
  }

  /** Pushes vector `v` of a value. */
  varying(expression: Expression, v: number): void {
    const { builder } = this;
    if (expression.kind === 'constant') return this.#constant(expression, v);
    if (varianceOf(expression) === 'uniform') return this.spreadUniform(expression);
    switch (expression.kind) {
      case 'local':
        if (expression.wide) return this.#rounded(expression, v);
        return builder.get(this.place(expression.name, 'varying').vectors[expression.folded ? 0 : v]!);
      case 'load':
        this.base(expression.address);
        return builder.load('v128', expression.address.constant + v * VECTOR);
      case 'arithmetic':
        return this.arithmetic(expression, v);
      case 'call':
        for (const argument of expression.arguments) this.varying(argument, v);
        return this.#callVector(expression.name, expression.arguments.at(-1)!.kind === 'constant');
      case 'select':
        return this.#select(expression, v);
      case 'guarded':
        this.#conditions(expression.conditions);
        builder.if('v128');
        this.varying(expression.value, v);
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

  /** Vectors of a block share a constant: what engines are to join into one wider instruction must have the same operand. */
  #constant(expression: Extract<Expression, { kind: 'constant' }>, v: number): void {
    const { builder } = this;
    const known = this.#constants.get(expression);
    if (v > 0 && known !== undefined) return builder.get(known);
    this.spreadUniform(expression);
    if (v > 0 || this.vectors === 1) return;
    const local = known ?? builder.local('v128');
    this.#constants.set(expression, local);
    builder.tee(local);
  }

  /** Where one side is 0 a mask does it: engines make more of it than of a choice between two. */
  #select(expression: Extract<Expression, { kind: 'select' }>, v: number): void {
    const { builder } = this;
    const { whenTrue, whenFalse, left, right, comparison } = expression;
    const orZero = isZero(whenFalse);
    const zeroOr = !orZero && isZero(whenTrue);
    if (!zeroOr) this.varying(whenTrue, v);
    if (!orZero) this.varying(whenFalse, v);
    this.varying(left, v);
    this.varying(right, v);
    builder.op(`f32x4.${COMPARISONS[comparison]}`);
    builder.op(orZero ? 'v128.and' : zeroOr ? 'v128.andnot' : 'v128.bitselect');
  }

  /** A sum with a product on either side can become one fused multiply-add; its place is remembered. */
  arithmetic(expression: Extract<Expression, { kind: 'arithmetic' }>, v: number): void {
    const { builder } = this;
    const { operator, left, right } = expression;
    const product = operator === '+' ? [right, left].find(isVaryingProduct) : undefined;
    if (!product) {
      this.varying(left, v);
      this.varying(right, v);
      return builder.op(ARITHMETIC[operator]);
    }
    const other = product === right ? left : right;
    // Of pairs within each other only one can be fused: a sum of several products waits in a local.
    const earlier = isSumWithProduct(other) ? builder.local('v128') : undefined;
    if (earlier !== undefined) {
      this.varying(other, v);
      builder.set(earlier);
    }
    this.varying(product.left, v);
    this.varying(product.right, v);
    const multiply = builder.code.length;
    builder.op('f32x4.mul');
    if (earlier === undefined) this.varying(other, v);
    else builder.get(earlier);
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
  spreadUniform(expression: Expression): void {
    const { builder } = this;
    if (expression.kind === 'load') {
      this.base(expression.address);
      return builder.load('splat', expression.address.constant);
    }
    if (expression.kind === 'local' && !expression.wide) {
      const { vectors } = this.place(expression.name, 'uniform');
      if (vectors.length > 0) return builder.get(vectors[0]!);
    }
    this.uniform(expression);
    builder.op('f32x4.splat');
  }

  /** Pushes the f32. */
  uniform(expression: Expression): void {
    const { builder } = this;
    switch (expression.kind) {
      case 'constant':
        return builder.float(expression.value);
      case 'local': {
        if (expression.wide) return this.#rounded(expression, 0);
        const place = this.place(expression.name, 'uniform');
        if (place.scalar >= 0) return builder.get(place.scalar);
        builder.get(place.vectors[0]!);
        return builder.extractLane(0);
      }
      case 'position':
        this.affine(expression.index);
        return builder.op('f32.convert_i32_s');
      case 'load':
        this.base(expression.address);
        return builder.load('f32', expression.address.constant);
      case 'arithmetic':
        this.uniform(expression.left);
        this.uniform(expression.right);
        return builder.op(SCALAR_ARITHMETIC[expression.operator]);
      case 'call':
        return this.#callScalar(expression);
      case 'select':
        this.uniform(expression.whenTrue);
        this.uniform(expression.whenFalse);
        this.uniform(expression.left);
        this.uniform(expression.right);
        builder.op(`f32.${COMPARISONS[expression.comparison]}`);
        return builder.op('select');
      case 'guarded':
        this.#conditions(expression.conditions);
        builder.if('f32');
        this.uniform(expression.value);
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
      this.uniform(argument);
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
    this.showPair(operand);
    this.vectorSum(operand);
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

  /** See `show-pair.ts`. */
  showPair(sum: Expression): void {
    if (!this.options.paired || sum.kind !== 'local' || sum.variance === 'uniform' || sum.folded || sum.wide) return;
    const { vectors } = this.place(sum.name, 'varying');
    if (vectors.length === 2) showPair(this.builder, vectors[0]!, vectors[1]!);
  }

  /** Pushes the sum of the vectors of a value, halves onto halves. */
  vectorSum(operand: Expression, from = 0, count = this.vectors): void {
    if (count === 1 || (operand.kind === 'local' && operand.folded)) return this.varying(operand, from);
    this.vectorSum(operand, from, count / 2);
    this.vectorSum(operand, from + count / 2, count / 2);
    this.builder.op('f32x4.add');
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
    this.varying(seed, v);
    builder.op('i32x4.trunc_sat_f32x4_s');
    times(0x9e3779b1);
    builder.integer(Math.imul(stream + 1, 0x85ebca77));
    this.affine(element);
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
      this.affine(index);
      builder.integer(extent * divisor);
      builder.op('i32.lt_u');
      if (divisor !== 1) {
        this.affine(index);
        builder.integer(divisor);
        builder.op('i32.rem_s');
        builder.op('i32.eqz');
        builder.op('i32.and');
      }
      if (k > 0) builder.op('i32.and');
    });
  }
}
