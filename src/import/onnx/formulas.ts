/** @file What the language has no layer for, as an `op` by its formula: sums of products, reads at other places, constant matrices. */

import { meansOf } from '../../common/adaptive-windows.ts';
import { named, sizesText } from '../texts.ts';
import { type Constant, floats, isStep, refuse, type Step, same, type Value } from '../values.ts';
import type { NodeReader } from './node-reader.ts';

const AXES = ['a', 'b', 'c', 'd'];
const RESULTS = ['i', 'j', 'k', 'l'];

const listed = (axes: readonly string[]): string => axes.join(', ');

/** Names for the dimensions of a tensor. */
function axesOf({ shape }: Step): readonly string[] {
  if (shape.length > AXES.length) refuse(`a tensor of ${shape.length} dimensions`);
  return AXES.slice(0, shape.length);
}

/** The sum or the largest along some dimensions, but not all of them; they are gone then. */
export function reducedBy(reader: NodeReader, word: 'sum' | 'max', x: Step, dimensions: readonly number[]): Step {
  const axes = axesOf(x);
  const kept = axes.filter((_, d) => !dimensions.includes(d));
  const gone = axes.filter((_, d) => dimensions.includes(d));
  const shape = x.shape.filter((_, d) => !dimensions.includes(d));
  const name = word === 'sum' ? 'summed' : 'largest';
  const definition = `op NAME(x[${listed(axes)}]) -> y[${listed(kept)}] = ${word}(${listed(gone)}) x[${listed(axes)}]`;
  return reader.stage(name, x, shape, { definition });
}

/** Reads at `from + step * place` of each dimension; 0 beyond. */
export function readAt(
  reader: NodeReader,
  name: string,
  x: Step,
  places: readonly { readonly from: number; readonly step: number; readonly size: number }[],
): Step {
  const axes = axesOf(x);
  const indices = places.map(({ from, step }, d) => {
    const scaled = step === 0 ? '' : `${step === -1 ? '-' : step === 1 ? '' : `${step} * `}${RESULTS[d]}`;
    if (scaled === '') return `${from}`;
    // A sum begins with what is positive.
    if (step < 0) return `${from} - ${step === -1 ? '' : `${-step} * `}${RESULTS[d]}`;
    return from === 0 ? scaled : `${scaled} ${from < 0 ? '-' : '+'} ${Math.abs(from)}`;
  });
  const results = RESULTS.slice(0, axes.length);
  return reader.stage(
    name,
    x,
    places.map(({ size }) => size),
    {
      definition: `op NAME(x[${listed(axes)}]) -> y[${listed(results)}] = x[${listed(indices)}]`,
      arguments: places.map(({ size }, d) => named(RESULTS[d]!, size)),
    },
  );
}

/** Windows along a dimension, which becomes two: window `i` begins at `from + by * i`, and its places are `step` apart. */
export interface Windows {
  readonly from: number;
  readonly by: number;
  readonly step: number;
  readonly count: number;
  readonly size: number;
}

export function windowed(reader: NodeReader, x: Step, dimension: number, windows: Windows): Step {
  const { from, by, step, count, size } = windows;
  const axes = axesOf(x);
  const times = (factor: number, axis: string) => (factor === 1 ? axis : `${factor} * ${axis}`);
  const index = `${times(by, 'i')} + ${times(step, 'p')}${from > 0 ? ` + ${from}` : ''}`;
  const results = axes.flatMap((axis, d) => (d === dimension ? ['i', 'p'] : [axis]));
  const read = axes.map((axis, d) => (d === dimension ? index : axis));
  const shape = x.shape.flatMap((extent, d) => (d === dimension ? [count, size] : [extent]));
  return reader.stage('windows', x, shape, {
    definition: `op NAME(x[${listed(axes)}]) -> y[${listed(results)}] = x[${listed(read)}]`,
    arguments: [named('i', count), named('p', size)],
  });
}

/** A row of a matrix says of each place what it is made of along the dimension. */
export function mixed(
  reader: NodeReader,
  name: string,
  x: Step,
  dimension: number,
  rows: readonly Float32Array[],
): Step {
  const axes = axesOf(x);
  const along = axes[dimension]!;
  const results = axes.map((axis) => (axis === along ? 'i' : axis));
  const size = x.shape[dimension]!;
  const matrix = new Float32Array(rows.length * size);
  for (const [k, row] of rows.entries()) matrix.set(row, k * size);
  const shape = x.shape.map((extent, d) => (d === dimension ? rows.length : extent));
  return reader.stage(name, x, shape, {
    definition: `op NAME(x[${listed(axes)}], matrix[i, ${along}]) -> y[${listed(results)}] = sum(${along}) matrix[i, ${along}] * x[${listed(axes)}]`,
    arguments: [named('i', rows.length)],
    weights: [{ leaf: 'matrix', shape: [rows.length, size], data: matrix }],
    label: reader.label(undefined, name),
  });
}

export interface Term {
  /** A constant is a weight. */
  readonly value: Value;
  /** A letter for each dimension. */
  readonly axes: readonly string[];
}

