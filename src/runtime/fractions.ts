/** @file Targets that say how likely something is, and targets that are maps: modules that have such carry these checks. */
import { refuse } from '../data/trainer-error.ts';
import { imageIndex, isMap, onlyOnes } from './batch.ts';
import type { Feed, Port } from './feed.ts';

/** CNN4130 unless the values of a target that says how likely something is lie between 0 and 1. */
export function checkFractions(feed: Feed, port: Port): void {
  const { name, size, values, fraction } = port;
  const bytes = isMap(port) && values.BYTES_PER_ELEMENT === 1;
  let highest = 0;
  for (let n = 0; (fraction || bytes) && n < feed.count; n++) {
    const image = imageIndex(feed, n);
    for (let at = image * size; at < (image + 1) * size; at++) {
      const value = values[at]!;
      highest = Math.max(highest, value);
      if (bytes || (value >= 0 && value <= 1)) continue;
      const problem = `\`${name}\` of image ${image} has the value ${value}, but \`bce\` takes 0 to 1`;
      refuse('CNN4130', problem, 'divide the targets by their largest value, or use `mse`');
    }
  }
  if (bytes && highest === 1) onlyOnes('CNN4130', name);
}
