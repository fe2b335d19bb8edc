/** @file A name of 64 bits for a text, to tell networks and kernels apart. */

/** FNV-1a twice, with two offsets and two factors: two 32-bit hashes. Collisions are possible but not expected. */
export function hashText(text: string): string {
  let [low, high] = [0x811c9dc5, 0xcbf29ce4];
  for (let k = 0; k < text.length; k++) {
    low = Math.imul(low ^ text.charCodeAt(k), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(k), 0x01000197);
  }
  return [high, low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
