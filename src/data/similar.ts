/** @file What was probably meant by an unknown name: short, as it is copied into modules; the compiler has `common/nearest.ts`. */

/** Letters of the longer word that lie between what both begin with and what both end with. */
function difference(left: string, right: string): number {
  const longer = Math.max(left.length, right.length);
  const rest = Math.min(left.length, right.length);
  let [start, end] = [0, 0];
  while (start < rest && left[start] === right[start]) start++;
  while (end < rest - start && left.at(-1 - end) === right.at(-1 - end)) end++;
  return longer - start - end;
}

/** The candidate that differs in one place alone, by a third of the word at most. */
export function similar(word: string, candidates: readonly string[]): string | undefined {
  let least = Math.max(2, word.length / 3 + 1);
  let found: string | undefined;
  for (const candidate of candidates) {
    const letters = difference(word, candidate);
    if (letters < least && letters < candidate.length) [least, found] = [letters, candidate];
  }
  return found;
}
