/**
 * @file From counts of pairs (true class, predicted class) to the metrics that are made of them. Modules of networks
 * without such metrics have no use for it: it is a text of its own, which defines `cnncConfusion`.
 */
import type { Finish } from './executable.ts';

/**
 * Rows: true classes; columns: predicted ones, and one more for images with a score that is NaN. The means over the images,
 * times their number, are counts again but for rounding.
 */
function countsOf(means: readonly number[], images: number): number[][] {
  const classes = Math.floor(Math.sqrt(means.length));
  return Array.from({ length: classes }, (_, row) =>
    means.slice(row * (classes + 1), (row + 1) * (classes + 1)).map((mean) => Math.round(mean * images)),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export const confusion: Finish = (means, images) => countsOf(means, images).map((row) => row.slice(0, -1));

/** NaN for a class that does not occur. */
export const recall: Finish = (means, images) => countsOf(means, images).map((row, k) => row[k]! / sum(row));

export const iou: Finish = (means, images) => {
  const counts = countsOf(means, images);
  const shares = counts.flatMap((row, k) => {
    const union = sum(row) + sum(counts.map((other) => other[k]!)) - row[k]!;
    return union > 0 ? row[k]! / union : [];
  });
  return sum(shares) / shares.length;
};
