/** @file Numbers and arguments as the language writes them. */

/** The shortest that is the same number in 32 bits. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : '-infinity';
  const wanted = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === wanted) return text;
  }
  return String(wanted);
}

const pair = (sizes: readonly number[]): string => (sizes.length === 1 ? `${sizes[0]}` : sizes.join('x'));

/** The two sizes of a window: `3x3`. */
export const kernelText = (sizes: readonly number[]): string => pair(sizes);

/** One number where all are equal. */
export const sizesText = (sizes: readonly number[]): string =>
  sizes.every((size) => size === sizes[0]) ? `${sizes[0]}` : pair(sizes);

export function sidesText(sides: readonly number[]): string {
  const half = sides.length / 2;
  const symmetric = sides.every((side, k) => side === sides[(k + half) % sides.length]);
  return symmetric ? sizesText(sides.slice(0, half)) : `[${sides.join(', ')}]`;
}

/** `name: text`, or nothing where it says what holds anyway. */
export const named = (name: string, text: string, usual?: string): string | undefined =>
  text === usual ? undefined : `${name}: ${text}`;
