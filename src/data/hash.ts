/** @file Bits that look random and are the same everywhere: counters and names, mixed by multiplication. */

/** Avalanche of 32 bits (the finalizer of MurmurHash3, Appleby 2011). */
export function mix(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** 32 bits drawn from three counters, such as seed, step and image. */
export function hash(first: number, second: number, third: number): number {
  return mix(mix(mix(first + 0x9e3779b9) + second + 0x7f4a7c15) + third + 0x165667b1);
}

/** FNV-1a over the UTF-16 units of a name. */
export function hash32(text: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  return bits >>> 0;
}
