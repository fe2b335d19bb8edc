/**
 * @file Which pixels the places along one axis of a map see: an interval for each place. Behind convolutions and pooling
 * the interval moves by the stride from place to place. Behind an upsampling by n the places fall into n *phases*, by the
 * remainder of their number: place n*k + r sees an interval of its own for each r, which moves by whole pixels with k. So
 * a list of intervals for one period, and the pixels that a period advances, say it for every place, exactly.
 */
import { greatestCommonDivisor } from '../ir/affine.ts';

export type Interval = readonly [first: number, last: number];

export interface Windows {
  /** Of the places 0, 1, 2, …; undefined for a place that sees nothing, as between the kernels of a transposed convolution. */
  readonly intervals: readonly (Interval | undefined)[];
  /** Pixels from a place to the one that is a whole list further on. */
  readonly advance: number;
  /** Whether the list repeats. If not it is of all places there are, and nothing lies beyond them. */
  readonly periodic: boolean;
}

/** More phases than this are replaced by bounds that hold for all of them. */
const MOST_PHASES = 4096;

/** Pixels from a place to the next, on average. */
export function strideOf({ intervals, advance }: Windows): number {
  return advance / intervals.length;
}

export function seenFrom({ intervals, advance, periodic }: Windows, place: number): Interval | undefined {
  const period = intervals.length;
  const turns = Math.floor(place / period);
  if (turns !== 0 && !periodic) return undefined;
  const found = intervals[place - turns * period];
  return found && turns !== 0 ? [found[0] + turns * advance, found[1] + turns * advance] : found;
}

function hull(a: Interval | undefined, b: Interval | undefined): Interval | undefined {
  if (!a || !b) return a ?? b;
  return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
}

/** How the places of a result read those of an operand: `inner` places of the result for each of `outer` steps. */
export interface Reads {
  readonly outer: number;
  readonly inner: number;
  /** The places that are read advance by `numerator / divisor` a step. */
  readonly numerator: number;
  readonly divisor: number;
  /** Whether that is all that differs from step to step. */
  readonly regular: boolean;
  /** The places that place `inner * step + phase` reads. */
  readonly placesOf: (step: number, phase: number) => readonly number[];
}

export function throughReads(windows: Windows, reads: Reads): Windows {
  const { outer, inner, numerator, divisor, placesOf } = reads;
  const period = divisor * windows.intervals.length;
  const periodic = windows.periodic && reads.regular;
  // After so many steps, the places that are read are in the same phase again.
  const steps = periodic ? period / greatestCommonDivisor(period, Math.abs(numerator)) : outer;
  if (periodic && steps * inner > MOST_PHASES && windows.intervals.length > 1)
    return throughReads(bounded(windows), reads);
  const intervals = Array.from({ length: steps * inner }, (_, place) => {
    const phase = place % inner;
    return placesOf((place - phase) / inner, phase).reduce<Interval | undefined>(
      (seen, read) => hull(seen, seenFrom(windows, read)),
      undefined,
    );
  });
  return reduced({ intervals, advance: windows.advance * ((steps * numerator) / period), periodic });
}

/** The same for all phases: the lowest first and the highest last pixel, as seen from a place that moves evenly. */
function bounded(windows: Windows): Windows {
  const stride = strideOf(windows);
  let bounds: Interval | undefined;
  windows.intervals.forEach((seen, place) => {
    bounds = hull(bounds, seen && [seen[0] - stride * place, seen[1] - stride * place]);
  });
  return { intervals: [bounds], advance: stride, periodic: true };
}

/** The shortest list that says the same. */
function reduced(windows: Windows): Windows {
  const { intervals, advance, periodic } = windows;
  if (!periodic) return windows;
  for (let period = 1; period < intervals.length; period++) {
    if (intervals.length % period !== 0) continue;
    const shorter = { intervals: intervals.slice(0, period), advance: (advance * period) / intervals.length, periodic };
    if (intervals.every((seen, place) => isSame(seen, seenFrom(shorter, place)))) return shorter;
  }
  return windows;
}

function isSame(a: Interval | undefined, b: Interval | undefined): boolean {
  return a?.[0] === b?.[0] && a?.[1] === b?.[1];
}

/** Of a map in which `n` places stand where one stood. */
export function repeated(windows: Windows, n: number): Windows {
  return reduced({ ...windows, intervals: windows.intervals.flatMap((seen) => Array(n).fill(seen)) });
}

/** What either sees, in a map of `extent` places. Of branches of different scale, each place is looked at for itself. */
export function unitedWindows(a: Windows, b: Windows, extent: number): Windows {
  const common = leastCommonMultiple(a.intervals.length, b.intervals.length);
  const isEven = a.advance * b.intervals.length === b.advance * a.intervals.length;
  const united = (length: number) => Array.from({ length }, (_, place) => hull(seenFrom(a, place), seenFrom(b, place)));
  if (isEven && a.periodic && b.periodic && common <= MOST_PHASES)
    return reduced({ intervals: united(common), advance: strideOf(a) * common, periodic: true });
  const intervals = united(extent);
  const stride = isEven ? strideOf(a) : slope(intervals);
  return { intervals, advance: stride * extent, periodic: false };
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}

/** Pixels that the first one seen advances from place to place. */
function slope(intervals: readonly (Interval | undefined)[]): number {
  const places = [...intervals.keys()].filter((place) => intervals[place]);
  const [start, end] = [places[0] ?? 0, places.at(-1) ?? 0];
  return start === end ? 1 : (intervals[end]![0] - intervals[start]![0]) / (end - start);
}

export interface WindowFigures {
  /** Pixels of the place that sees most, and of the one that sees least. */
  readonly size: number;
  readonly smallest: number;
  readonly stride: number;
  /** No place sees a pixel before `stride * place - padding`; it is the least number of which that is true. */
  readonly padding: number;
}

/** Of a map of `extent` places. */
export function describeWindows(windows: Windows, extent: number): WindowFigures {
  const stride = strideOf(windows);
  const figures = { size: 0, smallest: Number.POSITIVE_INFINITY, padding: Number.NEGATIVE_INFINITY };
  windows.intervals.slice(0, extent).forEach((seen, place) => {
    const size = seen ? Math.floor(seen[1] - seen[0]) + 1 : 0;
    figures.size = Math.max(figures.size, size);
    figures.smallest = Math.min(figures.smallest, size);
    if (seen) figures.padding = Math.max(figures.padding, stride * place - seen[0]);
  });
  return { ...figures, stride, padding: Number.isFinite(figures.padding) ? figures.padding : 0 };
}
