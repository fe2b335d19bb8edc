/** @file The window of a convolution or pooling, as numbers: one for each axis of the map. */
import type { Shape } from '../ir/graph.ts';
import type { Layer } from '../semantics/model.ts';
import type { Sides, Sizes } from '../specs/attributes.ts';

export interface Sliding {
  readonly kernel: Sizes;
  readonly stride: Sizes;
  /** Pixels from the first tap to the last, both counted. */
  readonly reach: Sizes;
  readonly dilation: Sizes;
  readonly pad: Sides;
  /** Size of the map that it slides over, and of the result. */
  readonly map: Sizes;
  readonly output: Sizes;
}

/** Nothing where the layer has no such window; those of transposed convolutions lie on the result. */
export function slidingOf({ resolved, inputs, output, operator }: Layer): Sliding | undefined {
  const { kernel, stride, pad } = resolved;
  const map = inputs[0] && placesOf(inputs[0].shape);
  const size = placesOf(output.shape);
  if (!map || map.length !== size?.length || operator === 'convtranspose') return undefined;
  if (!isSizes(kernel) || !isSizes(stride) || !isSizes(pad)) return undefined;
  const dilation = isSizes(resolved.dilation) ? resolved.dilation : map.map(() => 1);
  const reach = kernel.map((taps, axis) => dilation[axis]! * (taps - 1) + 1);
  return { kernel, stride, reach, dilation, pad, map, output: size };
}

/** The sizes of a map `[channels, height, width]` or a signal `[channels, length]`; nothing of another tensor. */
export function placesOf(shape: Shape): Sizes | undefined {
  return shape.length === 2 || shape.length === 3 ? shape.slice(1) : undefined;
}

/** Channels that a convolution mixes, and those that it makes; nothing for one in groups, or another layer. */
export function mixedChannels({
  operator,
  resolved,
  inputs,
  output,
}: Layer): readonly [inputs: number, outputs: number] | undefined {
  if (operator !== 'conv' || resolved.groups !== 1) return undefined;
  return [inputs[0]!.shape[0]!, output.shape[0]!];
}

function isSizes(value: unknown): value is Sizes {
  return Array.isArray(value);
}
