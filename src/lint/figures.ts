/** @file The figures that rules ask for, computed when one is asked for. */
import { multiplyAdds, shareOnInput } from '../analysis/cost.ts';
import { type AxisWindows, placeWindows, type ReceptiveField, receptiveFields } from '../analysis/receptive-field.ts';
import { type Interval, seenFrom } from '../analysis/windows.ts';
import type { Node } from '../ir/graph.ts';
import { memoize } from '../ir/memoize.ts';
import type { Layer, Model } from '../semantics/model.ts';

export interface Figures {
  /** What a place of a value sees of the input; null where that is everything. */
  fieldOf(node: Node): ReceptiveField | null | undefined;
  /** The pixel in the middle of what the places of a map see, on average; nothing where they see everything. */
  centreOf(node: Node): readonly number[] | undefined;
  /** The last pixel of what they see, on average. */
  endOf(node: Node): readonly number[] | undefined;
  macsOf(layer: Layer): number;
  /** Which part of what a layer reads lies on its input, and is no padding. */
  shareOnInputOf(layer: Layer): number;
}

export function figuresOf(model: Model): Figures {
  return {
    fieldOf: (node) => fields(model).get(node),
    centreOf: (node) =>
      windows(model)
        .get(node)
        ?.map((axis) => meanOf(axis, ([first, last]) => (first + last) / 2)),
    endOf: (node) =>
      windows(model)
        .get(node)
        ?.map((axis) => meanOf(axis, ([, last]) => last)),
    macsOf: ({ name }) => multiplyAdds(model.graph).get(name) ?? 0,
    shareOnInputOf: ({ name }) => shares(model).get(name) ?? 1,
  };
}

const fields: (model: Model) => ReturnType<typeof receptiveFields> = memoize(receptiveFields);
const windows: (model: Model) => ReturnType<typeof placeWindows> = memoize(placeWindows);

/** Places that an upsampling makes of one see the same, to the left and right of it: their mean is where it is. */
function meanOf({ windows, extent }: AxisWindows, pixel: (seen: Interval) => number): number {
  const seen = Array.from({ length: extent }, (_, place) => seenFrom(windows, place)).filter(
    (one) => one !== undefined,
  );
  return seen.reduce((sum, interval) => sum + pixel(interval), 0) / seen.length;
}

const shares: (model: Model) => ReadonlyMap<string, number> = memoize((model) => {
  const found = new Map<string, number>();
  for (const node of model.graph.nodes) {
    const share = shareOnInput(node);
    for (const { layer } of node.origins) found.set(layer, Math.min(share, found.get(layer) ?? 1));
  }
  return found;
});
