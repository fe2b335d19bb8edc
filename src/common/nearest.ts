/**
 * Edit distance of two words with adjacent swaps as one edit (`netwrok` is 1 from `network`); gives up with `limit + 1`.
 * Source: the optimal string alignment variant of Damerau (1964).
 */
export function editDistance(left: string, right: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1;
      let best = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + change);
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) best = Math.min(best, beforeLast[column - 2]! + 1);
      current.push(best);
    }
    if (Math.min(...current) > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return Math.min(last[right.length]!, limit + 1);
}

/** Longer words are names that nobody typed, and would take long to compare. */
const LONGEST = 100;

/**
 * The candidate the user most probably meant by `word`, for "did you mean": at most a third of the letters differ, and
 * upper or lower case hardly matters. The first of equally near candidates wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const folded = editDistance(word.toLowerCase(), candidate.toLowerCase(), limit);
    if (folded > limit || candidate.length <= folded) continue;
    const distance = folded + (editDistance(word, candidate) - folded) / 8;
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
