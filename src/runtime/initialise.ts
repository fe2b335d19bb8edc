/** @file Initial values. Each parameter draws from a stream of its own, named by it, so that order does not matter. */

import { sizeOf } from '../data/dataset.ts';
import type { Random } from '../data/random.ts';
import type { Initialization } from '../ir/graph.ts';

/** Draws one value; `orthogonal` needs the whole matrix and has a function of its own. */
function drawer(initializer: Initialization, random: Random): () => number {
  const { kind, fanIn, fanOut, value = 0 } = initializer;
  const within = (bound: number) => () => random.uniform(-bound, bound);
  switch (kind) {
    case 'kaiming': // He et al. 2015, equation 10
      return () => random.normal() * Math.sqrt(2 / fanIn);
    case 'xavier':
      return within(1 / Math.sqrt(fanIn));
    case 'xavier_normalized': // Glorot and Bengio 2010, equation 16
      return within(Math.sqrt(6 / (fanIn + fanOut)));
    case 'uniform':
      return within(value);
    case 'normal':
      return () => random.normal() * value;
    case 'ones':
      return () => 1;
    case 'constant':
      return () => value;
    default:
      return () => 0;
  }
}

function dot(matrix: Float64Array, a: number, b: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += matrix[a * length + i]! * matrix[b * length + i]!;
  return sum;
}

/** Rows of random directions made orthonormal by Gram and Schmidt's method, twice for accuracy; rows <= columns. */
function orthonormalRows(rows: number, columns: number, random: Random): Float64Array {
  const matrix = Float64Array.from({ length: rows * columns }, () => random.normal());
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
function fillOrthogonal(memory: Float32Array, offset: number, shape: readonly number[], random: Random): void {
  const rows = shape[0] ?? 1;
  const columns = sizeOf(shape) / rows;
  const wide = rows <= columns;
  const matrix = wide ? orthonormalRows(rows, columns, random) : orthonormalRows(columns, rows, random);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      memory[offset + row * columns + column] = matrix[wide ? row * columns + column : column * rows + row]!;
    }
  }
}

export function initialise(
  memory: Float32Array,
  offset: number,
  shape: readonly number[],
  initializer: Initialization,
  random: Random,
): void {
  if (initializer.kind === 'orthogonal') {
    fillOrthogonal(memory, offset, shape, random);
    return;
  }
  const draw = drawer(initializer, random);
  const end = offset + sizeOf(shape);
  for (let i = offset; i < end; i++) memory[i] = draw();
}
