/**
 * @file Affine index expressions: `s*i + d*p - P` over named integer axes. An *index* is an affine expression divided
 * by a positive whole number; it denotes an element only where the division is exact and the result is in range, which
 * is how the gradient of a strided access (`i = (u + P - d*p) / s`) stays a formula like any other.
 */

/** `constant + sum of coefficient * axis`; terms are sorted by axis name and have non-zero coefficients. */
export interface Affine {
  readonly constant: number;
  readonly terms: readonly (readonly [axis: string, coefficient: number])[];
}

/** `affine / divisor`; exact division or out of range. */
export interface Index {
  readonly affine: Affine;
  readonly divisor: number;
}

export type AxisRange = (axis: string) => readonly [low: number, high: number];

export const ZERO: Affine = { constant: 0, terms: [] };

export function affineConstant(constant: number): Affine {
  return { constant, terms: [] };
}

export function affineAxis(axis: string, coefficient = 1): Affine {
  return coefficient === 0 ? ZERO : { constant: 0, terms: [[axis, coefficient]] };
}

/** `scale * a + b` */
export function affineAdd(a: Affine, b: Affine, scale = 1): Affine {
  const constant = scale * a.constant + b.constant;
  if (a.terms.length === 0) return { constant, terms: b.terms };
  const terms: (readonly [axis: string, coefficient: number])[] = [];
  let next = 0;
  for (const [axis, coefficient] of a.terms) {
    while (next < b.terms.length && b.terms[next]![0] < axis) terms.push(b.terms[next++]!);
    const other = next < b.terms.length && b.terms[next]![0] === axis ? b.terms[next++]![1] : 0;
    const sum = other + scale * coefficient;
    if (sum !== 0) terms.push([axis, sum]);
  }
  while (next < b.terms.length) terms.push(b.terms[next++]!);
  return { constant, terms };
}

export function affineScale(a: Affine, scale: number): Affine {
  return affineAdd(a, ZERO, scale);
}

export function coefficientOf(a: Affine, axis: string): number {
  for (const [name, coefficient] of a.terms) if (name === axis) return coefficient;
  return 0;
}

/** The smallest and largest value over a box of axes. */
export function affineRange(a: Affine, range: AxisRange): [low: number, high: number] {
  let low = a.constant;
  let high = a.constant;
  for (const [axis, coefficient] of a.terms) {
    const [from, to] = range(axis);
    low += coefficient * (coefficient > 0 ? from : to);
    high += coefficient * (coefficient > 0 ? to : from);
  }
  return [low, high];
}

export function affineEqual(a: Affine, b: Affine): boolean {
  if (a.constant !== b.constant || a.terms.length !== b.terms.length) return false;
  return a.terms.every(([axis, coefficient], k) => axis === b.terms[k]![0] && coefficient === b.terms[k]![1]);
}

/** Replaces each axis that `substitution` knows by `affine / divisor`, over a common divisor. */
export function affineSubstitute(a: Affine, substitution: ReadonlyMap<string, Index>): Index {
  if (!a.terms.some(([axis]) => substitution.has(axis))) return { affine: a, divisor: 1 };
  let divisor = 1;
  for (const [axis] of a.terms) {
    const by = substitution.get(axis);
    if (by) divisor = leastCommonMultiple(divisor, by.divisor);
  }
  let constant = a.constant * divisor;
  const terms: [axis: string, coefficient: number][] = [];
  for (const [axis, coefficient] of a.terms) {
    const by = substitution.get(axis);
    const factor = (coefficient * divisor) / (by?.divisor ?? 1);
    if (by) for (const [name, times] of by.affine.terms) addTerm(terms, name, factor * times);
    else addTerm(terms, axis, factor);
    if (by) constant += factor * by.affine.constant;
  }
  return reduceIndex({ affine: { constant, terms: inOrder(terms) }, divisor });
}

function addTerm(terms: [axis: string, coefficient: number][], axis: string, coefficient: number): void {
  const known = terms.find(([name]) => name === axis);
  if (known) known[1] += coefficient;
  else terms.push([axis, coefficient]);
}

function inOrder(terms: Affine['terms']): Affine['terms'] {
  const present = terms.filter(([, coefficient]) => coefficient !== 0);
  return present.length > 1 ? present.sort(([x], [y]) => (x < y ? -1 : 1)) : present;
}

/** Gives axes other names. */
export function affineRename({ constant, terms }: Affine, names: ReadonlyMap<string, string>): Affine {
  return { constant, terms: inOrder(terms.map(([axis, coefficient]) => [names.get(axis) ?? axis, coefficient])) };
}

export function indexRename({ affine, divisor }: Index, names: ReadonlyMap<string, string>): Index {
  return reduceIndex({ affine: affineRename(affine, names), divisor });
}

export function indexSubstitute(index: Index, substitution: ReadonlyMap<string, Index>): Index {
  if (!index.affine.terms.some(([axis]) => substitution.has(axis))) return index;
  const { affine, divisor } = affineSubstitute(index.affine, substitution);
  return reduceIndex({ affine, divisor: divisor * index.divisor });
}

/** Cancels the common factor of all coefficients, the constant and the divisor. */
export function reduceIndex(index: Index): Index {
  const { affine, divisor } = index;
  if (divisor === 1) return index;
  let common = divisor;
  for (const [, coefficient] of affine.terms) common = greatestCommonDivisor(common, Math.abs(coefficient));
  common = greatestCommonDivisor(common, Math.abs(affine.constant));
  return common <= 1 ? index : { affine: affineScale(affine, 1 / common), divisor: divisor / common };
}

export function plainIndex(affine: Affine): Index {
  return { affine, divisor: 1 };
}

export function axisIndex(axis: string): Index {
  return plainIndex(affineAxis(axis));
}

export function indexEqual(a: Index, b: Index): boolean {
  return a.divisor === b.divisor && affineEqual(a.affine, b.affine);
}

/** The axis, when the index is just that axis. */
export function soleAxis(index: Index): string | undefined {
  const { affine, divisor } = index;
  if (divisor !== 1 || affine.constant !== 0 || affine.terms.length !== 1 || affine.terms[0]![1] !== 1)
    return undefined;
  return affine.terms[0]![0];
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}

export function printAffine(a: Affine): string {
  let text = '';
  for (const [axis, coefficient] of a.terms) {
    const size = Math.abs(coefficient);
    text += text ? (coefficient < 0 ? ' - ' : ' + ') : coefficient < 0 ? '-' : '';
    text += size === 1 ? axis : `${size}*${axis}`;
  }
  if (a.constant === 0 && text) return text;
  if (!text) return `${a.constant}`;
  return a.constant < 0 ? `${text} - ${-a.constant}` : `${text} + ${a.constant}`;
}

export function printIndex(index: Index): string {
  return index.divisor === 1 ? printAffine(index.affine) : `(${printAffine(index.affine)})/${index.divisor}`;
}