/** The sum of products over all letters that the result does not have. */
export function contracted(reader: NodeReader, name: string, terms: readonly Term[], result: readonly string[]): Step {
  const extents = new Map<string, number>();
  for (const { value, axes } of terms)
    axes.forEach((axis, d) => {
      const size = value.shape[d];
      if (size === undefined || (extents.get(axis) ?? size) !== size) refuse('shapes do not fit');
      extents.set(axis, size);
    });
  const shape = result.map((axis) => extents.get(axis) ?? refuse(`no operand has \`${axis}\``));
  if (result.length > 4 || terms.some(({ axes }) => axes.length > 4)) refuse('a tensor of more than four dimensions');
  if (result.length === 0) refuse('one number for each image');
  if ([...terms.map(({ axes }) => axes), result].some((axes) => new Set(axes).size < axes.length)) refuse('a diagonal');
  const gone = [...extents.keys()].filter((axis) => !result.includes(axis));
  const steps = terms.flatMap(({ value }) => (isStep(value) ? [value] : []));
  const constants = terms.flatMap(({ value, axes }) => (isStep(value) ? [] : [{ value, axes }]));
  if (steps.length === 0 || constants.length > 1) refuse('several constants');
  const names = terms.map(({ value }, k) => (isStep(value) ? ('xyzuvw'[k] ?? refuse('too many operands')) : 'weight'));
  const texts = terms.map(({ axes }, k) => `${names[k]}[${listed(axes)}]`);
  // What flows in stands first.
  const operands = [...texts].sort((a, b) => Number(a.startsWith('weight')) - Number(b.startsWith('weight')));
  const sum = gone.length > 0 ? `sum(${listed(gone)}) ` : '';
  const definition = `op NAME(${listed(operands)}) -> r[${listed(result)}] = ${sum}${operands.join(' * ')}`;
  const [weight] = constants;
  if (!weight) return reader.call(name, steps, shape, { definition });
  const [x, ...others] = steps as [Step, ...Step[]];
  const known = terms.flatMap(({ value, axes }) => (isStep(value) ? axes : []));
  const free = weight.axes.filter((axis) => !known.includes(axis));
  const parts = {
    definition,
    arguments: free.map((axis) => named(axis, extents.get(axis)!)),
    weights: [{ leaf: 'weight', shape: weight.value.shape, data: floats(weight.value.data) }],
    label: reader.label(weight.value, name),
  };
  return reader.stage(name, x, shape, parts, others);
}

/** Rows and columns of two features, for each of what stands before. */
export function multiplied(reader: NodeReader, x: Step, y: Step): Step {
  const [rank, other] = [x.shape.length, y.shape.length];
  if (rank !== other || rank < 2 || rank > 4) refuse('features of these ranks do not multiply');
  if (!same(x.shape.slice(0, -2), y.shape.slice(0, -2))) refuse('shapes do not fit');
  const before = ['p', 'q'].slice(0, rank - 2);
  const [left, right] = [
    { value: x, axes: [...before, 'm', 'k'] },
    { value: y, axes: [...before, 'k', 'n'] },
  ];
  return contracted(reader, 'matmul', [left, right], [...before, 'm', 'n']);
}

/** \`ih,jw,bchw->bcij\` where both matrices take the means of windows that cover an axis. */
function adaptive(reader: NodeReader, terms: readonly string[], result: string): Step | undefined {
  const [x, ...others] = reader.inputs.filter((value) => value && isStep(value)) as Step[];
  const place = reader.inputs.indexOf(x);
  if (!x || others.length > 0 || reader.leading !== 1) return undefined;
  const [images, channels, ...axes] = terms[place]!;
  const matrices = axes.map((axis) => terms.findIndex((term, k) => k !== place && term[1] === axis));
  const rows = matrices.map((k) => terms[k]?.[0]);
  const fits = terms.length === axes.length + 1 && result === [images, channels, ...rows].join('');
  if (!fits || matrices.includes(-1) || terms.some((term, k) => k !== place && term.length !== 2)) return undefined;
  const sizes = matrices.map((k, d) => {
    const { shape, data } = reader.inputs[k] as Constant;
    const [to, from] = shape as [number, number];
    const isMean =
      shape.length === 2 &&
      to >= 1 &&
      from === x.shape[d + 1] &&
      meansOf(from, to)
        .flat()
        .every((mean, at) => near(data[at]!, mean));
    return isMean ? to : 0;
  });
  if (sizes.includes(0)) return undefined;
  return reader.stage('adaptiveavgpool', x, [x.shape[0]!, ...sizes], { arguments: [sizesText(sizes)] });
}

const near = (found: number, wanted: number) => Math.abs(found - wanted) < 1e-6;

/** `bij,bjk->bik`: of an image each, if the first letter counts images. */
export function einsum(reader: NodeReader): Step {
  const equation = reader.text('equation', '').replace(/\s/g, '');
  const [left, right] = equation.split('->');
  const terms = left!.split(',');
  const values = reader.inputs.map((value) => value ?? refuse('an input is missing'));
  if (equation.includes('.')) refuse('an equation with `...`');
  if (right === undefined) refuse('an equation without a result');
  if (terms.length !== values.length) refuse('its equation does not fit');
  const pooled = adaptive(reader, terms, right);
  if (pooled) return pooled;
  const { leading } = reader;
  const [images] = right;
  const spelled = new Map([...new Set(equation.replace(/\W/g, ''))].map((letter, k) => [letter, lower(letter, k)]));
  const ofFeature = (_: string, k: number) => isStep(values[k]!);
  const mixes = (term: string) => term[0] !== images || term.slice(1).includes(images!);
  if (
    leading === 1 &&
    (terms.filter(ofFeature).some(mixes) || terms.some((term, k) => !ofFeature(term, k) && term.includes(images!)))
  )
    refuse('it mixes images');
  const axes = (term: string, before: number = leading) =>
    [...term.slice(before)].map((letter) => spelled.get(letter)!);
  return contracted(
    reader,
    'einsum',
    values.map((value, k) => {
      const own = axes(terms[k]!, isStep(value) ? leading : 0);
      return own.length === value.shape.length ? { value, axes: own } : refuse('its equation does not fit');
    }),
    axes(right),
  );
}

const lower = (letter: string, k: number): string => (/[a-z]/.test(letter) ? letter : `n${k}`);
