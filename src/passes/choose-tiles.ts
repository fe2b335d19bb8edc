/**
 * @file Whether minimal filtering pays for a convolution, and with which tiles. Counted are the instructions of the inner
 * loops: products and their share of loads, and the transformations, which touch every value with few operations.
 */
import { MOST_POINTS } from '../formula/minimal-filtering.ts';
import { elementCount, type Shape } from '../ir/graph.ts';
import type { Slide, SlidingProduct } from './match-sliding.ts';

/** Outputs of a tile in one direction. */
const TILES = [2, 3, 4];

/** Instructions of a product in the inner loop of a contraction: the product and its share of loads. */
const PRODUCT = 1.75;

/** Below this share of the direct convolution the rewrite is worth its memory and code. */
const WORTHWHILE = 0.8;

/**
 * Multiply-adds per image from which on a convolution is looked at. Those of small networks are left as they are: the
 * code of the transformations would be a large part of the module, for little time.
 */
export const LEAST_TILED_WORK = 500_000;

/** Rows and columns of a tile, or nothing where the direct convolution is better. */
export function chooseTiles(
  product: SlidingProduct,
  leastWork = LEAST_TILED_WORK,
): readonly [rows: number, columns: number] | undefined {
  const work = workOf(product);
  if (work.terms < leastWork) return undefined;
  const most = leastWork < 0 ? Number.POSITIVE_INFINITY : WORTHWHILE * PRODUCT * work.terms;
  let best: { readonly tiles: readonly [number, number]; readonly cost: number } | undefined;
  for (const rows of tilesFor(product.slides[0]))
    for (const columns of tilesFor(product.slides[1])) {
      const cost = costOf(work, rows, columns);
      if (cost < (best?.cost ?? most)) best = { tiles: [rows, columns], cost };
    }
  return best?.tiles;
}

function tilesFor({ tap }: Slide): number[] {
  return TILES.filter((outputs) => outputs + tap.extent - 1 <= MOST_POINTS);
}

interface Work {
  readonly taps: readonly [down: number, across: number];
  readonly height: number;
  readonly width: number;
  /** Maps of what is read at sliding places, and of the other side: the output, or its gradient. */
  readonly inputs: number;
  readonly outputs: number;
  /** Pairs of an input and an output map that meet. */
  readonly pairs: number;
  /** Products of the direct convolution, without those in the padding: it skips them. */
  readonly terms: number;
}

function workOf({ formula, reduction, slides, data, other, sums }: SlidingProduct): Work {
  const [height, width] = slides.map(({ position }) => position.extent) as [number, number];
  const all = elementCount([...formula.axes, ...reduction.axes].map(({ extent }) => extent));
  const taps = slides.map(({ tap }) => tap.extent) as [number, number];
  const pairs = all / (height * width * taps[0] * taps[1]);
  const [down, across] = slides.map((slide) => tapsOnMap(slide, data.node.shape[slide.dimension]!)) as [number, number];
  const mapsOf = (shape: Shape, dimensions: readonly number[]) =>
    elementCount(shape.filter((_, dimension) => !dimensions.includes(dimension)));
  const inputs = mapsOf(
    data.node.shape,
    slides.map(({ dimension }) => dimension),
  );
  const outputs = elementCount(sums === 'taps' ? formula.axes.map(({ extent }) => extent) : other.node.shape);
  return { taps, height, width, inputs, outputs: outputs / (height * width), pairs, terms: down * across * pairs };
}

/** Pairs of a position and a tap that meet an element. */
function tapsOnMap({ position, tap: taps, direction, offset }: Slide, extent: number): number {
  let count = 0;
  for (let at = 0; at < position.extent; at++)
    for (let tap = 0; tap < taps.extent; tap++) {
      const index = at + direction * tap + offset;
      if (index >= 0 && index < extent) count++;
    }
  return count;
}

function costOf({ taps, height, width, inputs, outputs, pairs }: Work, rows: number, columns: number): number {
  const [down, across] = [Math.ceil(height / rows), Math.ceil(width / columns)];
  const [pointsDown, pointsAcross] = [rows + taps[0] - 1, columns + taps[1] - 1];
  const products = PRODUCT * pointsDown * pointsAcross * down * across * pairs;
  // Each direction: everything loaded and stored once, and about two operations for each result.
  const step = (from: number, to: number) => from + 3 * to;
  const there =
    step(pointsDown, pointsDown) * down * width + step(pointsAcross, pointsAcross) * pointsDown * down * across;
  const back =
    step(pointsDown, rows) * pointsAcross * down * across + step(pointsAcross, columns) * rows * down * across;
  return products + inputs * there + outputs * back;
}
