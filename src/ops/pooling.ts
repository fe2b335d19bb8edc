/** @file Pooling: a window reduced to its largest or its mean value, each channel by itself. */
import { product } from '../common/shape.ts';
import type { Node } from '../ir/graph.ts';
import { boolean, optional, padding, sizes } from '../specs/attributes.ts';
import { type MapAxes, mapAxes } from './map-axes.ts';
import { defineOperator, type OperatorContext } from './operator.ts';
import { KERNEL, PAD_DOC, TAP, type Window, type WindowValues, windowConstants, windowOf } from './window.ts';

export const POOL_ATTRIBUTES = {
  kernel: KERNEL,
  stride: optional(sizes({ byPlace: true, minimum: 1, doc: 'step of the window; the kernel size if left out' })),
  pad: padding({ default: 'valid', doc: PAD_DOC }),
  ceil: boolean({ default: false, doc: 'round the output size up instead of down' }),
};

/** What the window of place i reads of `x`, and the head of the formula that it stands in. */
export function poolTexts(map: MapAxes) {
  return {
    x: `x[c, ${map.each('h')}]`,
    y: `y[c, ${map.each('i')}]`,
    taps: map.each('p'),
    tap: `x[c, ${map.each(TAP)}]`,
  };
}

export const maxpool = defineOperator({
  name: 'maxpool',
  summary: 'Largest value of each window; the gradient goes to the winner, the first of equals.',
  formula: 'y[c, i, j] = max(p, q) x[c, s*i + d*p - P, s*j + d*q - P]',
  kind: 'layer',
  inputs: 1,
  attributes: {
    ...POOL_ATTRIBUTES,
    dilation: sizes({ minimum: 1, default: [1], doc: 'distance between the taps of the window' }),
  },
  example: 'features -> maxpool(2)',
  traits: { keeps: 'range' },
  build(context) {
    const { map, window } = poolWindow(context, 'maxpool');
    const { x, y, taps, tap } = poolTexts(map);
    return context.apply(`op maxpool(${x}) -> ${y} = max(${taps}) ${tap}`, context.inputs, poolOptions(map, window));
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
    const { map, window } = poolWindow(context, 'avgpool');
    const counts = tapCounts(context, map, window, context.attributes.count_padding);
    const { x, y, taps, tap } = poolTexts(map);
    const sum = `sum(${taps}) ${tap}`;
    const options = poolOptions(map, window);
    if (typeof counts === 'number')
      return context.apply(`op avgpool(${x}) -> ${y} = (${sum}) / ${counts}`, context.inputs, options);
    return context.apply(
      `op avgpool(${x}, ${map.each('counts[i]')}) -> ${y} = (${sum}) / (${map.each('counts[i]', ' * ')})`,
      [...context.inputs, ...counts],
      options,
    );
  },
});

/**
 * How many taps of each window count, along each axis: those on the map, or on the map with its padding. One number where
 * that is the same for all windows.
 */
export function tapCounts(
  context: OperatorContext,
  map: MapAxes,
  { kernel, stride, output, pad }: Window,
  withPadding: boolean,
): number | readonly Node[] {
  const [before, after] = [map.before(pad), map.after(pad)];
  const sizes = withPadding ? map.sizes.map((size, k) => before[k]! + size + after[k]!) : map.sizes;
  const starts = withPadding ? before.map(() => 0) : before;
  const isFull = sizes.every((size, k) => starts[k] === 0 && (output[k]! - 1) * stride[k]! + kernel[k]! <= size);
  if (isFull) return product(kernel);
  // They depend on nothing but the position: x is named and not read.
  const text = `op taps(x[c, ${map.each('h')}]) -> n[i] = sum(p) inside(step*i + p - before, size)`;
  return sizes.map((size, k) =>
    context.apply(text, context.inputs, {
      name: map.text(k, 'counts'),
      constants: { step: stride[k]!, before: starts[k]!, size },
      extents: { i: output[k]!, p: kernel[k]! },
    }),
  );
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
    const map = mapAxes(context, 'globalavgpool');
    const places = map.each('i');
    return context.apply(
      `op globalavgpool(x[c, ${places}]) -> y[c] = (sum(${places}) x[c, ${places}]) / ${product(map.sizes)}`,
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
    const places = mapAxes(context, 'globalmaxpool').each('i');
    const text = `op globalmaxpool(x[c, ${places}]) -> y[c] = max(${places}) x[c, ${places}]`;
    return context.apply(text, context.inputs);
  },
});

/** The window of a pooling layer, or a diagnostic: each must see a pixel. */
export function poolWindow(context: OperatorContext<WindowValues>, operator: string): { map: MapAxes; window: Window } {
  const map = mapAxes(context, operator);
  const window = windowOf(context, map);
  if (map.sizes.some((size, axis) => isBlind(window, axis, size)))
    context.fail({
      code: 'CNN3004',
      message: `padding ${window.pad.join(', ')} makes windows of ${window.kernel.join('x')} that see nothing but padding`,
      attribute: 'pad',
      help: 'pad by less than the kernel size',
    });
  return { map, window };
}

/** Whether a window along one axis has no tap on the map. */
function isBlind({ kernel, stride, dilation, pad, output }: Window, axis: number, size: number): boolean {
  const sees = (i: number) => {
    const start = stride[axis]! * i - pad[axis]!;
    const first = Math.max(0, Math.ceil(-start / dilation[axis]!));
    return first < kernel[axis]! && start + dilation[axis]! * first < size;
  };
  for (let i = 0; i < output[axis]!; i++) if (!sees(i)) return true;
  return false;
}

export function poolOptions(map: MapAxes, window: Window) {
  return {
    constants: windowConstants(map, window),
    extents: map.values({ i: window.output, p: window.kernel }),
  };
}
