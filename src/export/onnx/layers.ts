/**
 * @file Layers in ONNX: each operator as the node that other exporters write. What is missing here, or returns nothing, is
 * written from its formulas.
 */
import type { Pair, Sides } from '../../specs/attributes.ts';
import { type Application, attribute, result, shapeOf, step, type Writer } from './application.ts';
import { gathered, sliced } from './gather.ts';
import { type AttributeEntries, float, type Value } from './graph-writer.ts';
import { WINDOW_LAYERS } from './layers-windows.ts';
import { batchSize, elementwise, product, reshaped, transposed, unsqueezed } from './nodes.ts';

const range = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, k) => from + k * step);

const first = ({ inputs }: Application): Value => inputs[0]!;

/** Of an `axis`, the batch not counted. */
const dimensionOf = (application: Application): number =>
  ['channels', 'height', 'width'].indexOf(attribute<string>(application, 'axis'));

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
  const [, height, width] = shapeOf(application) as [number, number, number];
  const size = attribute<Pair>(application, 'size');
  const nearest = attribute<string>(application, 'mode') === 'nearest';
  const factors = [size[0] / height, size[1] / width];
  const whole = factors.every(Number.isInteger);
  // A runtime may round what is between two pixels to the other one.
  if (nearest && !whole)
    return [0, 1].reduce((value, d) => {
      const from = value.extents[d + 1]!;
      const places = range(0, size[d]!).map((k) => Math.floor((k * from) / size[d]!));
      return gathered(writer, value, d + 1, places, [size[d]!]);
    }, first(application));
  const aligned = attribute<boolean>(application, 'align_corners');
  const settings: AttributeEntries = nearest
    ? { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
    : { mode: 'linear', coordinate_transformation_mode: aligned ? 'align_corners' : 'half_pixel' };
  if (whole)
    return result(
      application,
      'Resize',
      [first(application), undefined, writer.constant([1, 1, ...factors], [4])],
      settings,
    );
  const sizes = writer.emit('Concat', [batchSize(writer), writer.integers([shapeOf(application)[0]!, ...size])], {
    shape: [4],
    element: 'int64',
    attributes: { axis: 0 },
  });
  return result(application, 'Resize', [first(application), undefined, undefined, sizes], settings);
};

/** The dimensions that a reduction runs over, the batch being 0. */
function reducedAxes(application: Application): readonly number[] {
  const words: Readonly<Record<string, readonly number[]>> = {
    channels: [1],
    spatial: [2, 3],
    height: [2],
    width: [3],
  };
  return words[attribute<string>(application, 'axes')] ?? range(1, shapeOf(application).length + 1);
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
const rearranged =
  (split: (application: Application) => readonly number[], order: readonly number[]): Writer =>
  (application) => {
    const { writer, layer } = application;
    const apart = reshaped(writer, first(application), split(application));
    return reshaped(writer, transposed(writer, apart, order), layer.output.shape);
  };

const dealt = rearranged(
  (application) => {
    const [channels, ...map] = shapeOf(application);
    const groups = attribute<number>(application, 'groups');
    return [groups, channels! / groups, product(map)];
  },
  [1, 0, 2],
);

const unshuffled = rearranged(
  (application) => {
    const [channels, height, width] = shapeOf(application) as [number, number, number];
    const factor = attribute<number>(application, 'factor');
    return [channels, height / factor, factor, width / factor, factor];
  },
  [0, 2, 4, 1, 3],
);

const split: Writer = (application) => {
  const dimension = dimensionOf(application);
  const size = shapeOf(application)[dimension]! / attribute<number>(application, 'parts');
  const from = attribute<number>(application, 'part') * size;
  return sliced(application.writer, first(application), dimension, range(from, from + size));
};

const crop: Writer = (application) => {
  const [, height, width] = shapeOf(application) as [number, number, number];
  const [top, left, bottom, right] = attribute<Sides>(application, 'sides');
  const rows = sliced(application.writer, first(application), 1, range(top, height - bottom));
  return sliced(application.writer, rows, 2, range(left, width - right));
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
  pixelshuffle: (application) =>
    result(application, 'DepthToSpace', [first(application)], {
      blocksize: attribute<number>(application, 'factor'),
      mode: 'CRD',
    }),
  pixelunshuffle: unshuffled,
  sum,
  mean,
  prelu,
  softmax: overClasses('Softmax'),
  logsoftmax: overClasses('LogSoftmax'),
};
