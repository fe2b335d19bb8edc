/**
 * @file Whether minimal filtering pays for a convolution, and with which tiles. Counted are the instructions of the inner
 * loops: products and their share of loads, and the transformations, which touch every value with few operations.
 */
import { elementCount, type Shape } from '../ir/graph.ts';
import { type Slide, type SlidingProduct, TAPS } from './match-sliding.ts';

/** Rounding errors grow with the tile; six would cost three more decimals. */
const TILES = [2, 3, 4] as const;

export type Tile = (typeof TILES)[number];

/** Instructions of a product in the inner loop of a contraction: the product and its share of loads. */
const PRODUCT = 1.75;

/** Below this share of the direct convolution the rewrite is worth its memory and code. */
const WORTHWHILE = 0.8;

/** Rows and columns of a tile, or nothing where the direct convolution is better. */
export function chooseTiles(product: SlidingProduct): readonly [rows: Tile, columns: Tile] | undefined {
  const work = workOf(product);
  let best: { readonly tiles: readonly [Tile, Tile]; readonly cost: number } | undefined;
  for (const rows of TILES)
    for (const columns of TILES) {
      const cost = costOf(work, rows, columns);
      if (cost < (best?.cost ?? WORTHWHILE * PRODUCT * work.terms)) best = { tiles: [rows, columns], cost };
    }
  return best?.tiles;
}

interface Work {
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
  const pairs = all / (height * width * TAPS * TAPS);
  const [down, across] = slides.map((slide) => tapsOnMap(slide, data.node.shape[slide.dimension]!)) as [number, number];
  const mapsOf = (shape: Shape, dimensions: readonly number[]) =>
    elementCount(shape.filter((_, dimension) => !dimensions.includes(dimension)));
  const inputs = mapsOf(
    data.node.shape,
    slides.map(({ dimension }) => dimension),
  );
  const outputs = elementCount(sums === 'taps' ? formula.axes.map(({ extent }) => extent) : other.node.shape);
  return { height, width, inputs, outputs: outputs / (height * width), pairs, terms: down * across * pairs };
}

/** Pairs of a position and a tap that meet an element. */
function tapsOnMap({ position, direction, offset }: Slide, extent: number): number {
  let count = 0;
  for (let at = 0; at < position.extent; at++)
    for (let tap = 0; tap < TAPS; tap++) {
      const index = at + direction * tap + offset;
      if (index >= 0 && index < extent) count++;
    }
  return count;
}

function costOf({ height, width, inputs, outputs, pairs }: Work, rows: number, columns: number): number {
  const [down, across] = [Math.ceil(height / rows), Math.ceil(width / columns)];
  const [pointsDown, pointsAcross] = [rows + TAPS - 1, columns + TAPS - 1];
  const products = PRODUCT * pointsDown * pointsAcross * down * across * pairs;
  // Each direction: everything loaded and stored once, and about two operations for each result.
  const step = (from: number, to: number) => from + 3 * to;
  const there =
    step(pointsDown, pointsDown) * down * width + step(pointsAcross, pointsAcross) * pointsDown * down * across;
  const back =
    step(pointsDown, rows) * pointsAcross * down * across + step(pointsAcross, columns) * rows * down * across;
  return products + inputs * there + outputs * back;
}
