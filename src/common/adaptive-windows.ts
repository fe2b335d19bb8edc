/** @file Windows that cover an axis evenly, whatever their number: as adaptive pooling has them. */

/** A row for each of the `to` windows: the share of each of `from` places in its mean. */
export function meansOf(from: number, to: number): number[][] {
  return Array.from({ length: to }, (_, k) => {
    const start = Math.floor((k * from) / to);
    const end = Math.ceil(((k + 1) * from) / to);
    return Array.from({ length: from }, (_, at) => (at >= start && at < end ? 1 / (end - start) : 0));
  });
}
