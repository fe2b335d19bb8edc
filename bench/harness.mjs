/**
 * @file How anything is measured here. Speeds drift: the machine warms up, other programs come and go. So contenders
 * take turns, A B C A B C …, and are compared within a round, where the conditions were the same; the median over the
 * rounds is reported, with the smallest and the largest value beside it.
 */

/** The middle value, or the mean of the two in the middle. */
export function median(values) {
  if (values.length === 0) throw new Error('median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** `{ median, min, max }` of some repetitions; those that did not take place are `undefined`. */
export function spread(values) {
  const taken = values.filter((value) => value !== undefined);
  return { median: median(taken), min: Math.min(...taken), max: Math.max(...taken) };
}

/** Quotients round by round, where both took part; never of medians from different rounds. */
export function ratios(numerators, denominators) {
  if (numerators.length !== denominators.length) throw new Error('ratios need the same rounds on both sides');
  const both = numerators.map((numerator, round) => [numerator, denominators[round]]);
  const taken = both.filter((pair) => !pair.includes(undefined));
  return spread(taken.map(([numerator, denominator]) => numerator / denominator));
}

/** What takes long takes part in every second, third, … round only, but always in the first. */
export function takesPart(round, secondsPerTurn, mostSeconds = 2) {
  return round % Math.ceil(secondsPerTurn / mostSeconds) === 0;
}

/** Of this project. */
export function isOwn({ name }) {
  return name.startsWith('cnnc-');
}

/** Variants of theirs are compared with them, too. */
const subjects = ['cnnc-js', 'cnnc-wasm'];

/** Whom the others are compared with: this project's contenders, or the first where none of them takes part. */
export function references(contenders) {
  const own = contenders.filter(({ name }) => subjects.includes(name));
  return own.length ? own : contenders.slice(0, 1);
}

/** A B C A B C …: for each contender, by id, what `measure(contender, round)` gave in each round. */
export async function interleave(contenders, rounds, measure) {
  const results = new Map(contenders.map(({ id }) => [id, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) results.get(contender.id).push(await measure(contender, round));
  }
  return results;
}

/** How many units fill `seconds`, when `units` of them took `elapsed`; at least one. */
export function unitsFor(seconds, units, elapsed) {
  return Math.max(1, Math.round((seconds * units) / elapsed));
}
