/** @file The window of a convolution or pooling, as numbers. */
import type { Layer } from '../semantics/model.ts';
import type { Pair, Sides } from '../specs/attributes.ts';

export interface Sliding {
  readonly kernel: Pair;
  readonly stride: Pair;
  /** Pixels from the first tap to the last, both counted. */
  readonly reach: Pair;
  readonly dilation: Pair;
  readonly pad: Sides;
  /** Height and width of the map that it slides over, and of the result. */
  readonly map: Pair;
  readonly output: Pair;
}

/** Nothing where the layer has no such window; those of transposed convolutions lie on the result. */
export function slidingOf({ resolved, inputs, output, operator }: Layer): Sliding | undefined {
  const { kernel, stride, pad, dilation = [1, 1] } = resolved;
  const shape = inputs[0]?.shape;
  if (!isPair(kernel) || !isPair(stride) || !isPair(dilation) || !isSides(pad)) return undefined;
  if (operator === 'convtranspose' || shape?.length !== 3 || output.shape.length !== 3) return undefined;
  const reach: Pair = [dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1];
  const size = (of: readonly number[]): Pair => [of[1]!, of[2]!];
  return { kernel, stride, reach, dilation, pad, map: size(shape), output: size(output.shape) };
}

/** Channels that a convolution mixes, and those that it makes; nothing for one in groups, or another layer. */
export function mixedChannels({ operator, resolved, inputs, output }: Layer): Pair | undefined {
  if (operator !== 'conv' || resolved.groups !== 1) return undefined;
  return [inputs[0]!.shape[0]!, output.shape[0]!];
}

export const AXES = [0, 1] as const;

function isPair(value: unknown): value is Pair {
  return Array.isArray(value) && value.length === 2;
}

function isSides(value: unknown): value is Sides {
  return Array.isArray(value) && value.length === 4;
}
