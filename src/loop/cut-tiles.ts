/**
 * @file Tiles at the borders of a map. The taps of a transformation are written out, so which of them lie on the map must
 * be known for every tile: tiles that lie on it as a whole are one piece, and each that sticks out is a piece of its own,
 * with the taps, or the results, that it really has.
 */
import { type Affine, coefficientOf } from '../ir/affine.ts';
import { accessesOf, reductionOf, type Scalar, visitScalar } from '../ir/scalar.ts';
import { type NestAxis, type Piece, rangeOver, withRange } from './piece.ts';

interface Bounds {
  readonly index: Affine;
  readonly extent: number;
  /** Of an operand, not of the result. */
  readonly isRead: boolean;
}

export function cutTiles(piece: Piece, shapes: readonly (readonly number[])[], result: readonly number[]): Piece[] {
  const results = piece.output.map((index, k): Bounds => ({ index, extent: result[k]!, isRead: false }));
  // What is read outside as a whole stays: it is 0, but its result has to be written.
  const reads = hasEntries(piece.body)
    ? boundsOfReads(piece.body, shapes).filter((bounds) => !isOutside(bounds, piece))
    : [];
  for (const bounds of [...results, ...reads]) {
    if (isInside(bounds, piece)) continue;
    const parts = cut(piece, bounds);
    return parts.flatMap((part) => cutTiles(part, shapes, result));
  }
  return [piece];
}

/** Does the body transform by a matrix? */
export function hasEntries(body: Scalar): boolean {
  let found = false;
  visitScalar(body, (part) => {
    found ||= part.kind === 'entry';
  });
  return found;
}

function boundsOfReads(body: Scalar, shapes: readonly (readonly number[])[]): Bounds[] {
  const reduction = reductionOf(body);
  return accessesOf(reduction?.body ?? body).flatMap((read) =>
    read.indices.map(({ affine }, k) => ({ index: affine, extent: shapes[read.operand]![k]!, isRead: true })),
  );
}

function isInside({ index, extent }: Bounds, piece: Piece): boolean {
  const [low, high] = rangeOver(index, [...piece.axes, ...piece.reduced]);
  return low >= 0 && high < extent;
}

function isOutside({ index, extent }: Bounds, piece: Piece): boolean {
  const [low, high] = rangeOver(index, [...piece.axes, ...piece.reduced]);
  return high < 0 || low >= extent;
}

/** Cuts the axis with the longest step: where all is inside, and value by value where it is not. */
function cut(piece: Piece, { index, extent, isRead }: Bounds): Piece[] {
  const axes = [...piece.axes, ...piece.reduced].filter(
    ({ name, from, to }) => coefficientOf(index, name) !== 0 && to - from > 1,
  );
  const axis = axes.sort((a, b) => coefficientOf(index, b.name) - coefficientOf(index, a.name))[0];
  // Nothing moves any more, and the place is outside: there is nothing to compute.
  if (!axis) return [];
  const step = coefficientOf(index, axis.name);
  const [low, high] = rangeOver(index, [...piece.axes, ...piece.reduced]);
  const [least, most] = [low - step * axis.from, high - step * (axis.to - 1)];
  const first = clamp(Math.ceil(-least / step), axis);
  const after = Math.max(first, clamp(Math.floor((extent - 1 - most) / step) + 1, axis));
  // An axis that alone decides is outside where it is not inside: no result, or a tap that adds nothing.
  const isPosition = isRead && piece.axes.includes(axis);
  if (axes.length === 1 && !isPosition) return first < after ? [withRange(piece, axis.name, first, after)] : [];
  const singles = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, k) => withRange(piece, axis.name, from + k, from + k + 1));
  const inside = first < after ? [withRange(piece, axis.name, first, after)] : [];
  return [...singles(axis.from, first), ...inside, ...singles(after, axis.to)];
}

function clamp(value: number, axis: NestAxis): number {
  return Math.min(Math.max(value, axis.from), axis.to);
}
