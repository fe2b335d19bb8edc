/** @file Shapes: how many numbers they hold, and how they are written. */

/** Of the extents of a shape: its elements. Of none: 1. */
export function product(factors: readonly number[]): number {
  return factors.reduce((all, factor) => all * factor, 1);
}

/** As the language writes it: `[3, 32, 32]`. */
export function printShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
