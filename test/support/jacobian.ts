/** @file What a value depends on, found by moving the image: the support of its Jacobian. */
import { elementCount, type Node } from '../../src/ir/graph.ts';
import type { Model } from '../../src/semantics/model.ts';
import { evaluateNaively } from './naive.ts';

/** Positive weights cannot cancel. */
function weightsOf(model: Model): Record<string, number[]> {
  let seed = 1;
  const next = () => {
    seed = (seed * 16807) % 2147483647;
    return 0.5 + seed / 2147483647;
  };
  const states = model.layers.flatMap((layer) => layer.states);
  return Object.fromEntries(states.map(({ name, shape }) => [name, Array.from({ length: elementCount(shape) }, next)]));
}

/** By more than roundings, as those of a weight that is 0 but for them. */
function isMoved(value: number, before: number): boolean {
  return Math.abs(value - before) > 1e-12 * (1 + Math.abs(before));
}

export type Interval = readonly [first: number, last: number] | undefined;

/** Which place along its dimension an element is at, the elements being numbered in row-major order. */
function placeOf(shape: readonly number[], dimension: number, element: number): number {
  return Math.floor(element / elementCount(shape.slice(dimension + 1))) % shape[dimension]!;
}

/**
 * What each place of a map along one axis depends on, as places of the image along that axis: what moves it when they are
 * moved. `up` is enough where the only maxima are of what grows with the image.
 */
export function support(model: Model, y: Node, axis: number, moves: 'both' | 'up' = 'both'): Interval[] {
  const image = model.inputs[0]!;
  const weights = weightsOf(model);
  const lines = image.shape[1 + axis]!;
  const perImage = elementCount(image.shape);
  const copies = 1 + (moves === 'up' ? 1 : 2) * lines;
  const images = Array.from({ length: copies * perImage }, (_, k) => Math.sin((k % perImage) + 1) / 50);
  for (let line = 0; line < lines; line++)
    for (let k = 0; k < perImage; k++) {
      // Channels by different amounts, which no mean over them can hide.
      const amount = placeOf(image.shape, 1 + axis, k) === line ? 1 + placeOf(image.shape, 0, k) / 3 : 0;
      // Up, so that it wins every maximum, and down, so that it loses.
      images[(1 + line) * perImage + k]! += amount;
      if (moves === 'both') images[(1 + lines + line) * perImage + k]! -= amount;
    }
  const values = evaluateNaively(model.graph, { count: copies, data: { [image.name]: images, ...weights } }).get(y)!;
  const size = elementCount(y.shape);
  const dimension = y.shape.length - (image.shape.length - 1) + axis;
  return Array.from({ length: y.shape[dimension]! }, (_, position) => {
    const seen: number[] = [];
    for (let copy = 1; copy < copies; copy++)
      for (let k = 0; k < size; k++)
        if (placeOf(y.shape, dimension, k) === position && isMoved(values[copy * size + k]!, values[k]!))
          seen.push((copy - 1) % lines);
    return seen.length > 0 ? [Math.min(...seen), Math.max(...seen)] : undefined;
  });
}
