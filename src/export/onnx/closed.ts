/** @file The part of a formula that depends on nothing but positions: its numbers are known when the file is written. */
import { compare, fold } from '../../formula/evaluate-scalar.ts';
import { evaluateFunction } from '../../formula/functions.ts';
import type { Affine, Index } from '../../ir/affine.ts';
import type { Access, Axis, Scalar } from '../../ir/scalar.ts';

/** Where each axis stands. */
type Place = Map<string, number>;

/** An element of an operand; undefined where operands are not known. */
export type ReadKnown = (access: Access, place: readonly (number | undefined)[]) => number;

export function affineAt(affine: Affine, place: ReadonlyMap<string, number>): number {
  return affine.terms.reduce((sum, [axis, times]) => sum + times * place.get(axis)!, affine.constant);
}

/** The element that an index denotes; undefined where the division leaves a remainder. */
export function indexAt({ affine, divisor }: Index, place: ReadonlyMap<string, number>): number | undefined {
  const at = affineAt(affine, place) / divisor;
  return Number.isInteger(at) ? at : undefined;
}

/** Calls `see` at every place, the last axis fastest. */
export function everywhere(axes: readonly Axis[], see: (place: Place) => void): void {
  const place: Place = new Map();
  const visit = (k: number) => {
    if (k === axes.length) return see(place);
    const { name, extent } = axes[k]!;
    for (let at = 0; at < extent; at++) {
      place.set(name, at);
      visit(k + 1);
    }
  };
  visit(0);
}

export function valueAt(scalar: Scalar, place: Place, read: ReadKnown): number {
  const value = (part: Scalar) => valueAt(part, place, read);
  switch (scalar.kind) {
    case 'constant':
      return scalar.value;
    case 'position':
      return affineAt(scalar.index, place);
    case 'inside': {
      const at = indexAt(scalar.index, place);
      return at !== undefined && at >= 0 && at < scalar.extent ? 1 : 0;
    }
    case 'entry':
      return scalar.table.rows[affineAt(scalar.row, place)]![affineAt(scalar.column, place)]!;
    case 'access':
      return read(
        scalar,
        scalar.indices.map((index) => indexAt(index, place)),
      );
    case 'arithmetic':
      return fold(scalar.operator, value(scalar.left), value(scalar.right));
    case 'call':
      return evaluateFunction(scalar.name, scalar.arguments.map(value));
    case 'select':
      return value(
        compare(scalar.comparison, value(scalar.left), value(scalar.right)) ? scalar.whenTrue : scalar.whenFalse,
      );
    case 'reduce': {
      const values: number[] = [];
      everywhere(scalar.axes, (inner) => {
        values.push(valueAt(scalar.body, new Map([...place, ...inner]), read));
      });
      if (scalar.operator === 'sum') return values.reduce((sum, one) => sum + one, 0);
      const largest = Math.max(...values);
      return scalar.operator === 'max' ? largest : values.indexOf(largest);
    }
    case 'random':
      return Number.NaN;
  }
}
