/** @file What convolution and pooling share: a window that slides over a map. Sizes are one for each axis. */
import { type PaddingValue, type Sides, type Sizes, sizes } from '../specs/attributes.ts';
import { type MapAxes, mapKind } from './map-axes.ts';
import type { OperatorContext } from './operator.ts';

export interface Window {
  readonly kernel: Sizes;
  readonly stride: Sizes;
  readonly dilation: Sizes;
  readonly pad: Sides;
  /** Size of the result. */
  readonly output: Sizes;
}

export const PAD_DOC =
  '`valid` (none), `same` (output is input / stride rounded up, the odd pixel at the bottom and right), `full` (every ' +
  'overlap), `causal` (of a signal: nothing is read before its time), a number, a pair `2x1`, ' +
  '`[top, left, bottom, right]`, or of a signal `[left, right]`';

export const KERNEL = sizes({ minimum: 1, doc: 'size of the window' });

/** What a sliding window is made of; the stride is the kernel unless given. */
export type WindowValues = {
  readonly kernel: Sizes;
  readonly stride: Sizes | undefined;
  readonly pad: PaddingValue;
  readonly dilation?: Sizes;
  readonly ceil?: boolean;
};

export function windowOf(context: OperatorContext<WindowValues>, map: MapAxes): Window {
  const { attributes } = context;
  const { kernel, stride = kernel, dilation = kernel.map(() => 1) } = attributes;
  const pad = resolvePadding(attributes.pad, kernel, stride, dilation, map.sizes);
  const [before, after] = [map.before(pad), map.after(pad)];
  const reach = kernel.map((size, k) => dilation[k]! * (size - 1) + 1);
  const padded = map.sizes.map((size, k) => size + before[k]! + after[k]!);
  if (reach.some((size, k) => size > padded[k]!))
    return context.fail({
      code: 'CNN3002',
      message: `a window of ${reach.join('x')} does not fit into a ${map.kind.name} of ${padded.join('x')}`,
      attribute: 'kernel',
      notes: [`the input is ${map.sizes.join('x')}, the padding ${pad.join(', ')} (${map.sideNames})`],
      help: smallerKernel(kernel, map.sizes),
    });
  const output = padded.map((size, k) => outputSize(size, reach[k]!, stride[k]!, before[k]!, attributes));
  context.resolves({ stride, pad });
  return { kernel, stride, dilation, pad, output };
}

/** On a map of one row or column the window may have one, too. */
function smallerKernel(kernel: Sizes, map: Sizes): string {
  const thin = map.indexOf(1);
  const fits = kernel.every((size, k) => k === thin || size <= map[k]!);
  if (map.length === 1 || thin < 0 || !fits) return 'use a smaller kernel, or `pad: same`';
  const fitting = kernel.map((size, k) => (k === thin ? 1 : size)).join('x');
  return `the map has a ${mapKind(map.length).dimensions[thin]} of 1: use a window of \`${fitting}\``;
}

/** With `ceil` a last window may hang over the edge, but must start inside the map or its leading padding. */
function outputSize(padded: number, reach: number, stride: number, before: number, attributes: WindowValues): number {
  const steps = (padded - reach) / stride;
  if (!attributes.ceil) return Math.floor(steps) + 1;
  const size = Math.ceil(steps) + 1;
  const trailing = attributes.pad === 'same' || attributes.pad === 'causal' ? 0 : before;
  return (size - 1) * stride >= padded - trailing ? size - 1 : size;
}

export function resolvePadding(pad: PaddingValue, kernel: Sizes, stride: Sizes, dilation: Sizes, size: Sizes): Sides {
  if (typeof pad === 'object') return pad;
  const none = kernel.map(() => 0);
  if (pad === 'valid') return [...none, ...none];
  const reach = kernel.map((taps, k) => dilation[k]! * (taps - 1));
  if (pad === 'full') return [...reach, ...reach];
  // The last tap lies at the place itself.
  if (pad === 'causal') return [...reach, ...none];
  const total = size.map((extent, k) => {
    const output = Math.ceil(extent / stride[k]!);
    return Math.max((output - 1) * stride[k]! + reach[k]! + 1 - extent, 0);
  });
  const before = total.map((sum) => Math.floor(sum / 2));
  return [...before, ...total.map((sum, k) => sum - before[k]!)];
}

/** The tap `p` of place `i`, along each axis. */
export const TAP = 's*i + d*p - before';

/** Names and extents that the window formulas use. */
export function windowConstants(map: MapAxes, { stride, dilation, pad }: Window): Record<string, number> {
  return map.values({ s: stride, d: dilation, before: map.before(pad) });
}
