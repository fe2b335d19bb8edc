/** @file How well classes are told apart: precision, recall and F1 of each, and which is taken for which. */

/** Images by number, in the order in which they were looked at. */
export interface Classified {
  readonly classes: number;
  /** Of the images in their set. */
  readonly numbers: Int32Array;
  readonly truth: Int32Array;
  /** -1 where a score is NaN. */
  readonly predicted: Int32Array;
  /** Probabilities of the predicted class and of the true one. */
  readonly confidence: Float32Array;
  readonly chance: Float32Array;
}

export interface ClassFigure {
  /** Its name where that is known, else its number. */
  readonly class: string | number;
  /** Images of the class. */
  readonly images: number;
  /** Of what was taken for it, the part that is; absent where nothing was. */
  readonly precision?: number;
  /** Of what is of it, the part that was recognised; absent where there is nothing. */
  readonly recall?: number;
  /** The harmonic mean of both. */
  readonly f1?: number;
}

export interface Confusion {
  readonly true: string | number;
  readonly predicted: string | number;
  readonly images: number;
}

export interface ClassFigures {
  readonly classes: readonly ClassFigure[];
  /** The pairs of different classes, a hundred of them at most, those with most images first. */
  readonly confusions: readonly Confusion[];
}

/** Rows: true classes; columns: predicted ones. Images without a prediction are in no column. */
export function countPairs({ classes, truth, predicted }: Classified): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [n, row] of truth.entries()) if (predicted[n]! >= 0) counts[row]![predicted[n]!]!++;
  return counts;
}

/** Of a thousand classes there may be a million pairs. */
const MOST_CONFUSIONS = 100;

export function classFigures(classified: Classified, names?: readonly string[]): ClassFigures {
  const counts = countPairs(classified);
  const nameOf = (k: number) => names?.[k] ?? k;
  const images = new Array<number>(classified.classes).fill(0);
  for (const row of classified.truth) images[row]!++;
  const taken = counts.map((_, k) => counts.reduce((sum, row) => sum + row[k]!, 0));
  const classes = counts.map((row, k): ClassFigure => {
    const [right, all, found] = [row[k]!, images[k]!, taken[k]!];
    return {
      class: nameOf(k),
      images: all,
      ...(found > 0 && { precision: right / found }),
      ...(all > 0 && { recall: right / all }),
      ...(all + found > 0 && { f1: (2 * right) / (all + found) }),
    };
  });
  const confusions = counts.flatMap((row, k) =>
    row.flatMap((count, j) => (j !== k && count > 0 ? [{ true: nameOf(k), predicted: nameOf(j), images: count }] : [])),
  );
  return { classes, confusions: confusions.sort((a, b) => b.images - a.images).slice(0, MOST_CONFUSIONS) };
}

/** Numbers that are no distribution are taken for scores. */
export function isDistribution(output: Float32Array): boolean {
  let sum = 0;
  for (const value of output) {
    if (!(value >= 0)) return false;
    sum += value;
  }
  return Math.abs(sum - 1) < 1e-3;
}

/** The softmax of scores; a distribution as it is. */
export function probabilitiesOf(output: Float32Array): readonly number[] {
  if (isDistribution(output)) return [...output];
  const highest = output.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const powers = Array.from(output, (value) => Math.exp(value - highest));
  const total = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / total);
}
