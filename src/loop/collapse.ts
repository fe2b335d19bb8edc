/**
 * @file Merges neighbouring axes of a nest that every address walks through as if they were one: `[i, j]` of a pointwise
 * formula is one run over the elements. Longer runs mean fewer loops and less code.
 */
import { type Affine, affineAdd, affineAxis, coefficientOf } from '../ir/affine.ts';
import { affinesOf, type Expression, mapExpression, visitExpression } from './ir.ts';
import type { Nest } from './nest.ts';
import type { NestAxis } from './piece.ts';

export function collapseAxes(nest: Nest): Nest {
  for (const axes of [nest.axes, nest.reduction?.axes ?? []])
    for (let k = 0; k + 1 < axes.length; k++)
      if (canMerge(nest, axes[k]!, axes[k + 1]!)) return collapseAxes(merge(nest, axes[k]!, axes[k + 1]!));
  return nest;
}

function extentOf(axis: NestAxis): number {
  return axis.to - axis.from;
}

function canMerge(nest: Nest, outer: NestAxis, inner: NestAxis): boolean {
  if (inner.from !== 0 || outer.from !== 0) return false;
  const clipped = nest.reduction?.clips.some(
    ({ index }) => coefficientOf(index, outer.name) !== 0 || coefficientOf(index, inner.name) !== 0,
  );
  if (clipped) return false;
  return affinesOfNest(nest).every(
    (affine) => coefficientOf(affine, outer.name) === coefficientOf(affine, inner.name) * extentOf(inner),
  );
}

function affinesOfNest(nest: Nest): Affine[] {
  const affines = [nest.store];
  const collect = (expression: Expression) =>
    visitExpression(expression, (part) => {
      affines.push(...affinesOf(part));
    });
  collect(nest.value);
  if (nest.reduction) {
    collect(nest.reduction.body);
    if (nest.reduction.operator === 'argmax') affines.push(nest.reduction.tap);
  }
  return affines;
}

function merge(nest: Nest, outer: NestAxis, inner: NestAxis): Nest {
  const drop = (affine: Affine) => affineAdd(affineAxis(outer.name, -coefficientOf(affine, outer.name)), affine);
  const mapAll = (expression: Expression): Expression => mapExpression(expression, mapAll, drop);
  const mapAxes = (axes: readonly NestAxis[]) =>
    axes
      .filter((axis) => axis !== outer)
      .map((axis) => (axis === inner ? { ...inner, to: extentOf(inner) * extentOf(outer) } : axis));
  const reduction = nest.reduction && {
    ...nest.reduction,
    axes: mapAxes(nest.reduction.axes),
    body: mapAll(nest.reduction.body),
    tap: drop(nest.reduction.tap),
  };
  return {
    ...nest,
    axes: mapAxes(nest.axes),
    store: drop(nest.store),
    value: mapAll(nest.value),
    ...(reduction ? { reduction } : {}),
  };
}
