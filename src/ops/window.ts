/**
 * @file What convolution and pooling share: a window that slides over a map. Sizes are vertical then horizontal.
 */
import { sourceOf } from '../ir/graph.ts';
import { type PaddingValue, type Pair, pair, type Sides } from '../specs/attributes.ts';
import type { OperatorContext } from './operator.ts';

export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly pad: Sides;
  /** Size of the result. */
  readonly output: Pair;
}

export const PAD_DOC =
  '`valid` (none), `same` (output is input / stride rounded up, the odd pixel at the bottom and right), `full` (every ' +
  'overlap), a number, a pair `2x1`, or `[top, left, bottom, right]`';

export const KERNEL = pair({ minimum: 1, doc: 'size of the window' });

/** What a sliding window is made of; the stride is the kernel unless given. */
export type WindowValues = {
  readonly kernel: Pair;
  readonly stride: Pair | undefined;
  readonly pad: PaddingValue;
  readonly dilation?: Pair;
  readonly ceil?: boolean;
};

export function windowOf(context: OperatorContext<WindowValues>, height: number, width: number): Window {
  const { attributes } = context;
  const { kernel, stride = kernel, dilation = [1, 1] } = attributes;
  const pad = resolvePadding(attributes.pad, kernel, stride, dilation, [height, width]);
  const reach: Pair = [dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1];
  const padded: Pair = [height + pad[0] + pad[2], width + pad[1] + pad[3]];
  if (reach[0] > padded[0] || reach[1] > padded[1])
    return context.fail({
      code: 'CNN3002',
      message: `a window of ${reach[0]}x${reach[1]} does not fit into a map of ${padded[0]}x${padded[1]}`,
      attribute: 'kernel',
      notes: [`the input is ${height}x${width}, the padding ${pad.join(', ')} (top, left, bottom, right)`],
      help: smallerKernel(kernel, [height, width]),
    });
  const output = [0, 1].map((d) => outputSize(padded[d]!, reach[d]!, stride[d]!, pad[d]!, attributes));
  context.resolves({ stride, pad });
  return { kernel, stride, dilation, pad, output: [output[0]!, output[1]!] };
}

/** On a map of one row or column the window may have one, too. */
function smallerKernel(kernel: Pair, map: Pair): string {
  const thin = map[0] === 1 ? 0 : 1;
  if (map[thin] !== 1 || kernel[1 - thin]! > map[1 - thin]!) return 'use a smaller kernel, or `pad: same`';
  const fitting = kernel.map((size, k) => (k === thin ? 1 : size)).join('x');
  return `the map has a ${['height', 'width'][thin]} of 1: use a window of \`${fitting}\``;
}

/** With `ceil` a last window may hang over the edge, but must start inside the map or its leading padding. */
function outputSize(padded: number, reach: number, stride: number, before: number, attributes: WindowValues): number {
  const steps = (padded - reach) / stride;
  if (!attributes.ceil) return Math.floor(steps) + 1;
  const size = Math.ceil(steps) + 1;
  const trailing = attributes.pad === 'same' ? 0 : before;
  return (size - 1) * stride >= padded - trailing ? size - 1 : size;
}

export function resolvePadding(pad: PaddingValue, kernel: Pair, stride: Pair, dilation: Pair, size: Pair): Sides {
  if (pad === 'valid') return [0, 0, 0, 0];
  const reach = [dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)] as const;
  if (pad === 'full') return [reach[0], reach[1], reach[0], reach[1]];
  if (pad !== 'same') return pad;
  const total = [0, 1].map((d) => {
    const output = Math.ceil(size[d]! / stride[d]!);
    return Math.max((output - 1) * stride[d]! + reach[d]! + 1 - size[d]!, 0);
  });
  const before = total.map((sum) => Math.floor(sum / 2));
  return [before[0]!, before[1]!, total[0]! - before[0]!, total[1]! - before[1]!];
}

/** Channels, height and width of the only input, or a diagnostic. */
export function mapShape(context: OperatorContext, operator: string): readonly [number, number, number] {
  const { shape } = context.inputs[0]!;
  if (shape.length !== 3)
    return context.fail({
      code: 'CNN3001',
      message: `\`${operator}\` needs a map [channels, height, width], found [${shape.join(', ')}]`,
      help: mapHelp(context, operator),
    });
  return [shape[0]!, shape[1]!, shape[2]!];
}

function mapHelp({ inputs }: OperatorContext, operator: string): string {
  const { shape } = inputs[0]!;
  const source = sourceOf(inputs[0]!);
  if (source?.role === 'image') {
    const whole = [1, 1, ...shape].slice(-3);
    return `declare \`input ${source.name}: [${whole.join(', ')}]\`: channels, height, width; windows then are \`1x5\``;
  }
  if (shape.length !== 1) return 'give it three dimensions: `-> reshape([channels, height, width])`';
  return `put \`${operator}\` before the layer that flattens`;
}

/** Names and extents that the window formulas use. */
export function windowConstants(window: Window): Record<string, number> {
  return {
    sv: window.stride[0],
    sh: window.stride[1],
    dv: window.dilation[0],
    dh: window.dilation[1],
    top: window.pad[0],
    left: window.pad[1],
  };
}
