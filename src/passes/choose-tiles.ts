/**
 * @file Whether minimal filtering pays for a convolution, and with which tiles. Counted are the instructions of the inner
 * loops: products and their share of loads, and the transformations, which touch every value with few operations.
 */
import { elementCount } from '../ir/graph.ts';
import { type SlidingProduct, TAPS } from './match-sliding.ts';

/** Rounding errors grow with the tile; six would cost three more decimals. */
const TILES = [2, 3, 4] as const;

export type Tile = (typeof TILES)[number];

/** Instructions of a product in the inner loop of a contraction: the product and its share of loads. */
const PRODUCT = 1.75;

/** Below this share of the direct convolution the rewrite is worth its memory and code. */
const WORTHWHILE = 0.8;

/** Rows and columns of a tile, or nothing where the direct convolution is better. */
export function chooseTiles(product: SlidingProduct): readonly [rows: Tile, columns: Tile] | undefined {
  const [height, width] = product.slides.map(({ position }) => position.extent) as [number, number];
  const pairs = termsOf(product) / (height * width * TAPS * TAPS);
  const direct = PRODUCT * height * width * TAPS * TAPS * pairs;
  let best: { readonly tiles: readonly [Tile, Tile]; readonly cost: number } | undefined;
  for (const rows of TILES)
    for (const columns of TILES) {
      const cost = costOf(product, rows, columns, pairs);
      if (cost < (best?.cost ?? WORTHWHILE * direct)) best = { tiles: [rows, columns], cost };
    }
  return best?.tiles;
}

function termsOf({ formula, reduction }: SlidingProduct): number {
  return elementCount([...formula.axes, ...reduction.axes].map(({ extent }) => extent));
}

function costOf(product: SlidingProduct, rows: number, columns: number, pairs: number): number {
  const [height, width] = product.slides.map(({ position }) => position.extent) as [number, number];
  const [down, across] = [Math.ceil(height / rows), Math.ceil(width / columns)];
  const [pointsDown, pointsAcross] = [rows + TAPS - 1, columns + TAPS - 1];
  const products = PRODUCT * pointsDown * pointsAcross * down * across * pairs;
  // Each direction: everything loaded and stored once, and about two operations for each result.
  const step = (from: number, to: number) => from + 3 * to;
  const channels = (elementCount(product.data.node.shape) / height / width) | 0;
  const there = step(pointsDown, pointsDown) * down * width + step(pointsAcross, pointsAcross) * pointsDown * down * across;
  const back = step(pointsDown, rows) * pointsAcross * down * across + step(pointsAcross, columns) * rows * down * across;
  const results = product.sums === 'taps' ? pairs / Math.max(channels, 1) : pairs / Math.max(channels, 1);
  return products + channels * there + results * back;
}
