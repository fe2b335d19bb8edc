/**
 * @file Functions that exporters write with a guard: where x is large, softplus is x, as e^x has no room in a float. The language's own
 * needs none. Comparisons have no other use here.
 */
import { isStep, refuse, type Step, uniform } from '../values.ts';
import type { Layer } from './node-reader.ts';

/** No word of the language: what it tells may be asked by `Where` alone. */
export const COMPARISON = '>';

const greater: Layer = (reader) => {
  const x = reader.feature(0);
  const bound = uniform(reader.needed(1));
  if (bound === undefined) refuse('its bound differs from place to place');
  return reader.infix(x, COMPARISON, bound, x.shape);
};

/** From there on softplus is its argument, in 32 bits. */
const LARGE = 15;

const chosen: Layer = (reader) => {
  const [test, x, otherwise] = reader.inputs;
  if (!test || !isStep(test) || test.word !== COMPARISON) refuse('it chooses by what is no comparison with a number');
  const isGuard = Number(test.operands[1]) >= LARGE && test.operands[0] === x;
  if (!isGuard || !otherwise || !isStep(otherwise) || otherwise.word !== 'softplus' || otherwise.operands[0] !== x)
    refuse('it is no guard of softplus');
  return otherwise;
};

/** Whether only `Where` can make something of a step. */
export const isComparison = ({ form, word }: Step): boolean => form === 'infix' && word === COMPARISON;

export const GUARDS: Readonly<Record<string, Layer>> = { Greater: greater, Where: chosen };
