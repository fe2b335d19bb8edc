/** @file The order of numbers: Keras has channels last, and a map that was flattened remembers it. */
import { flattened, stage } from '../layer-steps.ts';
import { refuse, type Step } from '../values.ts';
import type { KerasPlace } from './values.ts';

export type KerasLayer = (place: KerasPlace) => Step;

export const single =
  (make: (x: Step, place: KerasPlace) => Step): KerasLayer =>
  (place) =>
    make(place.inputs[0] ?? refuse('it has no input'), place);

/** A vector whose numbers are those of a map in our order; where that matters, the order of Keras is made. */
export const flatMap = new WeakMap<Step, readonly number[]>();

/** The same in Keras's own order. */
export function exact(x: Step): Step {
  const shape = flatMap.get(x);
  if (!shape) return x;
  let before = x;
  while (flatMap.has(before)) before = before.operands[0] as Step;
  if (x.operands[0] === before) return flattened(channelsLast(before));
  return refuse('flattened channels go on in an order that has no counterpart');
}

export const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);

export const permuted = (x: Step, order: readonly number[]): Step =>
  stage(
    'permute',
    x,
    order.map((axis) => x.shape[axis]!),
    { arguments: [[...order]] },
  );

export const channelsLast = (x: Step): Step => (x.shape.length > 1 ? permuted(x, [...range(1, x.shape.length), 0]) : x);
export const channelsFirst = (x: Step): Step =>
  x.shape.length > 1 ? permuted(x, [x.shape.length - 1, ...range(0, x.shape.length - 1)]) : x;

/** A layer that works on each number alone leaves the order as it is. */
export const pointwise = (make: (x: Step, place: KerasPlace) => Step): KerasLayer =>
  single((x, place) => {
    const y = make(x, place);
    const shape = flatMap.get(x);
    if (shape && y !== x) flatMap.set(y, shape);
    return y;
  });
