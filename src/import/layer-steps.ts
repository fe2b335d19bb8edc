/** @file Layers of networks that are texts elsewhere, as steps of ours with the shapes that follow. */
import { product } from '../common/shape.ts';
import { kernelText, named, numberText, sidesText, sizesText } from './texts.ts';
import { type Argument, type ArgumentValue, refuse, type Step, same, type Weight } from './values.ts';

export interface StepParts {
  /** What is no argument yet is given by place. */
  readonly arguments?: readonly (Argument | ArgumentValue)[];
  readonly weights?: readonly Weight[];
  readonly label?: string;
  readonly definition?: string;
}

/** `node`: of ONNX, which it stands for. */
export function makeStep(
  form: Step['form'],
  word: string,
  operands: Step['operands'],
  shape: readonly number[],
  parts: StepParts,
  node?: Step['node'],
): Step {
  return {
    form,
    word,
    operands,
    shape,
    arguments: (parts.arguments ?? []).map((given) =>
      typeof given === 'object' && 'value' in given ? given : { value: given },
    ),
    weights: parts.weights ?? [],
    label: parts.label ?? '',
    ...(node && { node }),
    ...(parts.definition && { definition: parts.definition }),
  };
}

export const stage = (word: string, x: Step, shape: readonly number[] = x.shape, parts: StepParts = {}): Step =>
  makeStep('stage', word, [x], shape, parts);

export const call = (word: string, operands: Step['operands'], shape: readonly number[], parts: StepParts = {}): Step =>
  makeStep('call', word, operands, shape, parts);

export function infix(left: Step | number, sign: string, right: Step | number): Step {
  const shapes = [left, right].flatMap((operand) => (typeof operand === 'number' ? [] : [operand.shape]));
  return makeStep('infix', sign, [left, right], shapes.reduce(broadcast), {});
}

export const inputOf = (name: string, shape: readonly number[]): Step => makeStep('input', name, [], shape, {});

/** Extents of 1 are repeated. */
function broadcast(left: readonly number[], right: readonly number[]): readonly number[] {
  if (left.length !== right.length || left.some((size, k) => size !== right[k] && size !== 1 && right[k] !== 1))
    refuse(`it joins [${left.join(', ')}] and [${right.join(', ')}]`);
  return left.map((size, k) => Math.max(size, right[k]!));
}

/** The values of a weight of this shape, from the file that lies beside the network; none where there is no such file. */
export type TakeWeight = (leaf: string, shape: readonly number[]) => Float32Array;

export const noWeights: TakeWeight = () => new Float32Array(0);

export const weightOf = (take: TakeWeight, leaf: string, shape: readonly number[]): Weight => ({
  leaf,
  shape,
  data: take(leaf, shape),
});

/** What a window slides by. Sides are those before along each axis, then those after. */
export interface Sliding {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation?: readonly number[];
  readonly sides: readonly number[];
}

/** The channels and the sizes of a map or a signal. */
export function mapOf({ shape }: Step): readonly [channels: number, ...map: number[]] {
  if (shape.length < 2 || shape.length > 3) refuse(`works on ${shape.length - 1} axes; there are maps and signals`);
  return shape as unknown as [number, ...number[]];
}

export const reachOf = ({ kernel, dilation }: Sliding): number[] =>
  kernel.map((size, k) => (dilation?.[k] ?? 1) * (size - 1) + 1);

/** Sizes of what comes out; a last window that would hang over the edge is left out. */
export function slidOver(map: readonly number[], window: Sliding): number[] {
  const reach = reachOf(window);
  const size = map.map(
    (extent, k) =>
      Math.floor((extent + window.sides[k]! + window.sides[k + map.length]! - reach[k]!) / window.stride[k]!) + 1,
  );
  if (size.some((extent) => !(extent >= 1))) refuse('its window is larger than the map');
  if (window.sides.some((side) => side < 0)) refuse('its padding is negative');
  return size;
}

