/**
 * @file The generator behind dropout: a hash, not a sequence, so that a mask depends on nothing but the image's seed, the
 * random layer and the element, whatever the order of execution. Finaliser of MurmurHash3 (Appleby, 2011) over the
 * mixed inputs.
 */

import { mix } from '../data/hash.ts';

/** Uniform in [0, 1), a multiple of 2^-24. `seed`: a whole number in [0, 2^24). */
export function random(seed: number, stream: number, element: number): number {
  const mixed = Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca77) ^ Math.imul(element, 0xc2b2ae3d);
  return (mix(mixed) >>> 8) * 2 ** -24;
}

/** The same function as text, for targets that embed it. */
export const RANDOM_SOURCE = `function random(seed, stream, element) {
  let hash = Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca77) ^ Math.imul(element, 0xc2b2ae3d);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 8) * 2 ** -24;
}`;
