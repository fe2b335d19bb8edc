/**
 * @file Layers in ONNX: each operator as the node that other exporters write. What is missing here, or returns nothing, is
 * written from its formulas.
 */
import { product } from '../../common/shape.ts';
import type { Sides, Sizes } from '../../specs/attributes.ts';
import { type Application, attribute, result, shapeOf, step, type Writer } from './application.ts';
import { gathered, sliced } from './gather.ts';
import { type AttributeEntries, float, type Value } from './graph-writer.ts';
import { WINDOW_LAYERS } from './layers-windows.ts';
import { batchSize, elementwise, reshaped, transposed, unsqueezed } from './nodes.ts';

const range = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, k) => from + k * step);

const first = ({ inputs }: Application): Value => inputs[0]!;

/** Of an `axis`, the batch not counted. */
const dimensionOf = (application: Application): number => DIMENSIONS[attribute<string>(application, 'axis')]!;

/** A signal has one axis, its length. */
const DIMENSIONS: Readonly<Record<string, number>> = { channels: 0, height: 1, width: 2, length: 1 };

/** A vector of channels that meets maps. */
const perChannel = (application: Application, vector: Value): Value =>
  unsqueezed(application.writer, vector, range(1, shapeOf(application).length));

const ones = ({ writer }: Application, shape: readonly number[], value = 1): Value =>
  writer.constant(new Float32Array(product(shape)).fill(value), shape);

const batchnorm: Writer = (application) =>
  result(
    application,
    'BatchNormalization',
    [first(application), ...['weight', 'bias', 'running_mean', 'running_var'].map((leaf) => application.state(leaf))],
    { epsilon: float(attribute<number>(application, 'eps')) },
  );

const layernorm: Writer = (application) => {
  const { writer } = application;
  const shape = shapeOf(application);
  const epsilon = float(attribute<number>(application, 'eps'));
  const places = attribute<string>(application, 'axes') === 'channels';
  const learned = places ? [shape[0]!] : shape;
  const scale = application.state('weight') ?? ones(application, learned);
  const inputs = [scale, ...(application.state('bias') ? [application.state('bias')] : [])];
  if (!places || shape.length === 1)
    return result(application, 'LayerNormalization', [first(application), ...inputs], { axis: 1, epsilon });
  const last = shape.length - 1;
  const moved = transposed(writer, first(application), [...range(1, shape.length), 0]);
  const normed = step(application, 'LayerNormalization', [moved, ...inputs], moved.extents, { axis: -1, epsilon });
  return transposed(writer, normed, [last, ...range(0, last)]);
};

const groupnorm: Writer = (application) => {
  const { writer } = application;
  const shape = shapeOf(application);
  const channels = shape[0]!;
  const single = application.layer.operator === 'instancenorm';
  const groups = single ? channels : attribute<number>(application, 'groups');
  const [weight, bias] = [application.state('weight'), application.state('bias')];
  const settings = { epsilon: float(attribute<number>(application, 'eps')) };
  if (single)
    return result(
      application,
      'InstanceNormalization',
      [first(application), weight ?? ones(application, [channels]), bias ?? ones(application, [channels], 0)],
      settings,
    );
  const grouped = reshaped(writer, first(application), [groups, product(shape) / groups]);
  const normed = step(
    application,
    'InstanceNormalization',
    [grouped, ones(application, [groups]), ones(application, [groups], 0)],
    grouped.extents,
    settings,
  );
  const y = reshaped(writer, normed, shape);
  if (!weight || !bias) return y;
  const scaled = elementwise(writer, 'Mul', [y, perChannel(application, weight)]);
  return elementwise(writer, 'Add', [scaled, perChannel(application, bias)]);
};

/** With an even size ONNX looks further down, and we further up. */
const lrn: Writer = (application) => {
  const size = attribute<number>(application, 'size');
  const shape = shapeOf(application);
  if (size % 2 === 0) return undefined;
  const { writer } = application;
  const [alpha, beta, bias] = ['alpha', 'beta', 'k'].map((name) => float(attribute<number>(application, name)));
  // It is defined for maps.
  const x = reshaped(writer, first(application), shape.length === 3 ? shape : [shape[0]!, product(shape.slice(1)), 1]);
  const y = step(application, 'LRN', [x], x.extents, { size, alpha: alpha!, beta: beta!, bias: bias! });
  return reshaped(writer, y, shape);
};

