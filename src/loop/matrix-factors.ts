/** @file Products with the entries of a small matrix, such as the transformations of minimal filtering. */
import { InternalError } from '../diagnostics/diagnostic.ts';
import type { Index } from '../ir/affine.ts';
import type { Expression } from './ir.ts';

type Place = ReadonlyMap<string, Index>;

export interface MatrixFactors {
  readonly entry: MatrixEntry;
  readonly operand: Expression;
}

/** The factors of `matrix entry * operand`. */
export function matrixFactors(body: Expression): MatrixFactors | undefined {
  if (body.kind !== 'arithmetic' || body.operator !== '*') return undefined;
  const { left, right } = body;
  if (left.kind === 'entry') return { entry: left, operand: right };
  return right.kind === 'entry' ? { entry: right, operand: left } : undefined;
}

type MatrixEntry = Extract<Expression, { kind: 'entry' }>;

/** The entry where `tile` and, for other axes, `taps` are. */
export function numberIn({ table, row, column }: MatrixEntry, taps: Place, tile: Place): number {
  const [place, other] = [row, column].map(({ constant, terms }) => {
    let value = constant;
    for (const [axis, coefficient] of terms) {
      const at = (tile.get(axis) ?? taps.get(axis))?.affine;
      if (at?.terms.length !== 0) throw new InternalError('generate', 'an axis of a matrix is not written out');
      value += coefficient * at.constant;
    }
    return value;
  });
  return table.rows[place!]![other!]!;
}

/** 1 before -1 before all others. */
export function rankOf(factor: number): number {
  return factor === 1 ? 0 : factor === -1 ? 2 : 1;
}
