/** @file Arithmetic of ONNX as expressions; with constants that differ from place to place, as an `op` with a weight. */

import { product } from '../../common/shape.ts';
import { argumentOf, named, numberText, replacing } from '../texts.ts';
import { type Constant, floats, isStep, refuse, type Step, same, uniform, type Weight } from '../values.ts';
import { beforePermuting, orderOf, permuted } from './layers-shapes.ts';
import type { Layer, NodeReader } from './node-reader.ts';

type Sign = '+' | '-' | '*' | '/';

const AXES: Readonly<Record<number, readonly string[]>> = {
  1: ['k'],
  2: ['c', 't'],
  3: ['c', 'h', 'w'],
  4: ['a', 'b', 'c', 'd'],
};

/** A constant that meets a feature: one number, or weights along some of its dimensions; `shape`: of what comes out. */
function fitted(
  reader: NodeReader,
  { shape }: Step,
  constant: Constant,
): number | { axes: number[]; shape: number[]; data: Float32Array } {
  const extra = constant.shape.length - shape.length;
  const own = extra > 0 ? constant.shape.slice(extra) : constant.shape;
  if (constant.shape.slice(0, Math.max(0, extra)).some((size) => size !== 1))
    refuse('a constant differs between images');
  const offset = shape.length - own.length;
  const grown = shape.map((size, k) => (size === 1 ? (own[k - offset] ?? 1) : size));
  if (own.some((size, k) => size !== 1 && size !== grown[k + offset])) refuse('shapes do not fit');
  const single = uniform(constant);
  // A parameter may have equal numbers, too, such as the scale of a layer that is not trained yet.
  const isParameter = constant.stored === true && constant.data.length > 1 && own.some((size) => size > 1);
  if (single !== undefined && Number.isFinite(single) && !isParameter && same(grown, shape)) return single;
  if (!AXES[shape.length]) refuse(`a constant of ${shape.length} dimensions`);
  if (product(constant.shape) === 0 || reader.batch === 0) refuse('it is empty');
  const axes = own.flatMap((size, k) => (size === 1 ? [] : [k + offset]));
  return { axes, shape: grown, data: floats(constant.data) };
}

interface Pointwise {
  readonly axes: readonly number[];
  /** Of the result: dimensions of 1 may become longer. */
  readonly shape: readonly number[];
  readonly weight?: Float32Array;
  readonly bias?: Float32Array;
}

/** Numbers that are learned: of the layer before if it has none yet, else of their own; before dimensions change places. */
function learned(reader: NodeReader, given: Step, parts: Pointwise, label: string): Step {
  const { axes, weight, bias } = parts;
  if (!same(parts.shape, given.shape)) return learnedAt(reader, given, parts, label);
  const moves = given.word === 'permute' && axes.length === 1;
  const inner = moves ? axes.map((d) => orderOf(given)[d]!) : axes;
  const make = (x: Step): Step => {
    const joined = weight ? undefined : withBias(reader, x, inner, bias!);
    return joined ?? learnedAt(reader, x, { ...parts, axes: inner, shape: x.shape }, label);
  };
  return moves ? beforePermuting(reader, given, make) : make(given);
}

/** `weight * x + bias`, each along the same dimensions. */
function learnedAt(reader: NodeReader, x: Step, parts: Pointwise, label: string): Step {
  const { axes, weight, bias } = parts;
  const names = AXES[x.shape.length]!;
  const place = names.join(', ');
  const read = names.map((name, d) => (parts.shape[d] === x.shape[d] ? name : '0')).join(', ');
  // What is read in one place has an axis of another name.
  const own =
    read === place ? place : names.map((name, d) => (parts.shape[d] === x.shape[d] ? name : `${name}1`)).join(', ');
  const indices = axes.map((d) => names[d]).join(', ');
  const shape = axes.map((d) => parts.shape[d]!);
  const weights: Weight[] = [
    ...(weight ? [{ leaf: 'weight', shape, data: weight }] : []),
    ...(bias ? [{ leaf: 'bias', shape, data: bias }] : []),
  ];
  const parameters = weights.map(({ leaf }) => `, ${leaf}[${indices}]`).join('');
  const value = `${weight ? `weight[${indices}] * ` : ''}x[${read}]${bias ? ` + bias[${indices}]` : ''}`;
  const grown = names.flatMap((name, d) => (parts.shape[d] === x.shape[d] ? [] : [named(name, parts.shape[d]!)]));
  return reader.stage(weight && bias ? 'affine' : weight ? 'scale' : 'shift', x, parts.shape, {
    weights,
    label,
    arguments: grown,
    definition: `op NAME(x[${own}]${parameters}) -> y[${place}] = ${value}`,
  });
}

