/** @file Pooling: a window reduced to its largest or its mean value, each channel by itself. */
import { affineAdd, affineAxis, plainIndex } from '../ir/affine.ts';
import type { Node } from '../ir/graph.ts';
import type { Scalar } from '../ir/scalar.ts';
import type { AttributeSpec, OperatorContext, OperatorDefinition } from './operator.ts';
import { KERNEL, mapShape, PAD_DOC, type Window, windowConstants, windowOf } from './window.ts';

const ATTRIBUTES: readonly AttributeSpec[] = [
  KERNEL,
  {
    name: 'stride',
    type: 'pair',
    minimum: 1,
    default: undefined,
    doc: 'step of the window; the kernel size if left out',
  },
  { name: 'pad', type: 'padding', default: 'valid', doc: PAD_DOC },
  { name: 'ceil', type: 'boolean', default: false, doc: 'round the output size up instead of down' },
];

const WINDOW = 'x[c, sv*i + p - top, sh*j + q - left]';

export const maxpool: OperatorDefinition = {
  name: 'maxpool',
  summary: 'Largest value of each window; the gradient goes to the winner, the first of equals.',
  formula: 'y[c, i, j] = max(p, q) x[c, s*i + p - P, s*j + q - P]',
  kind: 'layer',
  inputs: 1,
  attributes: ATTRIBUTES,
  example: 'features -> maxpool(2)',
  build(context) {
    const window = pooled(context, 'maxpool');
    return context.apply(
      `op maxpool(x[c, h, w]) -> y[c, i, j] = max(p, q) ${WINDOW}`,
      context.inputs,
      optionsOf(window),
    );
  },
};

export const avgpool: OperatorDefinition = {
  name: 'avgpool',
  summary: 'Mean of each window; padding counts as zeros, what `ceil` adds beyond it does not count.',
  formula: 'y[c, i, j] = sum(p, q) x[c, s*i + p - P, s*j + q - P] / (kh * kw)',
  kind: 'layer',
  inputs: 1,
  attributes: ATTRIBUTES,
  example: 'features -> avgpool(2)',
  build(context) {
    const [, height, width] = mapShape(context, 'avgpool');
    const window = pooled(context, 'avgpool');
    const { kernel, stride, output, pad } = window;
    const padded = [height + pad[0] + pad[2], width + pad[1] + pad[3]] as const;
    const overhangs = [0, 1].some((d) => (output[d]! - 1) * stride[d]! + kernel[d]! > padded[d]!);
    const options = optionsOf(window);
    if (!overhangs)
      return context.apply(
        `op avgpool(x[c, h, w]) -> y[c, i, j] = (sum(p, q) ${WINDOW}) / ${kernel[0] * kernel[1]}`,
        context.inputs,
        options,
      );
    const rows = tapCount(context, 'rows', output[0], kernel[0], stride[0], padded[0]);
    const columns = tapCount(context, 'columns', output[1], kernel[1], stride[1], padded[1]);
    return context.apply(
      `op avgpool(x[c, h, w], rows[i], columns[j]) -> y[c, i, j] = (sum(p, q) ${WINDOW}) / (rows[i] * columns[j])`,
      [...context.inputs, rows, columns],
      options,
    );
  },
};

/** How many taps of each window lie on the padded map: it depends on nothing but the position. */
function tapCount(
  context: OperatorContext,
  name: string,
  size: number,
  kernel: number,
  stride: number,
  padded: number,
): Node {
  const tap = affineAdd(affineAxis('i', stride), affineAxis('p'));
  const body: Scalar = {
    kind: 'reduce',
    operator: 'sum',
    axes: [{ name: 'p', extent: kernel }],
    batch: false,
    body: { kind: 'inside', index: plainIndex(tap), extent: padded },
  };
  return context.formula([], [{ name: 'i', extent: size }], body, name);
}

export const globalavgpool: OperatorDefinition = {
  name: 'globalavgpool',
  summary: 'Mean of each channel over its whole map; gives a vector of channels.',
  formula: 'y[c] = sum(i, j) x[c, i, j] / (h * w)',
  kind: 'layer',
  inputs: 1,
  attributes: [],
  example: 'features -> globalavgpool -> dense(10)',
  build(context) {
    const [, height, width] = mapShape(context, 'globalavgpool');
    return context.apply(
      `op globalavgpool(x[c, i, j]) -> y[c] = (sum(i, j) x[c, i, j]) / ${height * width}`,
      context.inputs,
    );
  },
};

function pooled(context: OperatorContext, operator: string): Window {
  const [, height, width] = mapShape(context, operator);
  const window = windowOf(context, height, width);
  const [top, left, bottom, right] = window.pad;
  const [kh, kw] = window.kernel;
  if (top >= kh || bottom >= kh || left >= kw || right >= kw)
    context.fail({
      code: 'CNN3004',
      message: `padding ${window.pad.join(', ')} makes windows of ${kh}x${kw} that see nothing but padding`,
      attribute: 'pad',
      help: 'pad by less than the kernel size',
    });
  return window;
}

function optionsOf(window: Window) {
  const [i, j] = window.output;
  const [p, q] = window.kernel;
  return { constants: windowConstants(window), extents: { i, j, p, q } };
}
