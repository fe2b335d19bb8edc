/**
 * @file Reading at sliding places, `x[c, 2*i + p - 1]`: one dimension of an operand read at a position of the result and a tap that
 * is summed over. Convolutions, their gradients and transposed convolutions are sums of products with such readings; what can be
 * computed in tiles and what other tools have a node for is told by the numbers in them.
 */
import { coefficientOf, type Index } from '../ir/affine.ts';
import type { Axis } from '../ir/scalar.ts';

/** Dimension `dimension` is read at `(stride * position + dilation * tap + offset) / divisor`. */
export interface Slide {
  readonly dimension: number;
  readonly position: Axis;
  readonly tap: Axis;
  readonly stride: number;
  readonly dilation: number;
  readonly offset: number;
  readonly divisor: number;
}

/** `positions`: the axes of the result; `taps`: those that are summed over. */
export function slideOf(
  { affine, divisor }: Index,
  dimension: number,
  taps: readonly Axis[],
  positions: readonly Axis[],
): Slide | undefined {
  if (affine.terms.length !== 2) return undefined;
  const named = (axes: readonly Axis[]) => axes.find(({ name }) => coefficientOf(affine, name) !== 0);
  const [tap, position] = [named(taps), named(positions)];
  if (!tap || !position) return undefined;
  const stride = coefficientOf(affine, position.name);
  const dilation = coefficientOf(affine, tap.name);
  return { dimension, position, tap, stride, dilation, offset: affine.constant, divisor };
}