const weightOf = (step: Step, leaf: string): Weight | undefined => step.weights.find((found) => found.leaf === leaf);

/** What was added to a layer that has no bias yet is its bias. */
function withBias(reader: NodeReader, x: Step, axes: readonly number[], data: Float32Array): Step | undefined {
  const [axis] = axes;
  if (axes.length !== 1 || x.form !== 'stage' || x.weights.length === 0) return undefined;
  const layer = argumentOf(x, 'bias') === 'false';
  const scale = x.word === 'scale' && x.definition !== undefined && weightOf(x, 'weight')!.shape.length === 1;
  const weight = weightOf(x, 'weight')!;
  if (layer && axis === 0)
    return {
      ...x,
      arguments: replacing(x, 'bias', 'true'),
      weights: [weight, { leaf: 'bias', shape: [data.length], data }],
      node: reader.node,
    };
  if (
    !scale ||
    weight.shape[0] !== x.shape[axis!] ||
    !x.definition!.includes(`weight[${AXES[x.shape.length]![axis!]}]`)
  )
    return undefined;
  const [before] = x.operands as readonly [Step];
  const parts = { axes, shape: x.shape, weight: weight.data, bias: data };
  const normed = withAffine(reader, before, parts);
  return normed ? { ...normed, label: x.label } : learnedAt(reader, before, parts, x.label);
}

/** A norm without numbers of its own gets those that follow it. */
function withAffine(reader: NodeReader, x: Step, { axes, weight, bias }: Pointwise): Step | undefined {
  if (!/^(group|instance|layer)norm$/.test(x.word) || x.weights.length > 0 || axes.join() !== '0') return undefined;
  if (x.word === 'layernorm' && x.shape.length > 1 && argumentOf(x, 'axes') !== 'channels') return undefined;
  if (!weight || !bias) return undefined;
  const shape = [weight.length];
  return {
    ...x,
    arguments: replacing(x, 'affine', 'true'),
    weights: [
      { leaf: 'weight', shape, data: weight },
      { leaf: 'bias', shape, data: bias },
    ],
    node: reader.node,
  };
}

/** A feature and a constant. */
function withConstant(reader: NodeReader, x: Step, sign: Sign, constant: Constant, reversed: boolean): Step {
  const found = fitted(reader, x, constant);
  if (typeof found === 'number') return withNumber(reader, x, sign, found, reversed);
  const label = reader.label(constant, sign === '*' || sign === '/' ? 'scale' : 'shift');
  const { axes, shape, data } = found;
  if (sign === '*') return learned(reader, x, { axes, shape, weight: data }, label);
  if (sign === '/' && !reversed && isNormalization(x, axes)) return byChannel(reader, x, 'rescaled', '/', data);
  if (sign === '/') {
    const inverse = reader.infix(1, '/', x, x.shape);
    if (reversed) return learned(reader, inverse, { axes, shape, weight: data }, label);
    if (data.some((value) => value === 0)) refuse('it divides by 0');
    return learned(reader, x, { axes, shape, weight: data.map((value) => 1 / value) }, label);
  }
  if (sign === '-' && !reversed && isNormalization(x, axes)) return byChannel(reader, x, 'centred', '-', data);
  const left = sign === '-' && reversed ? reader.infix(0, '-', x, x.shape) : x;
  const bias = sign === '-' && !reversed ? data.map((value) => -value) : data;
  return learned(reader, left, { axes, shape, bias }, label);
}

/** So many channels are told one by one. */
const MOST_CHANNELS = 4;

/** What a mean is taken from, or a deviation divides: pixels as they come in, by numbers that nobody learns. */
function isNormalization(x: Step, axes: readonly number[]): boolean {
  const isPixels = (step: Step): boolean =>
    step.form === 'input' || (isNormalizing(step) && isStep(step.operands[0]!) && isPixels(step.operands[0]));
  return axes.join() === '0' && x.shape[0]! <= MOST_CHANNELS && isPixels(x);
}

function isNormalizing({ word, operands }: Step): boolean {
  const byNumber = (word === '-' || word === '/') && typeof operands[1] === 'number';
  return word === 'centred' || word === 'rescaled' || byNumber;
}

/** A number for each channel, as an \`op\` without weights. */
function byChannel(reader: NodeReader, x: Step, word: string, sign: '-' | '/', data: Float32Array): Step {
  const [first] = data;
  if (data.every((value) => value === first)) return withNumber(reader, x, sign, first!, false);
  const place = AXES[x.shape.length]!.join(', ');
  const [channel] = AXES[x.shape.length]!;
  const cases = Array.from(data, (value, k) => {
    const number = `{ ${numberText(value)} }`;
    return k === data.length - 1 ? number : `if ${channel} == ${k} ${number}`;
  });
  const definition = `op NAME(x[${place}]) -> y[${place}] = x[${place}] ${sign} (${cases.join(' else ')})`;
  return reader.stage(word, x, x.shape, { definition });
}

