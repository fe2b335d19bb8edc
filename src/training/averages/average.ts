/** @file What an average of the weights is: a formula behind the update of each step. */
import type { Attributes } from '../../specs/attributes.ts';
import type { Word } from '../word.ts';

export interface Average<Set extends Attributes = Attributes> extends Word<Set> {
  /**
   * The next value of the mean `average[k]` from the new weight `w[k]`, in the notation of `op`. Attributes are numbers. After
   * the first update the mean is the weight.
   */
  readonly mean: string;
}