/** As Keras pads: as many places as strides fit, the odd one behind. */
export function sameSides(map: readonly number[], window: Omit<Sliding, 'sides'>): number[] {
  const reach = reachOf({ ...window, sides: [] });
  const total = map.map((extent, k) =>
    Math.max(0, (Math.ceil(extent / window.stride[k]!) - 1) * window.stride[k]! + reach[k]! - extent),
  );
  return [...total.map((sum) => Math.floor(sum / 2)), ...total.map((sum) => Math.ceil(sum / 2))];
}

export interface Convolution extends Sliding {
  readonly channels: number;
  readonly groups: number;
  readonly bias: boolean;
  readonly label: string;
}

export function convolution(
  x: Step,
  { channels, groups, bias, label, ...window }: Convolution,
  take: TakeWeight,
): Step {
  const [inputs, ...map] = mapOf(x);
  if (inputs % groups !== 0 || channels % groups !== 0) refuse(`${groups} groups do not divide its channels`);
  const size = slidOver(map, window);
  const biases = bias ? [weightOf(take, 'bias', [channels])] : [];
  const weights = [weightOf(take, 'weight', [channels, inputs / groups, ...window.kernel]), ...biases];
  const settings = [
    named('stride', sizesText(window.stride), '1'),
    named('pad', sidesText(window.sides), '0'),
    named('dilation', sizesText(window.dilation ?? [1]), '1'),
  ];
  const isDepthwise = groups > 1 && groups === inputs;
  return stage(isDepthwise ? 'depthwise' : 'conv', x, [channels, ...size], {
    arguments: isDepthwise
      ? [
          kernelText(window.kernel),
          ...settings,
          named('multiplier', channels / groups, 1),
          named('bias', `${bias}`, 'true'),
        ]
      : [
          channels,
          kernelText(window.kernel),
          ...settings,
          named('groups', groups, 1),
          named('bias', `${bias}`, 'true'),
        ],
    weights,
    label,
  });
}

export function transposed(x: Step, { channels, groups, bias, label, ...window }: Convolution, take: TakeWeight): Step {
  const [inputs, ...map] = mapOf(x);
  const size = map.map(
    (extent, k) =>
      (extent - 1) * window.stride[k]! + reachOf(window)[k]! - window.sides[k]! - window.sides[k + map.length]!,
  );
  const biases = bias ? [weightOf(take, 'bias', [channels])] : [];
  return stage('convtranspose', x, [channels, ...size], {
    arguments: [
      channels,
      kernelText(window.kernel),
      named('stride', sizesText(window.stride), '1'),
      named('pad', sidesText(window.sides), '0'),
      named('dilation', sizesText(window.dilation ?? [1]), '1'),
      named('groups', groups, 1),
      named('bias', `${bias}`, 'true'),
    ],
    weights: [weightOf(take, 'weight', [inputs, channels / groups, ...window.kernel]), ...biases],
    label,
  });
}

export interface Pool extends Sliding {
  /** A last window may hang over the edge, if it begins before it. */
  readonly ceil?: boolean;
  /** Of a mean: whether what is padded counts. */
  readonly counts?: boolean;
}

export function pooled(x: Step, word: 'maxpool' | 'avgpool', { ceil = false, counts, ...window }: Pool): Step {
  const [channels, ...map] = mapOf(x);
  const whole = slidOver(map, window);
  const size = ceil ? hangingOver(map, window) : whole;
  const padded = window.sides.some((side) => side > 0);
  return stage(word, x, [channels, ...size], {
    arguments: [
      sizesText(window.kernel),
      named('stride', sizesText(window.stride), sizesText(window.kernel)),
      named('pad', sidesText(window.sides), '0'),
      named('ceil', `${!same(size, whole)}`, 'false'),
      ...(word === 'avgpool' && padded ? [named('count_padding', `${counts ?? true}`, 'true')] : []),
    ],
  });
}

function hangingOver(map: readonly number[], { kernel, stride, sides }: Sliding): number[] {
  return map.map((extent, k) => {
    const size = Math.ceil((extent + sides[k]! + sides[k + map.length]! - kernel[k]!) / stride[k]!) + 1;
    return (size - 1) * stride[k]! >= extent + sides[k]! ? size - 1 : size;
  });
}

