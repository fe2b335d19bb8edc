/** @file A function on four floats, written as expressions of vectors. */
import { FunctionBuilder, type Instruction } from './encoder.ts';

/** Pushes a vector. */
export type Value = () => void;

/** A function of one vector or, `arity` being 2, of two. */
export class VectorFunction {
  readonly builder: FunctionBuilder;
  readonly x: Value;

  constructor(name: string, arity: 1 | 2 = 1) {
    this.builder = new FunctionBuilder(name, new Array<'v128'>(arity).fill('v128'), 'v128');
    this.x = () => this.builder.get(0);
  }

  constant(value: number): Value {
    return () => {
      this.builder.float(value);
      this.builder.op('f32x4.splat');
    };
  }

  bits(value: number): Value {
    return () => {
      this.builder.integer(value);
      this.builder.op('i32x4.splat');
    };
  }

  apply(instruction: Instruction, ...operands: Value[]): Value {
    return () => {
      for (const operand of operands) operand();
      this.builder.op(instruction);
    };
  }

  add = (a: Value, b: Value): Value => this.apply('f32x4.add', a, b);
  subtract = (a: Value, b: Value): Value => this.apply('f32x4.sub', a, b);
  multiply = (a: Value, b: Value): Value => this.apply('f32x4.mul', a, b);

  /** Shift by a constant number of bits. */
  shift(instruction: 'i32x4.shl' | 'i32x4.shr_u' | 'i32x4.shr_s', value: Value, count: number): Value {
    return () => {
      value();
      this.builder.integer(count);
      this.builder.op(instruction);
    };
  }

  /** Computes a value once. */
  keep(value: Value): Value {
    const local = this.builder.local('v128');
    value();
    this.builder.set(local);
    return () => this.builder.get(local);
  }

  select(condition: Value, whenTrue: Value, whenFalse: Value): Value {
    return this.apply('v128.bitselect', whenTrue, whenFalse, condition);
  }

  /** Horner's rule, highest coefficient first. */
  polynomial(x: Value, coefficients: readonly number[]): Value {
    const [first, ...rest] = coefficients;
    return rest.reduce<Value>((sum, c) => this.add(this.multiply(sum, x), this.constant(c)), this.constant(first!));
  }
}
