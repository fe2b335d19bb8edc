/** @file What a setting of the `train` block is: a number, a word with arguments, or something that it reads in its own way. */
import type { Attribute } from '../../specs/attributes.ts';
import type { Word } from '../word.ts';

export interface Setting {
  readonly name: string;
  readonly summary: string;
  /** A line of a `train` block. */
  readonly example: string;
  /** What holds where it is not written, for people. */
  readonly otherwise: string;
  /** Of a setting that is a number: its bounds. */
  readonly value?: Attribute<number>;
  /** Of a setting that is a word: which there are. */
  readonly words?: readonly Word[];
  /** May stand once for each input. */
  readonly repeatable?: true;
}
