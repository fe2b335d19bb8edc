/** @file Layers with windows in ONNX: convolutions, pooling, borders. */

import { meansOf } from '../../common/adaptive-windows.ts';
import { product } from '../../common/shape.ts';
import type { Sides, Sizes } from '../../specs/attributes.ts';
import { type Application, attribute, result, shapeOf, step, type Writer } from './application.ts';
import { gathered, sliced } from './gather.ts';
import type { Value } from './graph-writer.ts';
import { reshaped } from './nodes.ts';

const MODES: Readonly<Record<string, string>> = { reflect: 'reflect', replicate: 'edge' };

const range = (from: number, count: number) => Array.from({ length: count }, (_, k) => from + k);

const beforeOf = (sides: Sides): Sizes => sides.slice(0, sides.length / 2);
const afterOf = (sides: Sides): Sizes => sides.slice(sides.length / 2);

/** The other end of the map, along one dimension after the other: version 17 has no mode for that. */
function wrapped(application: Application, x: Value, sides: Sides): Value {
  const { writer } = application;
  return beforeOf(sides).reduce((value, before, axis) => {
    const after = afterOf(sides)[axis]!;
    const dimension = axis + 1;
    const size = value.extents[dimension]!;
    const parts = [
      ...(before > 0 ? [sliced(writer, value, dimension, range(size - before, before))] : []),
      value,
      ...(after > 0 ? [sliced(writer, value, dimension, range(0, after))] : []),
    ];
    if (parts.length === 1) return value;
    const extents = value.extents.map((extent, k) => (k === dimension ? extent + before + after : extent));
    return step(application, 'Concat', parts, extents, { axis: dimension + 1 });
  }, x);
}

/** A map with a border; `fill` stands in one of zeros. */
export function bordered(application: Application, x: Value, sides: Sides, mode: string, fill = 0): Value {
  if (sides.every((side) => side === 0)) return x;
  if (mode === 'circular') return wrapped(application, x, sides);
  const [channels, ...map] = x.extents;
  const { writer } = application;
  const pads = writer.integers([0, 0, ...beforeOf(sides), 0, 0, ...afterOf(sides)]);
  const known = MODES[mode];
  return step(
    application,
    'Pad',
    [x, pads, ...(fill === 0 ? [] : [writer.number(fill)])],
    [channels!, ...map.map((size, k) => beforeOf(sides)[k]! + size + afterOf(sides)[k]!)],
    known ? { mode: known } : {},
  );
}

interface Window {
  readonly kernel: Sizes;
  readonly stride: Sizes;
  readonly dilation: Sizes;
  readonly pad: Sides;
}

function windowOf(application: Application): Window {
  const [kernel, stride] = [attribute<Sizes>(application, 'kernel'), attribute<Sizes>(application, 'stride')];
  const dilation = attribute<Sizes | undefined>(application, 'dilation') ?? kernel.map(() => 1);
  return { kernel, stride, dilation, pad: attribute<Sides>(application, 'pad') };
}

/** The padding that makes windows fit exactly: what `ceil` lets hang over, too. */
function exactPads(application: Application, { kernel, stride, dilation, pad }: Window): Sides {
  const [, ...map] = shapeOf(application);
  const [, ...output] = application.layer.output.shape;
  const before = beforeOf(pad);
  const after = output.map((size, k) => {
    const reach = (size - 1) * stride[k]! + dilation[k]! * (kernel[k]! - 1) + 1;
    return Math.max(0, reach - map[k]! - before[k]!);
  });
  return [...before, ...after];
}

const convolution: Writer = (application) => {
  const { layer, inputs } = application;
  const { kernel, stride, dilation, pad } = windowOf(application);
  const mode = attribute<string>(application, 'mode');
  const own = mode === 'zeros';
  const x = own ? inputs[0]! : bordered(application, inputs[0]!, pad, mode);
  const [channels] = x.extents;
  const group = layer.operator === 'depthwise' ? channels! : attribute<number>(application, 'groups');
  return result(application, 'Conv', [x, application.state('weight'), ...optional(application.state('bias'))], {
    kernel_shape: kernel,
    strides: stride,
    pads: own ? pad : pad.map(() => 0),
    dilations: dilation,
    group,
  });
};

const optional = (value: Value | undefined): Value[] => (value ? [value] : []);

const transposed: Writer = (application) => {
  const { kernel, stride, dilation, pad } = windowOf(application);
  const added = attribute<Sizes>(application, 'output_padding');
  const inputs = [application.inputs[0], application.state('weight'), ...optional(application.state('bias'))];
  return result(application, 'ConvTranspose', inputs, {
    kernel_shape: kernel,
    strides: stride,
    pads: [...beforeOf(pad), ...afterOf(pad).map((side, k) => side + Math.max(0, -added[k]!))],
    dilations: dilation,
    group: attribute<number>(application, 'groups'),
    output_padding: added.map((count) => Math.max(0, count)),
  });
};

