/** @file How far lists of numbers are apart, relative to the largest of them. */

/** Values by name, such as those that a few steps of training give. */
export type Values = ReadonlyMap<string, ArrayLike<number>>;

interface Closeness {
  /** What the largest element is taken for at least. */
  readonly floor: number;
  readonly tolerance: number;
  readonly label: string;
}

export function largest(values: Iterable<number>): number {
  let found = 0;
  for (const value of values) found = Math.max(found, Math.abs(value));
  return found;
}

export function expectClose(values: ArrayLike<number>, wanted: ArrayLike<number>, closeness: Closeness): void {
  const error = differenceOf(values, wanted, closeness.floor);
  if (error <= closeness.tolerance) return;
  throw new Error(describe(closeness.label, error, values, wanted));
}

export function describe(label: string, error: number, values: ArrayLike<number>, wanted: ArrayLike<number>): string {
  const shown = (list: ArrayLike<number>) => Array.from(list).slice(0, 8).join(', ');
  return `${label}: off by ${error}\nfound  ${shown(values)}\nwanted ${shown(wanted)}`;
}

/** Relative to the largest element; infinite where only one side is a number. */
export function differenceOf(values: ArrayLike<number>, wanted: ArrayLike<number>, floor: number): number {
  if (values.length !== wanted.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(floor, largest(Array.from(wanted)));
  let error = 0;
  for (let k = 0; k < wanted.length; k++) {
    const difference = values[k] === wanted[k] ? 0 : Math.abs(values[k]! - wanted[k]!) / scale;
    error = Math.max(error, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return error;
}

/** The first value that is further off, relative to its largest element or a hundredth of the largest gradient. */
export function firstError(exact: Values, others: Values, tolerance: number) {
  return firstBeyond(exact, others, tolerance, Math.max(1e-3, 1e-2 * largestGradient(exact)));
}

/** The same with a thousandth of the largest gradient. */
export function firstDifference(exact: Values, others: Values, tolerance: number) {
  return firstBeyond(exact, others, tolerance, 1e-3 * Math.max(1e-6, largestGradient(exact)));
}

function largestGradient(values: Values): number {
  const gradients = [...values].filter(([label]) => label.startsWith('gradient'));
  return Math.max(0, ...gradients.map(([, gradient]) => largest(Array.from(gradient))));
}

function firstBeyond(exact: Values, others: Values, tolerance: number, floor: number) {
  for (const [label, values] of exact) {
    const error = differenceOf(others.get(label)!, values, floor);
    if (!(error <= tolerance)) return { label, error };
  }
  return undefined;
}
