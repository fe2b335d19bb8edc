/**
 * @file What a lane is. That a value is varying says that it differs from image to image; how it lies in memory, and what a
 * vector of it holds, is said by its lanes.
 */
import type { Graph, Node } from '../ir/graph.ts';
import { type Layout, layoutInLanes } from '../loop/layout.ts';
import { type LanesOf, paddedDimensions } from './padded-dimensions.ts';

/** How the values of a program lie in memory. */
export interface ValueLayouts {
  readonly lanesOf: LanesOf;
  /** The axis of a formula along which it is computed a vector at a time, where images have no lanes. */
  readonly laneAxisOf: (node: Node) => string | undefined;
  /** Lanes of a block. */
  readonly width: number;
  /** How many outer dimensions of a value may be padded. */
  readonly padded: ReadonlyMap<Node, number>;
}

/** Many images at a time: each has a lane. */
export const lanesOfImages: LanesOf = ({ varying }) => (varying ? 'images' : 'none');

export function layoutsOfImages(graph: Graph, width: number): ValueLayouts {
  const padded = paddedDimensions(graph, lanesOfImages);
  return { lanesOf: lanesOfImages, laneAxisOf: () => undefined, width, padded };
}

/** Of a value, or where one of its dimensions is `contracted`, of as much of it as is held at a time. */
export function layoutOfValue(node: Node, { lanesOf, width, padded }: ValueLayouts, contracted?: number): Layout {
  const held = node.shape.map((extent, dimension) => (dimension === contracted ? 1 : extent));
  return layoutInLanes(held, lanesOf(node), width, padded.get(node));
}
