/** @file The instructions of WebAssembly for operators and functions of the loop language. */
import type { Comparison } from '../../ir/scalar.ts';
import type { Instruction } from './encoder.ts';

export const COMPARISONS = {
  '<': 'lt',
  '<=': 'le',
  '==': 'eq',
  '!=': 'ne',
  '>': 'gt',
  '>=': 'ge',
} as const satisfies Record<Comparison, string>;

export const ARITHMETIC = { '+': 'f32x4.add', '-': 'f32x4.sub', '*': 'f32x4.mul', '/': 'f32x4.div' } as const;
export const SCALAR_ARITHMETIC = { '+': 'f32.add', '-': 'f32.sub', '*': 'f32.mul', '/': 'f32.div' } as const;

/** `pmax(a, b)` is b where a < b, else a: one machine instruction. NaN in a stays, which a constant b cannot be. */
export const AGAINST_CONSTANT: Readonly<Record<string, Instruction>> = { max: 'f32x4.pmax', min: 'f32x4.pmin' };

/** NaN in either operand of `max` and `min` is the result, so that a diverged value is not lost in a pool. */
export const VECTOR_CALLS: Readonly<Record<string, Instruction>> = {
  max: 'f32x4.max',
  min: 'f32x4.min',
  sqrt: 'f32x4.sqrt',
  abs: 'f32x4.abs',
  floor: 'f32x4.floor',
};

export const SCALAR_CALLS: Readonly<Record<string, Instruction>> = { sqrt: 'f32.sqrt', abs: 'f32.abs' };
