/**
 * @file How a formula reads along one axis of an operand, for receptive fields: which places of the operand each place of
 * the result reads. Of the axes in the index one tells the place; taps, and axes that end up in another dimension, read
 * several. A factor that is known, such as the weight of a resampling, tells which taps count at which place.
 */
import { type Affine, coefficientOf, type Index, soleAxis } from '../ir/affine.ts';
import type { Formula, Node } from '../ir/graph.ts';
import { type Access, type Axis, reductionOf, type Scalar, visitScalar } from '../ir/scalar.ts';
import { knownElement, knownFormula } from './known-values.ts';
import type { Reads } from './windows.ts';

/** `axes`: neighbouring axes of the result that tell the place together, row-major. */
export interface PlacedReads extends Reads {
  readonly axes: readonly Axis[];
}

type Values = ReadonlyMap<string, number>;

/** Of the reduction that the access stands in, and of the result. */
interface Term {
  readonly formula: Formula;
  readonly taps: readonly Axis[];
  /** Which terms count; all of them if absent. */
  readonly known?: KnownFactor;
}

interface KnownFactor {
  readonly axes: readonly string[];
  readonly isZero: (values: Values) => boolean;
}

/** Undefined where every place of the result may read every place of the operand. */
export function readsThrough(read: Access, index: Index, node: Node, formula: Formula): PlacedReads | undefined {
  const factor = knownFactorOf(read, node, formula);
  // A factor of other axes, as that of the columns where rows are asked about, says nothing.
  const known = factor?.axes.some((name) => coefficientOf(index.affine, name) !== 0) ? factor : undefined;
  const term: Term = { formula, taps: reductionOf(formula.body)?.axes ?? [], known };
  const outer = formula.axes.filter(({ name }) => coefficientOf(index.affine, name) !== 0);
  if (outer.length > 0) return readsOfIndex(index, outer, term);
  const tap = soleAxis(index);
  return tap === undefined ? undefined : readsWithinBound(tap, formula);
}

function readsOfIndex({ affine, divisor }: Index, outer: readonly Axis[], term: Term): PlacedReads {
  // Of several axes of the result the coarsest tells the place; the others are like taps.
  const reach = ({ name }: Axis) => Math.abs(coefficientOf(affine, name));
  const place = outer.reduce((best, other) => (reach(other) > reach(best) ? other : best));
  const axes = [place, ...finerAxes(place, affine, term)];
  const numerator = coefficientOf(affine, place.name);
  const inner = axes.slice(1).reduce((product, { extent }) => product * extent, 1);
  const patterns = patternsOf(affine, axes, inner, term);
  const placesOf = (step: number, phase: number) =>
    patterns.of(step, phase).flatMap((offset) => {
      const dividend = numerator * step + offset;
      return dividend % divisor === 0 ? [dividend / divisor] : [];
    });
  return { axes, outer: place.extent, inner, numerator, divisor, regular: patterns.regular, placesOf };
}

/** The next axes of the result, as long as it depends on them what is read. */
function finerAxes(place: Axis, affine: Affine, { formula, known }: Term): Axis[] {
  const next = formula.axes.slice(formula.axes.indexOf(place) + 1);
  const end = next.findIndex(({ name }) => coefficientOf(affine, name) === 0 && !known?.axes.includes(name));
  return end < 0 ? next : next.slice(0, end);
}

interface Patterns {
  readonly regular: boolean;
  /** What is added to the index of the place's first axis. */
  readonly of: (step: number, phase: number) => readonly number[];
}

const MOST_KNOWN = 1e5;

function patternsOf(affine: Affine, axes: readonly Axis[], inner: number, term: Term): Patterns {
  const [place, ...finer] = axes as [Axis, ...Axis[]];
  const free = freeAxes(affine, axes, term);
  const valuesAt = (step: number, phase: number) => {
    const values = new Map([[place.name, step]]);
    let rest = phase;
    for (const { name, extent } of [...finer].reverse()) {
      values.set(name, rest % extent);
      rest = Math.floor(rest / extent);
    }
    return values;
  };
  const offsets = (step: number, phase: number, known?: KnownFactor) =>
    offsetsOf({ affine, place, free, values: valuesAt(step, phase), known });
  const { known } = term;
  const count = known ? product([...axes, ...free]) : 0;
  if (!known || count > MOST_KNOWN) {
    const all = Array.from({ length: inner }, (_, phase) => offsets(0, phase));
    return { regular: true, of: (_, phase) => all[phase]! };
  }
  const found = Array.from({ length: place.extent }, (_, step) =>
    Array.from({ length: inner }, (__, phase) => offsets(step, phase, known)),
  );
  return evenPatterns(found) ?? { regular: false, of: (step, phase) => found[step]![phase]! };
}

/** Where what is read at the borders is part of what is read elsewhere, places differ by their phase alone. */
function evenPatterns(found: readonly (readonly (readonly number[])[])[]): Patterns | undefined {
  const united = found[0]!.map((_, phase) => [...new Set(found.flatMap((patterns) => patterns[phase]!))]);
  const isEven = united.every(({ length }, phase) => found.some((patterns) => patterns[phase]!.length === length));
  return isEven ? { regular: true, of: (_, phase) => united[phase]! } : undefined;
}

