/**
 * @file Many phases of an axis as a loop. The gradient of a mean over 112 places is the same formula for each of the 112
 * remainders, but for places that move on by the same steps from one to the next: one piece with an axis more.
 */
import { type Affine, affineAdd, affineAxis, type Index } from '../ir/affine.ts';
import { mapIndices } from '../ir/scalar.ts';
import type { NestAxis, Piece } from './piece.ts';

interface Form {
  /** The piece without the numbers. */
  readonly text: string;
  readonly numbers: readonly number[];
}

/** Runs of phases that differ by numbers which grow evenly, as a piece each; the phase is the axis behind `name`. */
export function rollPhases(phases: readonly Piece[], name: string): Piece[] {
  const forms = phases.map(formOf);
  const rolled: Piece[] = [];
  for (let first = 0, end: number; first < phases.length; first = end) {
    end = first + 1;
    const steps = stepsBetween(forms[first]!, forms[end]);
    while (steps && end < phases.length && isEqual(steps, stepsBetween(forms[end - 1]!, forms[end]))) end++;
    rolled.push(steps ? rollRun(phases[first]!, name, end - first, steps) : phases[first]!);
  }
  return rolled;
}

function stepsBetween(a: Form, b: Form | undefined): number[] | undefined {
  return a.text === b?.text ? b.numbers.map((number, k) => number - a.numbers[k]!) : undefined;
}

function isEqual(a: readonly number[], b: readonly number[] | undefined): boolean {
  return b?.every((number, k) => number === a[k]) ?? false;
}

function formOf(piece: Piece): Form {
  const numbers: number[] = [];
  const bare = mapAffines(piece, (affine) => {
    numbers.push(affine.constant);
    return { ...affine, constant: 0 };
  });
  return { text: JSON.stringify(bare), numbers };
}

function rollRun(first: Piece, name: string, count: number, steps: readonly number[]): Piece {
  const axis: NestAxis = { name: freeName(first, name), from: 0, to: count };
  let next = 0;
  const piece = mapAffines(first, (affine) => affineAdd(affine, affineAxis(axis.name, steps[next++]!)));
  return { ...piece, axes: piece.axes.flatMap((other) => (other.name === name ? [other, axis] : [other])) };
}

function freeName(piece: Piece, name: string): string {
  const free = `${name}_`;
  return [...piece.axes, ...piece.reduced].some((axis) => axis.name === free) ? freeName(piece, free) : free;
}

/** All places but those that are still divided: whether they are exact depends on their numbers. */
function mapAffines(piece: Piece, map: (affine: Affine) => Affine): Piece {
  const mapIndex = (index: Index) => (index.divisor > 1 ? index : { ...index, affine: map(index.affine) });
  return { ...piece, output: piece.output.map(map), body: mapIndices(piece.body, mapIndex) };
}
