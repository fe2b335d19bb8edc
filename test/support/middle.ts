/** @file A part of a network to be tested in the middle of another. */
import type { Node } from '../../src/ir/graph.ts';
import type { NetworkBuilder } from './build-network.ts';

/** A layer between two convolutions; `x` is a map of 4 channels, 6x7, or a signal of 4 channels. */
export type Middle = (net: NetworkBuilder, x: Node) => Node;

/** One operator applied to `x`. */
export const layer =
  (operator: string, attributes: Record<string, unknown> = {}): Middle =>
  (net, x) =>
    net.layer(operator, x, attributes);
