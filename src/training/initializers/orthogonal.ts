import { normal } from '../../data/normal.ts';
import type { Initializer, InitializerEffect, RandomNumbers } from './initializer.ts';

function dot(matrix: Float64Array, a: number, b: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += matrix[a * length + i]! * matrix[b * length + i]!;
  return sum;
}

/** Rows of random directions made orthonormal by Gram and Schmidt's method, twice for accuracy; rows <= columns. */
function orthonormalRows(rows: number, columns: number, random: RandomNumbers): Float64Array {
  const matrix = Float64Array.from({ length: rows * columns }, () => normal(random));
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < 2 * row; k++) {
      const other = k % row;
      const overlap = dot(matrix, row, other, columns);
      for (let i = 0; i < columns; i++) matrix[row * columns + i]! -= overlap * matrix[other * columns + i]!;
    }
    const length = Math.sqrt(dot(matrix, row, row, columns));
    for (let i = 0; i < columns; i++) matrix[row * columns + i]! /= length;
  }
  return matrix;
}

/** Saxe, McClelland and Ganguli 2014: `shape[0]` rows, or as many columns, that are orthonormal. */
export const effect: InitializerEffect = {
  fill(values, [rows = 1, ...rest], random) {
    const columns = rest.reduce((product, extent) => product * extent, 1);
    const wide = rows <= columns;
    const matrix = wide ? orthonormalRows(rows, columns, random) : orthonormalRows(columns, rows, random);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        values[row * columns + column] = matrix[wide ? row * columns + column : column * rows + row]!;
      }
    }
  },
};

export const orthogonal: Initializer<Record<never, never>> = {
  name: 'orthogonal',
  summary: 'A random orthogonal matrix: rows, or columns, of length 1 at right angles.',
  example: 'init orthogonal',
  attributes: {},
  matrices: true,
  effect,
};
