/**
 * @file Reading a value through its formula: an access `t[f]` of `t[a] = B(a)` becomes `B(f)`. That changes nothing where
 * the access is in range; out of range `t[f]` reads 0 while `B(f)` may not, so callers ask `staysInRange` first.
 */
import { affineRange, type Index, soleAxis } from '../ir/affine.ts';
import { type Access, type Axis, mapAccesses, type Scalar, substituteAxes } from '../ir/scalar.ts';

/** The reduction-free `body` (over `axes`) at the indices of `read`, its accesses renumbered by `operandOf`. */
export function inlineAccess(
  read: Access,
  axes: readonly Axis[],
  body: Scalar,
  operandOf: (operand: number) => number,
): Scalar {
  const substitution = new Map<string, Index>();
  axes.forEach((axis, k) => {
    substitution.set(axis.name, read.indices[k]!);
  });
  const placed = substituteAxes(body, substitution);
  return mapAccesses(placed, (part) => ({ ...part, operand: operandOf(part.operand) }));
}

/** True when every index of the access is exact and within its dimension over the whole domain. */
export function staysInRange(read: Access, shape: readonly number[], extents: ReadonlyMap<string, number>): boolean {
  return read.indices.every((index, k) => {
    if (index.divisor !== 1) return false;
    const [low, high] = affineRange(index.affine, (axis) => [0, extents.get(axis)! - 1]);
    return low >= 0 && high < shape[k]!;
  });
}

/** True when the access reads the element of its own place: `t[i, j]` in a formula over `[i, j]`. */
export function isIdentityAccess(read: Access, axes: readonly Axis[]): boolean {
  return read.indices.length === axes.length && read.indices.every((index, k) => soleAxis(index) === axes[k]!.name);
}
