/**
 * @file What a lane is. That a value is varying says that it differs from image to image; how it lies in memory, and what a
 * vector of it holds, is said by its lanes.
 */
import type { Node } from '../ir/graph.ts';
import { type Lanes, type Layout, layoutInLanes } from '../loop/layout.ts';

export type LanesOf = (node: Node) => Lanes;

/** Many images at a time: each has a lane. */
export const lanesOfImages: LanesOf = ({ varying }) => (varying ? 'images' : 'none');

/** How the values of a program lie in memory. */
export interface ValueLayouts {
  readonly lanesOf: LanesOf;
  /** Lanes of a block. */
  readonly width: number;
  /** How many outer dimensions of a value may be padded. */
  readonly padded: ReadonlyMap<Node, number>;
}

/** Of a value, or where one of its dimensions is `contracted`, of as much of it as is held at a time. */
export function layoutOfValue(node: Node, { lanesOf, width, padded }: ValueLayouts, contracted?: number): Layout {
  const held = node.shape.map((extent, dimension) => (dimension === contracted ? 1 : extent));
  return layoutInLanes(held, lanesOf(node), width, padded.get(node));
}
