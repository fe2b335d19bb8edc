/**
 * @file What an initialiser is: how the parameters of a layer start. Most are one distribution for all values of a
 * parameter; one that must see the whole of it has an `effect`, which modules carry that need it, and nothing else of its
 * file: an effect uses nothing but its arguments. So do normal numbers.
 */
import { type Attributes, number, type ValuesOf } from '../../specs/attributes.ts';
import type { Word } from '../word.ts';

/** What a parameter is drawn from. */
export interface Draw {
  /** A distribution, or the name of an initialiser that has an `effect`. */
  readonly kind: 'constant' | 'uniform' | 'normal' | 'truncated_normal' | (string & {});
  /** The constant, the bound, or the standard deviation (before values beyond twice that are drawn again). */
  readonly value: number;
}

/** Connections of a unit, to what comes before and to what follows. */
export interface Connections {
  readonly fanIn: number;
  readonly fanOut: number;
}

export interface RandomNumbers {
  uniform(low: number, high: number): number;
}

export interface InitializerEffect {
  /** Writes the values of a parameter of this shape, row by row; `value` is that of `Draw`. */
  fill(values: Float32Array, shape: readonly number[], random: RandomNumbers, value: number): void;
}

export interface Initializer<Set extends Attributes = Attributes> extends Word<Set> {
  /** Absent: the `effect` says how it starts. */
  draw?(values: ValuesOf<Set>, connections: Connections): Draw;
  readonly effect?: InitializerEffect;
  /** For what has rows and columns alone. */
  readonly matrices?: true;
}

/** The largest number that a parameter can be. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Any number that a parameter can be. */
export const anyNumber = (doc: string) => number({ doc, minimum: -LARGEST, maximum: LARGEST });

/** A width of a distribution. */
export const width = (doc: string) => number({ doc, minimum: 0, maximum: LARGEST });
