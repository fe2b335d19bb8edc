/** @file Words about epochs that a run is too short for: a warm-up that fills it, a patience that outlasts it. */
import { named } from '../specs/attributes.ts';
import type { Chosen, Word } from './word.ts';

export interface Idle {
  readonly attribute: string;
  readonly epochs: number;
  /** The shortest run that would notice it. */
  readonly needs: number;
}

/** The attributes of a word that nothing follows from in a run of so many epochs. */
export function idleIn(epochs: number, { attributes }: Word, values: Chosen): readonly Idle[] {
  return named(attributes).flatMap(({ name, item, goesOn = item?.goesOn }) =>
    // Of a list the first says enough, and later ones are later.
    [values[name]].flat().flatMap((value) => {
      if (goesOn === undefined || typeof value !== 'number' || (value === 0 && goesOn === 0)) return [];
      const needs = Math.floor(value + goesOn) + 1;
      return epochs < needs ? [{ attribute: name, epochs: value, needs }] : [];
    }),
  );
}
