/** @file Sums, means and largest values along some dimensions. */
import { product } from '../../common/shape.ts';
import { named } from '../texts.ts';
import { refuse, type Step } from '../values.ts';
import { reducedBy } from './formulas.ts';
import { dimensionOf, reshapedTo } from './layers-shapes.ts';
import { wholeMap } from './layers-windows.ts';
import type { Layer, NodeReader } from './node-reader.ts';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);

/** Which dimensions; nothing given means all. */
function dimensionsOf(reader: NodeReader, x: Step): readonly number[] {
  const given = reader.list(1, 'axes');
  if (given?.length) return given.map((axis) => dimensionOf(reader, x, axis)).sort((a, b) => a - b);
  if (reader.leading === 1) refuse('it reduces the images too');
  return range(0, x.shape.length);
}

const WORDS: Readonly<Record<string, string>> = { '0': 'channels', '1': 'height', '2': 'width', '1,2': 'spatial' };

/** What the language calls the dimensions, if it has a word for them. */
function wordOf(axes: readonly number[], rank: number, keep: boolean): string | undefined {
  if (axes.length === rank) return keep ? 'all' : undefined;
  if (rank === 2 && axes.join() === '1') return 'length';
  return rank <= 3 ? WORDS[axes.join()] : undefined;
}

/** Along these dimensions, which are 1 after it, or gone. */
export function reduce(
  reader: NodeReader,
  word: 'mean' | 'sum' | 'max',
  x: Step,
  axes: readonly number[],
  keep: boolean,
): Step {
  const rank = x.shape.length;
  const isMap = reader.leading === 1 && rank > 1 && rank < 4 && axes.join() === range(1, rank).join();
  if (isMap && word !== 'sum') return wholeMap(reader, word === 'mean' ? 'avg' : 'max', keep, x);
  const shape = x.shape.flatMap((size, k) => (axes.includes(k) ? (keep ? [1] : []) : [size]));
  const name = word === 'max' ? undefined : wordOf(axes, rank, keep);
  if (name)
    return reader.stage(word, x, shape, {
      arguments: [named('axes', name, 'all'), named('keepdims', `${keep}`, 'false')],
    });
  // A result has at least one dimension.
  const all = axes.length === rank;
  const [whole, along] = all ? [reshapedTo(reader, x, [1, product(x.shape)]), [1]] : [x, axes];
  const reduced = reducedBy(reader, word === 'max' ? 'max' : 'sum', whole, along);
  const count = product(axes.map((axis) => x.shape[axis]!));
  const scaled = word === 'mean' ? reader.infix(reduced, '/', count, reduced.shape) : reduced;
  return reshapedTo(reader, scaled, shape);
}

const reduced =
  (word: 'mean' | 'sum' | 'max', before?: (reader: NodeReader, x: Step) => Step, after?: string): Layer =>
  (reader) => {
    const x = reader.feature(0);
    if (reader.int('noop_with_empty_axes', 0) === 1 && !reader.list(1, 'axes')?.length) return x;
    const axes = dimensionsOf(reader, x);
    const found = reduce(reader, word, before?.(reader, x) ?? x, axes, reader.int('keepdims', 1) === 1);
    return after === undefined ? found : reader.stage(after, found, found.shape);
  };

const pointwise =
  (word: string) =>
  (reader: NodeReader, x: Step): Step =>
    reader.stage(word, x, x.shape);

const squared = (reader: NodeReader, x: Step): Step => reader.infix(x, '*', x, x.shape);

export const REDUCTIONS: Readonly<Record<string, Layer>> = {
  ReduceMean: reduced('mean'),
  ReduceSum: reduced('sum'),
  ReduceMax: reduced('max'),
  ReduceMin: (reader) => {
    const negative = (x: Step) => reader.infix(0, '-', x, x.shape);
    return negative(reduced('max', (_, x) => negative(x))(reader));
  },
  ReduceL1: reduced('sum', pointwise('abs')),
  ReduceL2: reduced('sum', squared, 'sqrt'),
  ReduceSumSquare: reduced('sum', squared),
  ReduceLogSum: reduced('sum', undefined, 'log'),
  ReduceLogSumExp: reduced('sum', pointwise('exp'), 'log'),
};
