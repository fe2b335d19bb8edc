/** @file Layers with windows in ONNX: convolutions, pooling, borders. */
import type { Pair, Sides } from '../../specs/attributes.ts';
import { type Application, attribute, result, shapeOf, step, type Writer } from './application.ts';
import { gathered, sliced } from './gather.ts';
import type { Value } from './graph-writer.ts';
import { product, reshaped } from './nodes.ts';

const MODES: Readonly<Record<string, string>> = { reflect: 'reflect', replicate: 'edge' };

const range = (from: number, count: number) => Array.from({ length: count }, (_, k) => from + k);

/** The other end of the map, along one dimension after the other: version 17 has no mode for that. */
function wrapped(application: Application, x: Value, sides: Sides): Value {
  const { writer } = application;
  return [1, 2].reduce((value, dimension) => {
    const size = value.extents[dimension]!;
    const [before, after] = [sides[dimension - 1]!, sides[dimension + 1]!];
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
  const [top, left, bottom, right] = sides;
  if (sides.every((side) => side === 0)) return x;
  if (mode === 'circular') return wrapped(application, x, sides);
  const [channels, height, width] = x.extents as [number, number, number];
  const { writer } = application;
  const pads = writer.integers([0, 0, top, left, 0, 0, bottom, right]);
  const known = MODES[mode];
  return step(
    application,
    'Pad',
    [x, pads, ...(fill === 0 ? [] : [writer.number(fill)])],
    [channels, height + top + bottom, width + left + right],
    known ? { mode: known } : {},
  );
}

/** The padding that makes windows fit exactly: what `ceil` lets hang over, too. */
function exactPads({ layer }: Application, size: Pair, pad: Sides, kernel: Pair, stride: Pair, dilation: Pair): Sides {
  const output = layer.output.shape.slice(-2) as unknown as Pair;
  const [bottom, right] = [0, 1].map((d) =>
    Math.max(0, (output[d]! - 1) * stride[d]! + dilation[d]! * (kernel[d]! - 1) + 1 - size[d]! - pad[d]!),
  );
  return [pad[0], pad[1], bottom!, right!];
}

const window = (application: Application) => {
  const [kernel, stride] = [attribute<Pair>(application, 'kernel'), attribute<Pair>(application, 'stride')];
  const dilation = attribute<Pair | undefined>(application, 'dilation') ?? [1, 1];
  return { kernel, stride, dilation, pad: attribute<Sides>(application, 'pad') };
};

const convolution: Writer = (application) => {
  const { layer, inputs } = application;
  const { kernel, stride, dilation, pad } = window(application);
  const mode = attribute<string>(application, 'mode');
  const own = mode === 'zeros';
  const x = own ? inputs[0]! : bordered(application, inputs[0]!, pad, mode);
  const [channels] = x.extents;
  const group = layer.operator === 'depthwise' ? channels! : attribute<number>(application, 'groups');
  return result(application, 'Conv', [x, application.state('weight'), ...optional(application.state('bias'))], {
    kernel_shape: kernel,
    strides: stride,
    pads: own ? pad : [0, 0, 0, 0],
    dilations: dilation,
    group,
  });
};

const optional = (value: Value | undefined): Value[] => (value ? [value] : []);

const transposed: Writer = (application) => {
  const { kernel, stride, dilation, pad } = window(application);
  const added = attribute<Pair>(application, 'output_padding');
  const inputs = [application.inputs[0], application.state('weight'), ...optional(application.state('bias'))];
  const [rows, columns] = added.map((count) => Math.max(0, -count));
  return result(application, 'ConvTranspose', inputs, {
    kernel_shape: kernel,
    strides: stride,
    pads: [pad[0], pad[1], pad[2] + rows!, pad[3] + columns!],
    dilations: dilation,
    group: attribute<number>(application, 'groups'),
    output_padding: added.map((count) => Math.max(0, count)),
  });
};

const maxpool: Writer = (application) => {
  const { kernel, stride, dilation, pad } = window(application);
  const [, height, width] = shapeOf(application) as [number, number, number];
  const pads = exactPads(application, [height, width], pad, kernel, stride, dilation);
  // Runtimes take no more padding than a window without dilation has.
  const fits = pads.every((side, k) => side < kernel[k % 2]!);
  const x = fits
    ? application.inputs[0]!
    : bordered(application, application.inputs[0]!, pads, 'zeros', Number.NEGATIVE_INFINITY);
  return result(application, 'MaxPool', [x], {
    kernel_shape: kernel,
    strides: stride,
    pads: fits ? pads : [0, 0, 0, 0],
    dilations: dilation,
  });
};

const avgpool: Writer = (application) => {
  const { kernel, stride, pad } = window(application);
  const [, height, width] = shapeOf(application) as [number, number, number];
  const pads = exactPads(application, [height, width], pad, kernel, stride, [1, 1]);
  const counts = attribute<boolean>(application, 'count_padding');
  const settings = { kernel_shape: kernel, strides: stride };
  const hangs = pads[2] > pad[2] || pads[3] > pad[3];
  if (!counts || !hangs)
    return result(application, 'AveragePool', [application.inputs[0]], {
      ...settings,
      pads,
      count_include_pad: counts ? 1 : 0,
    });
  // The border counts, what hangs over it does not.
  const x = bordered(application, application.inputs[0]!, pad, 'zeros');
  const beyond = [0, 0, Math.max(0, pads[2] - pad[2]), Math.max(0, pads[3] - pad[3])];
  return result(application, 'AveragePool', [x], { ...settings, pads: beyond, count_include_pad: 0 });
};

const globally =
  (opType: string): Writer =>
  (application) => {
    const [channels] = shapeOf(application);
    const pooled = step(application, opType, [application.inputs[0]], [channels!, 1, 1]);
    return result(application, 'Flatten', [pooled], { axis: 1 });
  };

/** Windows of one size side by side; others are left to the formula. */
const adaptiveAverage: Writer = (application) => {
  const [, ...map] = shapeOf(application) as [number, number, number];
  const size = attribute<Pair>(application, 'size');
  if (map.some((extent, k) => extent % size[k]! !== 0)) return undefined;
  const kernel = map.map((extent, k) => extent / size[k]!);
  return result(application, 'AveragePool', application.inputs, { kernel_shape: kernel, strides: kernel });
};

/** Windows that differ in size are filled up with their last place: that does not change what is largest. */
const adaptiveMaximum: Writer = (application) => {
  const { writer } = application;
  const size = attribute<Pair>(application, 'size');
  return [0, 1].reduce((value, d) => {
    const [from, to] = [value.extents[d + 1]!, size[d]!];
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