const upsample: Writer = (application) => {
  const { writer } = application;
  const [channels, ...map] = shapeOf(application);
  const size = attribute<Sizes>(application, 'size');
  const nearest = attribute<string>(application, 'mode') === 'nearest';
  const factors = map.map((extent, k) => size[k]! / extent);
  const whole = factors.every(Number.isInteger);
  // A runtime may round what is between two pixels to the other one.
  if (nearest && !whole)
    return size.reduce((value, to, k) => {
      const places = range(0, to).map((place) => Math.floor((place * map[k]!) / to));
      return gathered(writer, value, k + 1, places, [to]);
    }, first(application));
  const aligned = attribute<boolean>(application, 'align_corners');
  const settings: AttributeEntries = nearest
    ? { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
    : { mode: 'linear', coordinate_transformation_mode: aligned ? 'align_corners' : 'half_pixel' };
  if (whole) {
    const scales = writer.constant([1, 1, ...factors], [factors.length + 2]);
    return result(application, 'Resize', [first(application), undefined, scales], settings);
  }
  const sizes = writer.emit('Concat', [batchSize(writer), writer.integers([channels!, ...size])], {
    shape: [size.length + 2],
    element: 'int64',
    attributes: { axis: 0 },
  });
  return result(application, 'Resize', [first(application), undefined, undefined, sizes], settings);
};

/** The dimensions that a reduction runs over, the batch being 0. */
function reducedAxes(application: Application): readonly number[] {
  const word = attribute<string>(application, 'axes');
  const { length } = shapeOf(application);
  const dimension = DIMENSIONS[word];
  if (dimension !== undefined) return [dimension + 1];
  return range(word === 'spatial' ? 2 : 1, length + 1);
}

const mean: Writer = (application) => {
  // Of one number per image: over the batch.
  if (shapeOf(application).length === 0) return undefined;
  const keepdims = attribute<boolean>(application, 'keepdims') ? 1 : 0;
  return result(application, 'ReduceMean', [first(application)], { axes: reducedAxes(application), keepdims });
};

const sum: Writer = (application) => {
  if (shapeOf(application).length === 0) return undefined;
  const keepdims = attribute<boolean>(application, 'keepdims') ? 1 : 0;
  const axes = application.writer.integers(reducedAxes(application));
  return result(application, 'ReduceSum', [first(application), axes], { keepdims });
};

/** Dimensions taken apart, exchanged and joined again. */
function rearranged(application: Application, extents: readonly number[], order: readonly number[]): Value {
  const { writer, layer } = application;
  const apart = reshaped(writer, first(application), extents);
  return reshaped(writer, transposed(writer, apart, order), layer.output.shape);
}

const dealt: Writer = (application) => {
  const [channels, ...map] = shapeOf(application);
  const groups = attribute<number>(application, 'groups');
  return rearranged(application, [groups, channels! / groups, product(map)], [1, 0, 2]);
};

const shuffled: Writer = (application) => {
  const factor = attribute<number>(application, 'factor');
  const [channels, ...map] = shapeOf(application);
  if (map.length === 2)
    return result(application, 'DepthToSpace', [first(application)], { blocksize: factor, mode: 'CRD' });
  return rearranged(application, [channels! / factor, factor, ...map], [0, 2, 1]);
};

/** The places within each square come right behind the channels. */
const unshuffled: Writer = (application) => {
  const factor = attribute<number>(application, 'factor');
  const [channels, ...map] = shapeOf(application);
  const within = map.map((_, k) => 2 * k + 2);
  return rearranged(
    application,
    [channels!, ...map.flatMap((extent) => [extent / factor, factor])],
    [0, ...within, ...within.map((k) => k - 1)],
  );
};

const split: Writer = (application) => {
  const dimension = dimensionOf(application);
  const size = shapeOf(application)[dimension]! / attribute<number>(application, 'parts');
  const from = attribute<number>(application, 'part') * size;
  return sliced(application.writer, first(application), dimension, range(from, from + size));
};

const crop: Writer = (application) => {
  const sides = attribute<Sides>(application, 'sides');
  const [, ...map] = shapeOf(application);
  return map.reduce(
    (value, extent, k) => sliced(application.writer, value, k + 1, range(sides[k]!, extent - sides[map.length + k]!)),
    first(application),
  );
};

const prelu: Writer = (application) => {
  const weight = application.state('weight')!;
  const slope = product(weight.extents) > 1 ? perChannel(application, weight) : weight;
  return result(application, 'PRelu', [first(application), slope]);
};

const overClasses =
  (opType: string): Writer =>
  (application) =>
    shapeOf(application).length === 0 ? undefined : result(application, opType, [first(application)], { axis: 1 });

export const LAYERS: Readonly<Record<string, Writer>> = {
  ...WINDOW_LAYERS,
  batchnorm,
  layernorm,
  groupnorm,
  instancenorm: groupnorm,
  lrn,
  upsample,
  flatten: (application) =>
    shapeOf(application).length < 2 ? undefined : result(application, 'Flatten', [first(application)], { axis: 1 }),
  permute: (application) =>
    transposed(application.writer, first(application), attribute<readonly number[]>(application, 'order')),
  slice: (application) =>
    sliced(
      application.writer,
      first(application),
      dimensionOf(application),
      range(
        attribute<number>(application, 'from'),
        attribute<number>(application, 'to'),
        attribute<number>(application, 'step'),
      ),
    ),
  split,
  crop,
  concat: (application) => result(application, 'Concat', application.inputs, { axis: dimensionOf(application) + 1 }),
  channelshuffle: dealt,
  pixelshuffle: shuffled,
  pixelunshuffle: unshuffled,
  sum,
  mean,
  prelu,
  softmax: overClasses('Softmax'),
  logsoftmax: overClasses('LogSoftmax'),
};