const maxpool: Writer = (application) => {
  const window = windowOf(application);
  const { kernel, stride, dilation } = window;
  const pads = exactPads(application, window);
  // Runtimes take no more padding than a window without dilation has.
  const fits = pads.every((side, k) => side < kernel[k % kernel.length]!);
  const [image] = application.inputs;
  const x = fits ? image! : bordered(application, image!, pads, 'zeros', Number.NEGATIVE_INFINITY);
  return result(application, 'MaxPool', [x], {
    kernel_shape: kernel,
    strides: stride,
    pads: fits ? pads : pads.map(() => 0),
    dilations: dilation,
  });
};

const avgpool: Writer = (application) => {
  const window = windowOf(application);
  const { kernel, stride, pad } = window;
  const pads = exactPads(application, window);
  const counts = attribute<boolean>(application, 'count_padding');
  const settings = { kernel_shape: kernel, strides: stride };
  const [image] = application.inputs;
  if (!counts || pads.every((side, k) => side <= pad[k]!))
    return result(application, 'AveragePool', [image], { ...settings, pads, count_include_pad: counts ? 1 : 0 });
  // The border counts, what hangs over it does not.
  const x = bordered(application, image!, pad, 'zeros');
  const beyond = pads.map((side, k) => (k < kernel.length ? 0 : Math.max(0, side - pad[k]!)));
  return result(application, 'AveragePool', [x], { ...settings, pads: beyond, count_include_pad: 0 });
};

const globally =
  (opType: string): Writer =>
  (application) => {
    const [channels, ...map] = shapeOf(application);
    const pooled = step(application, opType, [application.inputs[0]], [channels!, ...map.map(() => 1)]);
    return result(application, 'Flatten', [pooled], { axis: 1 });
  };

/** Windows of one size side by side; of others a matrix along each axis takes the means. */
const adaptiveAverage: Writer = (application) => {
  const [, ...map] = shapeOf(application);
  const size = attribute<Sizes>(application, 'size');
  if (map.some((extent, k) => extent % size[k]! !== 0)) {
    const means = map.map((from, k) => application.writer.constant(meansOf(from, size[k]!).flat(), [size[k]!, from]));
    const [rows, places] = ['ij', 'hw'].map((letters) => letters.slice(0, map.length));
    const terms = [...map.keys()].map((k) => `${rows![k]}${places![k]}`);
    const equation = `${[...terms, `zc${places}`].join()}->zc${rows}`;
    return result(application, 'Einsum', [...means, application.inputs[0]], { equation });
  }
  const kernel = map.map((extent, k) => extent / size[k]!);
  return result(application, 'AveragePool', application.inputs, { kernel_shape: kernel, strides: kernel });
};

/** Windows that differ in size are filled up with their last place: that does not change what is largest. */
const adaptiveMaximum: Writer = (application) => {
  const { writer } = application;
  return attribute<Sizes>(application, 'size').reduce((value, to, d) => {
    const from = value.extents[d + 1]!;
    const starts = range(0, to).map((k) => Math.floor((k * from) / to));
    const ends = range(0, to).map((k) => Math.ceil(((k + 1) * from) / to));
    const longest = Math.max(...ends.map((end, k) => end - starts[k]!));
    const places = starts.flatMap((start, k) => range(start, longest).map((place) => Math.min(place, ends[k]! - 1)));
    const windows = gathered(writer, value, d + 1, places, [to, longest]);
    const extents = value.extents.map((extent, k) => (k === d + 1 ? to : extent));
    return step(application, 'ReduceMax', [windows], extents, { axes: [d + 3], keepdims: 0 });
  }, application.inputs[0]!);
};

const pad: Writer = (application) =>
  bordered(
    application,
    application.inputs[0]!,
    attribute<Sides>(application, 'sides'),
    attribute<string>(application, 'mode'),
  );

const dense: Writer = (application) => {
  const [x] = application.inputs;
  const flat = reshaped(application.writer, x!, [product(x!.extents)]);
  const inputs = [flat, application.state('weight'), ...optional(application.state('bias'))];
  return result(application, 'Gemm', inputs, { transB: 1 });
};

export const WINDOW_LAYERS: Readonly<Record<string, Writer>> = {
  conv: convolution,
  depthwise: convolution,
  convtranspose: transposed,
  dense,
  maxpool,
  avgpool,
  globalavgpool: globally('GlobalAveragePool'),
  globalmaxpool: globally('GlobalMaxPool'),
  adaptiveavgpool: adaptiveAverage,
  adaptivemaxpool: adaptiveMaximum,
  pad,
};
