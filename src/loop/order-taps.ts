/**
 * @file The order of the loops of a sum. Taps that padding clips are few, and the loop over them has bounds of its own
 * each time; where the sum also runs over an axis without clips, such as the channels, that loop is better innermost.
 * Unless its step is a large power of two: then the values of all channels compete for the same few lines of the cache.
 */
import { coefficientOf, greatestCommonDivisor } from '../ir/affine.ts';
import { visitExpression } from './ir.ts';
import type { Nest, NestReduction } from './nest.ts';
import type { NestAxis } from './piece.ts';

/** Floats after which addresses fall into the same set of the first cache again, and lines that a set holds. */
const SETS_SPAN = 1024;
const WAYS = 8;

/** Moves clipped axes outside where that pays. */
export function orderTaps(nest: Nest): Nest {
  const { reduction } = nest;
  if (!reduction || reduction.batch || reduction.operator !== 'sum') return nest;
  const isClipped = ({ name }: NestAxis) => reduction.clips.some(({ index }) => coefficientOf(index, name) !== 0);
  const clipped = reduction.axes.filter(isClipped);
  const free = reduction.axes.filter((axis) => !isClipped(axis));
  const innermost = free.at(-1);
  if (clipped.length === 0 || !innermost || !fitsCache(reduction, innermost)) return nest;
  return { ...nest, reduction: { ...reduction, axes: [...clipped, ...free] } };
}

/** Half of the ways are left to everything else. */
function fitsCache(reduction: NestReduction, { name, from, to }: NestAxis): boolean {
  let fits = true;
  visitExpression(reduction.body, (part) => {
    if (part.kind !== 'load' || part.buffer.variance === 'uniform') return;
    const sets = SETS_SPAN / greatestCommonDivisor(Math.abs(coefficientOf(part.address, name)), SETS_SPAN);
    fits &&= sets * (WAYS / 2) >= to - from;
  });
  return fits;
}
