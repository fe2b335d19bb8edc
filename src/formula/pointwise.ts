/** @file What a pointwise function is. */
import type { Scalar } from '../ir/scalar.ts';

/** A number behind x: in a formula an argument that may be left out, of a layer an attribute. */
export interface FunctionSetting {
  readonly name: string;
  readonly default: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly doc: string;
}

interface Pointwise {
  readonly name: string;
  /** Settings included. */
  readonly arity: number;
  /** The last arguments, which are constants: no derivative by them is known. */
  readonly settings?: readonly FunctionSetting[];
  /** One factor per argument, in terms of the value `y` where that saves work: then the argument need not be kept. */
  readonly derivative: (args: readonly Scalar[], y: Scalar) => readonly Scalar[];
  /** Mathematics for readers, `x`, `a` and `b` being the arguments. */
  readonly meaning: string;
}

/** What every target prints. */
export interface Primitive extends Pointwise {
  readonly evaluate: (...args: number[]) => number;
  /** Simpler functions that do where arguments are certain constants. */
  readonly shorten?: (...args: Scalar[]) => Scalar | undefined;
}

/** What is written in simpler functions. */
export interface Defined extends Pointwise {
  readonly expand: (...args: Scalar[]) => Scalar;
}

export type PointwiseFunction = Primitive | Defined;
