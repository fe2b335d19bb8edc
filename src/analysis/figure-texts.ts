/** @file Shapes, counts and sizes as people read them. Pages use them too, so nothing of the compiler is behind them. */

export function shapeText(shape: readonly number[]): string {
  return shape.length > 0 ? shape.join('x') : 'scalar';
}

/** What a network with inputs of these shapes learns from. */
export function nameOfExamples(shapes: readonly (readonly number[])[]): 'images' | 'signals' | 'examples' {
  if (shapes.every(({ length }) => length === 3)) return 'images';
  return shapes.every(({ length }) => length === 2) ? 'signals' : 'examples';
}

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function thousands(count: number): string {
  return WHOLE.format(count);
}

/** Binary units, as the suffixes of the language: 1 KB is 1024 bytes. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log2(count) / 10), units.length);
  return `${(count / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}
