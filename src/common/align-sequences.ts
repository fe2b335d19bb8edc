/** @file Two sequences set against each other, as `diff` does it with lines, but with degrees of likeness. */

/** Pairs in the order of both whose likeness is greatest in sum; what is not alike at all (0) is never paired. */
export function alignSequences<One, Other>(
  ones: readonly One[],
  others: readonly Other[],
  likeness: (one: One, other: Other) => number,
): [One, Other][] {
  const best = ones.map(() => others.map(() => 0));
  const at = (i: number, j: number) => best[i]?.[j] ?? 0;
  for (let i = ones.length - 1; i >= 0; i--)
    for (let j = others.length - 1; j >= 0; j--) {
      const found = likeness(ones[i]!, others[j]!);
      const paired = found > 0 ? found + at(i + 1, j + 1) : 0;
      best[i]![j] = Math.max(paired, at(i + 1, j), at(i, j + 1));
    }
  const pairs: [One, Other][] = [];
  let [i, j] = [0, 0];
  while (i < ones.length && j < others.length) {
    const found = likeness(ones[i]!, others[j]!);
    if (found > 0 && found + at(i + 1, j + 1) === at(i, j)) pairs.push([ones[i++]!, others[j++]!]);
    else if (at(i + 1, j) === at(i, j)) i++;
    else j++;
  }
  return pairs;
}