function product(axes: readonly Axis[]): number {
  return axes.reduce((count, { extent }) => count * extent, 1);
}

/** Axes over which the terms of one place run, as far as index or factor depend on them. */
function freeAxes(affine: Affine, placed: readonly Axis[], { formula, taps, known }: Term): Axis[] {
  const isRead = ({ name }: Axis) => coefficientOf(affine, name) !== 0 || (known?.axes.includes(name) ?? false);
  return [...formula.axes, ...taps].filter((axis) => !placed.includes(axis) && isRead(axis));
}

interface OffsetRequest {
  readonly affine: Affine;
  readonly place: Axis;
  readonly free: readonly Axis[];
  readonly values: Values;
  readonly known?: KnownFactor;
}

function offsetsOf({ affine, place, free, values, known }: OffsetRequest): number[] {
  let start = affine.constant;
  for (const [name, value] of values) if (name !== place.name) start += coefficientOf(affine, name) * value;
  if (known) return knownOffsets({ affine, place, free, values, known }, start);
  let sums = new Set([start]);
  for (const { name, extent } of free) {
    const coefficient = coefficientOf(affine, name);
    const next = new Set<number>();
    for (const sum of sums) for (let k = 0; k < extent; k++) next.add(sum + coefficient * k);
    sums = next;
  }
  return [...sums];
}

function knownOffsets({ affine, free, values, known }: OffsetRequest, start: number): number[] {
  const sums = new Set<number>();
  const walk = (axis: number, all: Map<string, number>, sum: number): void => {
    const next = free[axis];
    if (!next) {
      if (!known!.isZero(all)) sums.add(sum);
      return;
    }
    for (let k = 0; k < next.extent; k++)
      walk(axis + 1, all.set(next.name, k), sum + coefficientOf(affine, next.name) * k);
  };
  walk(0, new Map(values), start);
  return [...sums];
}

/** Less than this is a rounding of 0. */
const LEAST = 1e-7;

/** A factor of the access, or what selects it, whose value is known, and that is indexed by axes alone. */
function knownFactorOf(read: Access, node: Node, formula: Formula): KnownFactor | undefined {
  let found: KnownFactor | undefined;
  visitScalar(formula.body, (part) => {
    if (found) return;
    if (isSelected(part, read)) found = known(part.left, node);
    if (part.kind !== 'arithmetic' || part.operator !== '*') return;
    const factors = partsOf(part, '*');
    if (!factors.includes(read)) return;
    found = factors.flatMap((factor) => known(factor, node) ?? [])[0];
  });
  return found;
}

/** `if a > 0 { read } else { 0 }`, where no `a` is negative. */
function isSelected(part: Scalar, read: Access): part is Extract<Scalar, { kind: 'select' }> {
  if (part.kind !== 'select' || part.comparison !== '>' || part.whenTrue !== read) return false;
  return [part.right, part.whenFalse].every((value) => value.kind === 'constant' && value.value === 0);
}

function known(factor: Scalar, node: Node): KnownFactor | undefined {
  if (factor.kind !== 'access') return undefined;
  const formula = knownFormula(node.inputs[factor.operand]!);
  const axes = factor.indices.flatMap((index) => soleAxis(index) ?? []);
  if (!formula || axes.length < factor.indices.length) return undefined;
  const place = (values: Values) => axes.map((name) => values.get(name) ?? 0);
  return { axes, isZero: (values) => Math.abs(knownElement(formula, place(values))) < LEAST };
}

export function partsOf(scalar: Scalar, operator: '+' | '*'): Scalar[] {
  if (scalar.kind !== 'arithmetic' || scalar.operator !== operator) return [scalar];
  return [...partsOf(scalar.left, operator), ...partsOf(scalar.right, operator)];
}

/** The whole dimension is walked through by `tap`, where `0 <= a*tap + b*axis + c < extent` allows it. */
function readsWithinBound(tap: string, formula: Formula): PlacedReads | undefined {
  const bound = boundOf(tap, formula);
  if (!bound) return undefined;
  const { axis, a, b, c, extent } = bound;
  const placesOf = (step: number) => {
    const first = Math.ceil((-b * step - c) / a);
    const last = Math.floor((extent - 1 - b * step - c) / a);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => first + k);
  };
  return { axes: [axis], outer: axis.extent, inner: 1, numerator: -b, divisor: a, regular: true, placesOf };
}

function boundOf(tap: string, { axes, body }: Formula) {
  let found: { axis: Axis; a: number; b: number; c: number; extent: number } | undefined;
  visitScalar(body, (part) => {
    if (part.kind !== 'inside' || part.index.divisor !== 1 || part.index.affine.terms.length !== 2) return;
    const { affine } = part.index;
    const axis = axes.find(({ name }) => coefficientOf(affine, name) !== 0);
    const a = coefficientOf(affine, tap);
    if (axis && a > 0)
      found = { axis, a, b: coefficientOf(affine, axis.name), c: affine.constant, extent: part.extent };
  });
  return found;
}