/** A mean or the largest over the map, which keeps two axes of one place. */
export function wholeMap(x: Step, word: 'avg' | 'max'): Step {
  const [channels, ...map] = mapOf(x);
  return stage(`adaptive${word}pool`, x, [channels, ...map.map(() => 1)], { arguments: ['1'] });
}

export function flattened(x: Step): Step {
  if (x.shape.length === 1) return x;
  const [, pool] = /^adaptive(avg|max)pool$/.exec(x.word) ?? [];
  const shape = [product(x.shape)];
  return pool ? stage(`global${pool}pool`, x.operands[0] as Step, shape) : stage('flatten', x, shape);
}

export function reshaped(x: Step, shape: readonly number[]): Step {
  if (product(shape) !== product(x.shape)) refuse(`it makes [${shape.join(', ')}] of [${x.shape.join(', ')}]`);
  if (same(shape, x.shape)) return x;
  return shape.length === 1 ? flattened(x) : stage('reshape', x, shape, { arguments: [[...shape]] });
}

export function dense(x: Step, units: number, bias: boolean, label: string, take: TakeWeight): Step {
  const flat = flattened(x);
  const biases = bias ? [weightOf(take, 'bias', [units])] : [];
  return stage('dense', flat, [units], {
    arguments: [units, named('bias', `${bias}`, 'true')],
    weights: [weightOf(take, 'weight', [units, flat.shape[0]!]), ...biases],
    label,
  });
}

export interface BatchNorm {
  readonly eps: number;
  /** Share of a new batch in the running statistics. */
  readonly momentum?: number;
  readonly label: string;
  /** Whether the model's layer scales and shifts. */
  readonly scales?: boolean;
  readonly shifts?: boolean;
}

const NORM_LEAVES = ['weight', 'bias', 'running_mean', 'running_var'];

export function batchnorm(
  x: Step,
  { eps, momentum = 0.1, label, scales = true, shifts = true }: BatchNorm,
  take: TakeWeight,
): Step {
  const unlearned = (Number(!scales) + Number(!shifts)) * x.shape[0]!;
  const step = stage('batchnorm', x, x.shape, {
    arguments: [
      named('eps', numberText(eps), numberText(1e-5)),
      named('momentum', numberText(momentum), numberText(0.1)),
    ],
    weights: NORM_LEAVES.map((leaf) => weightOf(take, leaf, [x.shape[0]!])),
    label,
  });
  return unlearned > 0 ? { ...step, unlearned } : step;
}

/** Along channels; one is itself. */
export function joined(parts: readonly Step[]): Step {
  const [first, ...others] = parts;
  if (!first) refuse('it joins nothing');
  if (others.length === 0) return first;
  if (others.some(({ shape }) => !same(shape.slice(1), first.shape.slice(1))))
    refuse(`it joins maps of ${parts.map(({ shape }) => shape.slice(1).join('x')).join(', ')}`);
  return call('concat', parts, [parts.reduce((sum, { shape }) => sum + shape[0]!, 0), ...first.shape.slice(1)]);
}

/** Channels `from` to below `to`. */
export function channelsOf(x: Step, from: number, to: number): Step {
  if (!(from >= 0 && from < to && to <= x.shape[0]!)) refuse(`it takes channels ${from} to ${to} of ${x.shape[0]}`);
  return from === 0 && to === x.shape[0]
    ? x
    : stage('slice', x, [to - from, ...x.shape.slice(1)], { arguments: [from, to] });
}

/** Channels times a number each, plus one each. */
export function learnedScale(x: Step, bias: boolean, label: string, take: TakeWeight): Step {
  const rest = ['h', 'w'].slice(0, x.shape.length - 1);
  const place = ['c', ...rest].join(', ');
  const shape = [x.shape[0]!];
  return stage(bias ? 'affine' : 'scale', x, x.shape, {
    definition: `op NAME(x[${place}], weight[c]${bias ? ', bias[c]' : ''}) -> y[${place}] = weight[c] * x[${place}]${bias ? ' + bias[c]' : ''}`,
    weights: [weightOf(take, 'weight', shape), ...(bias ? [weightOf(take, 'bias', shape)] : [])],
    label,
  });
}
