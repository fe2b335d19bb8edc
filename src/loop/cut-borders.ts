/**
 * @file Borders of what is read. Where an access leaves its operand over a part of the domain, that part is cut off: then it is
 * inside or outside in each, and nothing has to be asked.
 */
import { simplifyScalar } from '../formula/simplify-scalar.ts';
import { type Affine, coefficientOf, type Index } from '../ir/affine.ts';
import { constant, mapOperands, type Reduction, reductionOf, type Scalar, visitScalar } from '../ir/scalar.ts';
import { hasEntries } from './cut-tiles.ts';
import { type NestAxis, type Piece, rangeOver, withRange } from './piece.ts';

/** What is read, by number, and how its borders are cut. */
export interface Bounded {
  readonly operands: readonly { readonly shape: readonly number[] }[];
  /** Where padding clips the taps at some places only, all others are a piece of their own, and can be tiled. */
  readonly cutBorders?: boolean;
}

type Place = 'inside' | 'outside' | 'either';

/** Where an index lies over the box of the piece. */
export function placeOf(index: Index, extent: number, piece: Piece): Place {
  const [low, high] = rangeOver(index.affine, [...piece.axes, ...piece.reduced]);
  if (high < 0 || low >= extent * index.divisor) return 'outside';
  return index.divisor === 1 && low >= 0 && high < extent ? 'inside' : 'either';
}

export function identityOf({ operator }: Reduction): number {
  return operator === 'sum' ? 0 : Number.NEGATIVE_INFINITY;
}

/** Cuts output axes where an access that depends on nothing else enters or leaves its operand. */
export function splitAtBorders(piece: Piece, problem: Bounded): Piece[] {
  const body = dropOutside(piece, problem);
  if (body !== piece.body) return splitAtBorders({ ...piece, body: simplifyScalar(body) }, problem);
  for (const { index, extent } of boundedIndices(piece.body, problem)) {
    if (placeOf(index, extent, piece) !== 'either' || index.affine.terms.length !== 1 || index.divisor !== 1) continue;
    const axis = piece.axes.find(({ name }) => name === index.affine.terms[0]![0]);
    if (axis) return cut(piece, axis, index.affine, extent).flatMap((part) => splitAtBorders(part, problem));
  }
  return problem.cutBorders ? splitAtInterior(piece, problem) : [piece];
}

/** Places of an axis for which it is worth while to have loops of their own. */
const LEAST_INTERIOR = 4;

/** Cuts the innermost axis that slides over an operand where its taps begin, and cease, to be all inside. */
function splitAtInterior(piece: Piece, problem: Bounded): Piece[] {
  const reduction = reductionOf(piece.body);
  if (reduction?.operator !== 'sum' || hasEntries(piece.body)) return [piece];
  const isTap = (name: string) => piece.reduced.some((axis) => axis.name === name);
  const sliding = boundedIndices(reduction, problem).filter(({ index }) =>
    index.affine.terms.some(([name]) => isTap(name)),
  );
  const along = (axis: NestAxis) => sliding.filter(({ index }) => coefficientOf(index.affine, axis.name) !== 0);
  const axis = piece.axes.findLast((candidate) => along(candidate).length > 0);
  if (!axis) return [piece];
  const isInside = (at: number) => {
    const there = withRange(piece, axis.name, at, at + 1);
    return along(axis).every(({ index, extent }) => placeOf(index, extent, there) === 'inside');
  };
  let from = axis.from;
  while (from < axis.to && !isInside(from)) from++;
  let to = from;
  while (to < axis.to && isInside(to)) to++;
  if (to - from < LEAST_INTERIOR || to - from === axis.to - axis.from) return [piece];
  const borders = [axis.from, from, to, axis.to];
  return borders.slice(1).flatMap((end, k) => {
    const begin = borders[k]!;
    return begin < end ? [withRange(piece, axis.name, begin, end)] : [];
  });
}

function dropOutside(piece: Piece, problem: Bounded): Scalar {
  const isOutside = (index: Index, extent: number) => placeOf(index, extent, piece) === 'outside';
  const drop = (scalar: Scalar, identity: number): Scalar => {
    const part = mapOperands(scalar, (operand) => drop(operand, identityWithin(scalar, identity)));
    if (part.kind === 'access') {
      const { shape } = problem.operands[part.operand]!;
      return part.indices.some((index, k) => isOutside(index, shape[k]!)) ? constant(identity) : part;
    }
    if (part.kind !== 'inside') return part;
    const place = placeOf(part.index, part.extent, piece);
    return place === 'either' ? part : constant(place === 'inside' ? 1 : 0);
  };
  return drop(piece.body, 0);
}

/** What accesses out of range read in the operands of an expression. */
function identityWithin(scalar: Scalar, outer: number): number {
  return scalar.kind === 'reduce' ? identityOf(scalar) : outer;
}

function boundedIndices(body: Scalar, problem: Bounded): { index: Index; extent: number }[] {
  const found: { index: Index; extent: number }[] = [];
  visitScalar(body, (part) => {
    if (part.kind === 'inside') found.push({ index: part.index, extent: part.extent });
    if (part.kind !== 'access') return;
    const { shape } = problem.operands[part.operand]!;
    part.indices.forEach((index, k) => {
      found.push({ index, extent: shape[k]! });
    });
  });
  return found;
}

/** The parts of the piece before, within and after the stretch where `0 <= affine < extent`. */
function cut(piece: Piece, axis: NestAxis, affine: Affine, extent: number): Piece[] {
  const [, coefficient] = affine.terms[0]!;
  const [atZero, atEnd] = [-affine.constant / coefficient, (extent - 1 - affine.constant) / coefficient];
  const first = Math.ceil(Math.min(atZero, atEnd));
  const after = Math.floor(Math.max(atZero, atEnd)) + 1;
  const borders = [axis.from, clamp(first, axis), clamp(after, axis), axis.to];
  const parts: Piece[] = [];
  for (let k = 0; k + 1 < borders.length; k++) {
    const [from, to] = [borders[k]!, borders[k + 1]!];
    if (from >= to) continue;
    parts.push({ ...piece, axes: piece.axes.map((other) => (other === axis ? { name: axis.name, from, to } : other)) });
  }
  return parts;
}

function clamp(value: number, axis: NestAxis): number {
  return Math.min(Math.max(value, axis.from), axis.to);
}
