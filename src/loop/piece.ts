/** @file A formula over a part of its domain: what the ways of cutting a domain work on. */
import { InternalError } from '../diagnostics/diagnostic.ts';
import { type Affine, affineRange } from '../ir/affine.ts';
import type { Scalar } from '../ir/scalar.ts';

/** An axis of a nest: values `from`, …, `to - 1`. */
export interface NestAxis {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface Piece {
  readonly axes: readonly NestAxis[];
  readonly reduced: readonly NestAxis[];
  /** The output element, one affine per dimension of the result. */
  readonly output: readonly Affine[];
  readonly body: Scalar;
}

export function rangeOver(affine: Affine, axes: readonly NestAxis[]): [low: number, high: number] {
  return affineRange(affine, (name) => {
    const axis = axes.find((candidate) => candidate.name === name);
    if (!axis) throw new InternalError('nest', `axis ${name} is not of this nest`);
    return [axis.from, axis.to - 1];
  });
}

/** The piece with one axis, of the result or of the reduction, over another range. */
export function withRange(piece: Piece, name: string, from: number, to: number): Piece {
  const map = (axes: readonly NestAxis[]) => axes.map((axis) => (axis.name === name ? { name, from, to } : axis));
  return { ...piece, axes: map(piece.axes), reduced: map(piece.reduced) };
}
