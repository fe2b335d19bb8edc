/** @file What limits gradients: formulas between the gradients of a step and its update. */
import type { Attributes } from '../../specs/attributes.ts';
import type { Word } from '../word.ts';

export interface Clip<Set extends Attributes = Attributes> extends Word<Set> {
  /**
   * The gradient that the optimiser gets for `g[k]`, in the notation of `op`. Attributes are numbers, and `norm` is the length
   * of all gradients of the network as one vector.
   */
  readonly gradient: string;
}
