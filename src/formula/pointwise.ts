/** @file What a pointwise function is. */
import type { Scalar } from '../ir/scalar.ts';

interface Pointwise {
  readonly name: string;
  readonly arity: number;
  /** One factor per argument, in terms of the value `y` where that saves work: then the argument need not be kept. */
  readonly derivative: (args: readonly Scalar[], y: Scalar) => readonly Scalar[];
  /** Mathematics for readers, `x`, `a` and `b` being the arguments. */
  readonly meaning: string;
}

/** What every target prints. */
export interface Primitive extends Pointwise {
  readonly evaluate: (...args: number[]) => number;
}

/** What is written in simpler functions. */
export interface Defined extends Pointwise {
  readonly expand: (...args: Scalar[]) => Scalar;
}

export type PointwiseFunction = Primitive | Defined;