function withNumber(reader: NodeReader, given: Step, sign: Sign, value: number, reversed: boolean): Step {
  return beforePermuting(reader, given, (x) => numbered(reader, x, sign, value, reversed));
}

function numbered(reader: NodeReader, x: Step, sign: Sign, value: number, reversed: boolean): Step {
  const neutral = sign === '*' || sign === '/' ? 1 : 0;
  if (value === neutral && !(reversed && (sign === '-' || sign === '/'))) return x;
  const [left, right] = reversed ? [value, x] : [x, value];
  // Of a product the number comes first.
  const step = sign === '*' ? reader.infix(value, sign, x, x.shape) : reader.infix(left, sign, right, x.shape);
  return recognised(reader, step) ?? step;
}

export const scaledBy = (reader: NodeReader, x: Step, constant: Constant): Step =>
  withConstant(reader, x, '*', constant, false);

export const shiftedBy = (reader: NodeReader, x: Step, constant: Constant): Step =>
  withConstant(reader, x, '+', constant, false);

/** The shape of two features that meet: dimensions of 1 are as long as the other's. */
function met(left: Step, right: Step): readonly number[] {
  if (left.shape.length !== right.shape.length) refuse('features of different ranks meet');
  return left.shape.map((size, k) => {
    const other = right.shape[k]!;
    if (size !== other && size !== 1 && other !== 1) refuse('shapes do not fit');
    return Math.max(size, other);
  });
}

function combined(reader: NodeReader, left: Step, sign: Sign, right: Step, shape: readonly number[]): Step {
  const step = reader.infix(left, sign, right, shape);
  return recognised(reader, step) ?? step;
}

const arithmetic =
  (sign: Sign): Layer =>
  (reader) => {
    const [a, b] = [reader.inputs[0], reader.inputs[1]];
    if (!a || !b) refuse('an input is missing');
    if (!isStep(a)) return withConstant(reader, reader.feature(1), sign, a, true);
    if (!isStep(b)) return withConstant(reader, a, sign, b, false);
    const shape = met(a, b);
    const alike = a.word === 'permute' && b.word === 'permute' && same(orderOf(a), orderOf(b));
    if (!alike) return combined(reader, a, sign, b, shape);
    const [left, right] = [a.operands[0] as Step, b.operands[0] as Step];
    return permuted(reader, combined(reader, left, sign, right, met(left, right)), orderOf(a));
  };

/** `x * sigmoid(x)` and the like. */
const GATES: Readonly<Record<string, string>> = { sigmoid: 'silu', hardsigmoid: 'hardswish' };

/** The activation that a product is. */
function recognised(reader: NodeReader, step: Step): Step | undefined {
  if (step.word === '/') return normalised(reader, step);
  if (step.word !== '*') return undefined;
  const { factor, factors } = factorsOf(step);
  const [a, b] = factors;
  if (factors.length !== 2) return undefined;
  const pairs = [[a!, b!] as const, [b!, a!] as const];
  for (const [x, gate] of pairs) {
    if (!same(x.shape, gate.shape)) continue;
    const source = gate.operands[0];
    if (factor === 1 && gate.form === 'stage' && source === x && GATES[gate.word])
      return reader.stage(GATES[gate.word]!, x, x.shape);
    const isMish = factor === 1 && gate.word === 'tanh' && isStep(source!) && source.word === 'softplus';
    if (isMish && source.operands[0] === x) return reader.stage('mish', x, x.shape);
    if (near(factor, 1 / 6) && isShiftedRelu6(gate, x)) return reader.stage('hardswish', x, x.shape);
    if (near(factor, 0.5) && isErrorFunction(gate, x)) return reader.stage('gelu', x, x.shape);
  }
  return undefined;
}

const isOf = (step: Step | number | undefined, word: string): step is Step =>
  typeof step === 'object' && step.word === word;

