/** @file From where to where loops run. */
import { type Affine, affineAdd, affineAxis, affineConstant, affineScale } from '../ir/affine.ts';
import { type BoundTerm, type Condition, END_BLOCK, FIRST_BLOCK } from './ir.ts';

export type Bounds = readonly [from: readonly BoundTerm[], to: readonly BoundTerm[]];

/** From `at` on `length` values, or what is left of them. */
export function boundsOfRun(at: Affine, length: number, from: readonly BoundTerm[], to: readonly BoundTerm[]): Bounds {
  const end: BoundTerm = { affine: affineAdd(at, affineConstant(length)), divisor: 1 };
  const [first, last] = [from, to].map(([only, ...others]) =>
    others.length === 0 && only!.affine.terms.length === 0 && only!.divisor === 1 ? only!.affine.constant : Number.NaN,
  ) as [number, number];
  return [[{ affine: at, divisor: 1 }], (last - first) % length === 0 ? [end] : [end, ...to]];
}

/** How many blocks a group has is known when it runs. */
export const BLOCKS: Bounds = [
  [{ affine: affineAxis(FIRST_BLOCK), divisor: 1 }],
  [{ affine: affineAxis(END_BLOCK), divisor: 1 }],
];

export function bound(value: number): BoundTerm {
  return { affine: affineConstant(value), divisor: 1 };
}

/** The t with `0 <= c*t + rest < extent`: from (rounded up) and to (exclusive, rounded down). */
export function solveClip(rest: Affine, coefficient: number, clip: Condition): [BoundTerm, BoundTerm] {
  const size = Math.abs(coefficient);
  const minusRest = affineScale(rest, -1);
  const last = affineConstant(clip.extent - 1);
  if (coefficient > 0) {
    // t >= -rest / c; t <= (extent - 1 - rest) / c
    return [
      { affine: minusRest, divisor: size },
      { affine: affineAdd(affineAdd(minusRest, last), affineConstant(size)), divisor: size },
    ];
  }
  // t >= (rest - (extent - 1)) / |c|; t <= rest / |c|
  return [
    { affine: affineAdd(last, rest, -1), divisor: size },
    { affine: affineAdd(rest, affineConstant(size)), divisor: size },
  ];
}
