/** @file Drawings, grey and 28×28, made to fit the input of a network. */

export const EDGE = 28;

/** Resized between the nearest pixels, and repeated in each channel. */
export function fitted(
  images: Uint8Array,
  count: number,
  [channels, height, width]: readonly [number, number, number],
): Uint8Array {
  if (channels === 1 && height === EDGE && width === EDGE) return images;
  const made = new Uint8Array(count * channels * height * width);
  const rows = weights(height);
  const columns = weights(width);
  const area = height * width;
  for (let n = 0; n < count; n++) {
    const from = n * EDGE * EDGE;
    const to = n * channels * area;
    for (let y = 0; y < height; y++) {
      const [top, bottom, down] = rows[y]!;
      for (let x = 0; x < width; x++) {
        const [left, right, across] = columns[x]!;
        const at = (row: number, column: number) => images[from + row * EDGE + column]!;
        const above = at(top, left) * (1 - across) + at(top, right) * across;
        const below = at(bottom, left) * (1 - across) + at(bottom, right) * across;
        made[to + y * width + x] = above * (1 - down) + below * down;
      }
    }
    for (let channel = 1; channel < channels; channel++) made.copyWithin(to + channel * area, to, to + area);
  }
  return made;
}

/** For each place of an edge of so many pixels the two of 28 that it lies between, and how far. */
function weights(extent: number): (readonly [number, number, number])[] {
  return Array.from({ length: extent }, (_, k) => {
    const at = Math.min(EDGE - 1, Math.max(0, ((k + 0.5) * EDGE) / extent - 0.5));
    const low = Math.floor(at);
    return [low, Math.min(EDGE - 1, low + 1), at - low] as const;
  });
}