/** `d / sqrt(mean(d ^ 2) + eps)`, where `d` is `x - mean(x)`: over all of an image, or over channels that come last. */
function normalised(reader: NodeReader, { operands: [difference, root] }: Step): Step | undefined {
  if (!isOf(difference, '-') || !isOf(root, 'sqrt') || !isOf(root.operands[0], '+')) return undefined;
  const [variance, eps] = root.operands[0].operands;
  const [x, mean] = difference.operands;
  if (!isOf(variance, 'mean') || typeof eps !== 'number' || !isOf(mean, 'mean') || !isStep(x!)) return undefined;
  const [square] = variance.operands;
  const isSquare =
    (isOf(square, 'pow') && square.operands[0] === difference && square.operands[1] === 2) ||
    (isOf(square, '*') && square.operands.every((operand) => operand === difference));
  if (!isSquare || mean.operands[0] !== x || !same(mean.shape, variance.shape)) return undefined;
  const texts = [named('eps', numberText(eps), numberText(1e-5)), named('affine', 'false', 'true')];
  const rank = x.shape.length;
  if (mean.shape.every((size) => size === 1)) return reader.stage('layernorm', x, x.shape, { arguments: texts });
  const last = mean.shape.every((size, k) => size === (k === rank - 1 ? 1 : x.shape[k]));
  if (!last || rank > 3) return undefined;
  const dimensions = x.shape.map((_, k) => k);
  const first = permuted(reader, x, [rank - 1, ...dimensions.slice(0, -1)]);
  const normed = reader.stage('layernorm', first, first.shape, { arguments: [named('axes', 'channels'), ...texts] });
  return permuted(reader, normed, [...dimensions.slice(1), 0]);
}

const near = (value: number, wanted: number) => Math.abs(value - wanted) < 1e-4 * Math.abs(wanted);

/** `relu6(x + 3)` */
function isShiftedRelu6(gate: Step, x: Step): boolean {
  const sum = gate.operands[0];
  return gate.word === 'relu6' && isStep(sum!) && isSum(sum, x, 3);
}

const isSum = ({ word, operands }: Step, x: Step, value: number): boolean =>
  word === '+' && operands.includes(x) && operands.includes(value);

/** `erf(x / sqrt(2)) + 1` */
function isErrorFunction(gate: Step, x: Step): boolean {
  const inner = gate.operands.find((operand) => isStep(operand));
  if (inner?.word !== 'erf' || !isSum(gate, inner, 1)) return false;
  const { factor, factors } = factorsOf(inner.operands[0] as Step);
  return factors.length === 1 && factors[0] === x && near(factor, Math.SQRT1_2);
}

/** Of products and quotients by numbers. */
function factorsOf(step: Step, deep = 0): { factor: number; factors: readonly Step[] } {
  const [left, right] = step.operands;
  const divides = step.word === '/' && typeof right === 'number';
  if (step.form !== 'infix' || deep > 4 || (step.word !== '*' && !divides)) return { factor: 1, factors: [step] };
  if (divides) {
    const { factor, factors } = factorsOf(left as Step, deep + 1);
    return { factor: factor / right, factors };
  }
  const parts = [left!, right!].map((operand) =>
    isStep(operand) ? factorsOf(operand, deep + 1) : { factor: operand, factors: [] },
  );
  return { factor: product(parts.map(({ factor }) => factor)), factors: parts.flatMap(({ factors }) => factors) };
}

/** One after the other, of any number of operands. */
const folded =
  (sign: '+', scale: boolean): Layer =>
  (reader) => {
    const features = reader.inputs.map((_, k) => reader.feature(k));
    const sum = features.reduce((left, right) => reader.infix(left, sign, right, met(left, right)));
    return scale ? withNumber(reader, sum, '/', features.length, false) : sum;
  };

const extremum =
  (word: 'max' | 'min'): Layer =>
  (reader) => {
    const operands = reader.inputs.map((value) => {
      const given = value ?? refuse('an input is missing');
      return isStep(given) ? given : (uniform(given) ?? refuse('a constant that differs from place to place'));
    });
    const steps = operands.filter((operand) => isStep(operand));
    const shape = steps
      .map((step) => step.shape)
      .reduce((left, right) => (same(left, right) ? left : refuse('shapes do not fit')));
    const [first, ...rest] = [...steps, ...operands.filter((operand) => !isStep(operand))];
    return rest.reduce<Step>((left, right) => reader.call(word, [left, right], shape), first as Step);
  };

const power: Layer = (reader) => {
  const x = reader.feature(0);
  const other = reader.inputs[1];
  if (other && isStep(other)) return reader.call('pow', [x, other], met(x, other));
  const exponent = uniform(reader.needed(1)) ?? refuse('exponents differ from place to place');
  return exponent === 1 ? x : reader.call('pow', [x, exponent], x.shape);
};

export const ARITHMETIC: Readonly<Record<string, Layer>> = {
  Add: arithmetic('+'),
  Sub: arithmetic('-'),
  Mul: arithmetic('*'),
  Div: arithmetic('/'),
  Sum: folded('+', false),
  Mean: folded('+', true),
  Max: extremum('max'),
  Min: extremum('min'),
  Pow: power,
  Neg: (reader) => reader.infix(0, '-', reader.feature(0), reader.feature(0).shape),
  Reciprocal: (reader) => reader.infix(1, '/', reader.feature(0), reader.feature(0).shape),
};
