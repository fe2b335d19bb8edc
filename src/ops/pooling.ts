/** @file Pooling: a window reduced to its largest or its mean value, each channel by itself. */
import type { Node } from '../ir/graph.ts';
import { boolean, optional, type Pair, padding, pair } from '../specs/attributes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';
import { KERNEL, mapShape, PAD_DOC, type Window, type WindowValues, windowConstants, windowOf } from './window.ts';

export const POOL_ATTRIBUTES = {
  kernel: KERNEL,
  stride: optional(pair({ byPlace: true, minimum: 1, doc: 'step of the window; the kernel size if left out' })),
  pad: padding({ default: 'valid', doc: PAD_DOC }),
  ceil: boolean({ default: false, doc: 'round the output size up instead of down' }),
};

export const POOL_WINDOW = 'x[c, sv*i + dv*p - top, sh*j + dh*q - left]';

export const maxpool = defineOperator({
  name: 'maxpool',
  summary: 'Largest value of each window; the gradient goes to the winner, the first of equals.',
  formula: 'y[c, i, j] = max(p, q) x[c, s*i + d*p - P, s*j + d*q - P]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    ...POOL_ATTRIBUTES,
    dilation: pair({ minimum: 1, default: [1, 1], doc: 'distance between the taps of the window' }),
  },
  example: 'features -> maxpool(2)',
  traits: { keeps: 'range' },
  build(context) {
    const window = poolWindow(context, 'maxpool');
    return context.apply(
      `op maxpool(x[c, h, w]) -> y[c, i, j] = max(p, q) ${POOL_WINDOW}`,
      context.inputs,
      poolOptions(window),
    );
  },
});

export const avgpool = defineOperator({
  name: 'avgpool',
  summary: 'Mean of each window; padding counts as zeros, what `ceil` adds beyond it does not count.',
  formula: 'y[c, i, j] = sum(p, q) x[c, s*i + p - P, s*j + q - P] / (kh * kw)',
  kind: 'layer',
  inputs: 1,
  attributes: {
    ...POOL_ATTRIBUTES,
    count_padding: boolean({
      default: true,
      doc: 'whether padding counts; if not, a window at the border is the mean of its pixels alone',
    }),
  },
  example: 'features -> avgpool(2)',
  traits: { keeps: 'range' },
  build(context) {
    const window = poolWindow(context, 'avgpool');
    const counts = tapCounts(context, window, context.attributes.count_padding);
    const sum = `sum(p, q) ${POOL_WINDOW}`;
    if (typeof counts === 'number')
      return context.apply(
        `op avgpool(x[c, h, w]) -> y[c, i, j] = (${sum}) / ${counts}`,
        context.inputs,
        poolOptions(window),
      );
    return context.apply(
      `op avgpool(x[c, h, w], rows[i], columns[j]) -> y[c, i, j] = (${sum}) / (rows[i] * columns[j])`,
      [...context.inputs, ...counts],
      poolOptions(window),
    );
  },
});

/**
 * How many taps of each window count, by rows and by columns: those on the map, or on the map with its padding. One
 * number where that is the same for all windows.
 */
export function tapCounts(
  context: OperatorContext,
  window: Window,
  withPadding: boolean,
): number | readonly [rows: Node, columns: Node] {
  const { kernel, stride, output, pad } = window;
  const [, height, width] = context.inputs[0]!.shape as readonly [number, number, number];
  const sizes: Pair = withPadding ? [height + pad[0] + pad[2], width + pad[1] + pad[3]] : [height, width];
  const before: Pair = withPadding ? [0, 0] : [pad[0], pad[1]];
  const isFull = (d: 0 | 1) => before[d] === 0 && (output[d] - 1) * stride[d] + kernel[d] <= sizes[d];
  if (isFull(0) && isFull(1)) return kernel[0] * kernel[1];
  // They depend on nothing but the position: x is named and not read.
  const count = (d: 0 | 1, name: string) =>
    context.apply('op taps(x[c, h, w]) -> n[i] = sum(p) inside(step*i + p - before, size)', context.inputs, {
      name,
      constants: { step: stride[d], before: before[d], size: sizes[d] },
      extents: { i: output[d], p: kernel[d] },
    });
  return [count(0, 'rows'), count(1, 'columns')];
}

export const globalavgpool = defineOperator({
  name: 'globalavgpool',
  summary: 'Mean of each channel over its whole map; gives a vector of channels.',
  formula: 'y[c] = sum(i, j) x[c, i, j] / (h * w)',
  kind: 'layer',
  inputs: 1,
  attributes: {},
  example: 'features -> globalavgpool -> dense(10)',
  traits: { keeps: 'range' },
  build(context) {
    const [, height, width] = mapShape(context, 'globalavgpool');
    return context.apply(
      `op globalavgpool(x[c, i, j]) -> y[c] = (sum(i, j) x[c, i, j]) / ${height * width}`,
      context.inputs,
    );
  },
});

export const globalmaxpool = defineOperator({
  name: 'globalmaxpool',
  summary: 'Largest value of each channel on its whole map; gives a vector of channels.',
  formula: 'y[c] = max(i, j) x[c, i, j]',
  kind: 'layer',
  inputs: 1,
  attributes: {},
  example: 'features -> globalmaxpool -> dense(10)',
  traits: { keeps: 'range' },
  build(context) {
    mapShape(context, 'globalmaxpool');
    return context.apply('op globalmaxpool(x[c, i, j]) -> y[c] = max(i, j) x[c, i, j]', context.inputs);
  },
});

/** The window of a pooling layer, or a diagnostic: each must see a pixel. */
export function poolWindow(context: OperatorContext<WindowValues>, operator: string): Window {
  const [, ...size] = mapShape(context, operator);
  const window = windowOf(context, size[0], size[1]);
  if (isBlind(window, 0, size[0]) || isBlind(window, 1, size[1]))
    context.fail({
      code: 'CNN3004',
      message: `padding ${window.pad.join(', ')} makes windows of ${window.kernel.join('x')} that see nothing but padding`,
      attribute: 'pad',
      help: 'pad by less than the kernel size',
    });
  return window;
}

/** Whether a window along one axis has no tap on the map. */
function isBlind({ kernel, stride, dilation, pad, output }: Window, d: 0 | 1, size: number): boolean {
  const sees = (i: number) => {
    const start = stride[d] * i - pad[d];
    const first = Math.max(0, Math.ceil(-start / dilation[d]));
    return first < kernel[d] && start + dilation[d] * first < size;
  };
  for (let i = 0; i < output[d]; i++) if (!sees(i)) return true;
  return false;
}

export function poolOptions(window: Window) {
  const [i, j] = window.output;
  const [p, q] = window.kernel;
  return { constants: windowConstants(window), extents: { i, j, p, q } };
}
