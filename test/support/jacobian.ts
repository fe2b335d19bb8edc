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

/**
 * Rows and columns of the image that each place of a map depends on: what moves it when they are moved. `up` is enough
 * where the only maxima are of what grows with the image.
 */
export function support(model: Model, y: Node, axis: number, moves: 'both' | 'up' = 'both'): Interval[] {
  const image = model.inputs[0]!;
  const [channels, height, width] = image.shape as readonly [number, number, number];
  const weights = weightsOf(model);
  const lines = axis === 0 ? height : width;
  const perImage = channels * height * width;
  const copies = 1 + (moves === 'up' ? 1 : 2) * lines;
  const images = Array.from({ length: copies * perImage }, (_, k) => Math.sin((k % perImage) + 1) / 50);
  for (let line = 0; line < lines; line++)
    for (let k = 0; k < perImage; k++) {
      const place = axis === 0 ? Math.floor(k / width) % height : k % width;
      // Channels by different amounts, which no mean over them can hide.
      const amount = place === line ? 1 + Math.floor(k / (height * width)) / 3 : 0;
      // Up, so that it wins every maximum, and down, so that it loses.
      images[(1 + line) * perImage + k]! += amount;
      if (moves === 'both') images[(1 + lines + line) * perImage + k]! -= amount;
    }
  const values = evaluateNaively(model.graph, { count: copies, data: { [image.name]: images, ...weights } }).get(y)!;
  const size = elementCount(y.shape);
  const [rows, columns] = y.shape.slice(-2) as [number, number];
  return Array.from({ length: axis === 0 ? rows : columns }, (_, position) => {
    const seen: number[] = [];
    for (let copy = 1; copy < copies; copy++)
      for (let k = 0; k < size; k++) {
        const place = axis === 0 ? Math.floor(k / columns) % rows : k % columns;
        if (place === position && isMoved(values[copy * size + k]!, values[k]!)) seen.push((copy - 1) % lines);
      }
    return seen.length > 0 ? [Math.min(...seen), Math.max(...seen)] : undefined;
  });
}
