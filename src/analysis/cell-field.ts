/** @file What one place of a map sees: the box of the input that its value depends on. */
import type { Shape } from '../ir/graph.ts';
import type { Layer, Model } from '../semantics/model.ts';
import { placeWindows } from './receptive-field.ts';
import { type Interval, seenFrom } from './windows.ts';

/** Along one axis of the input, in pixels; padding has places below 0 and from the extent on. */
export interface SeenAxis {
  readonly seen: Interval;
  /** Of the input. */
  readonly extent: number;
}

export interface CellField {
  readonly layer: string;
  /** Along the axes of the map; empty for a value without any. */
  readonly place: readonly number[];
  readonly output: Shape;
  readonly input: { readonly name: string; readonly shape: Shape };
  /** The box, from the first axis of the map on; null: it sees the whole input. Empty where it sees no pixel at all. */
  readonly box: readonly SeenAxis[] | null;
}

/** `place`: along the axes of the map, its middle unless given. The first input that is a map counts. */
export function cellField(
  model: Model,
  layer: Layer,
  place: readonly number[] = middleOf(layer.output.shape),
): CellField {
  const input = model.inputs.find(({ shape }) => axesOf(shape).length > 0) ?? model.inputs[0]!;
  const map = placeWindows(model).get(layer.output);
  const extents = axesOf(input.shape);
  const seen = map?.map(({ windows }, axis) => seenFrom(windows, place[axis] ?? 0));
  return {
    layer: layer.name,
    place,
    output: layer.output.shape,
    input,
    box: seen ? seen.flatMap((found, axis) => (found ? [{ seen: found, extent: extents[axis]! }] : [])) : null,
  };
}

/** All but the channels. */
export function axesOf(shape: Shape): Shape {
  return shape.slice(1);
}

function middleOf(shape: Shape): number[] {
  return axesOf(shape).map((extent) => Math.floor((extent - 1) / 2));
}
