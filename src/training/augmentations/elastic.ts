import { integer, number } from '../../specs/attributes.ts';
import { type Augmentation, type AugmentationEffect, between, border } from './augmentation.ts';

const attributes = {
  by: number({ doc: 'the most that a knot of the grid moves, in pixels', above: 0, maximum: 1000 }),
  grid: integer({ doc: 'pixels between the knots of the grid', default: 8, minimum: 2, maximum: 1000 }),
  border,
};

/** The four shares of a cubic B-spline between its second and third knot. */
const shares = (t: number) => [
  (1 - t) ** 3 / 6,
  (3 * t ** 3 - 6 * t * t + 4) / 6,
  (3 * t + 3 * t * t - 3 * t ** 3 + 1) / 6,
  t ** 3 / 6,
];

/** Ronneberger, Fischer and Brox 2015, section 3.1: a coarse grid of random vectors, smooth in between. */
export const effect: AugmentationEffect<typeof attributes> = {
  displace({ by, grid }, draw, { height, width }, field) {
    const [rows, columns] = [Math.floor((height - 1) / grid) + 4, Math.floor((width - 1) / grid) + 4];
    const knots = Float64Array.from({ length: 2 * rows * columns }, () => between(by, draw));
    const across = Array.from({ length: width }, (_, x) => shares((x / grid) % 1));
    for (let row = 0, i = 0; row < 2 * height; row++) {
      const y = (row % height) / grid;
      const down = shares(y % 1);
      const first = (row < height ? 0 : rows * columns) + Math.floor(y) * columns;
      for (let x = 0; x < width; x++, i++) {
        const from = first + Math.floor(x / grid);
        field[i] = 0;
        for (let j = 0; j < 4; j++)
          for (let k = 0; k < 4; k++) field[i]! += down[j]! * across[x]![k]! * knots[from + j * columns + k]!;
      }
    }
  },
};

export const elastic: Augmentation<typeof attributes> = {
  name: 'elastic',
  summary: 'Bends the training images as if drawn on rubber.',
  example: 'augment elastic(by: 2, grid: 7)',
  attributes,
  fills: true,
  effect,
};
