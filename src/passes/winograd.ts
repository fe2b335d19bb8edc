/**
 * @file Convolutions with stride 1 in tiles, by minimal filtering in both directions: the input of a tile and the
 * filter are transformed to points, multiplied there channel by channel, and the sums transformed back. F(4 x 4, 3 x 3)
 * has 36 products where 144 were. Each transformation is a formula like any other, in one direction at a time:
 *
 *     rows    T[ti, a, c, w]     = sum(u) Bt[a, u] * x[c, m*ti + u - P, w]
 *     points  V[ti, a, b, c, tj] = sum(v) Bt[b, v] * T[ti, a, c, m*tj + v - P]
 *     product M[ti, a, b, o, tj] = sum(c) U[a, b, o, c] * V[ti, a, b, c, tj]
 *     columns Y[ti, r, b, o, tj] = sum(a) At[r, a] * M[ti, a, b, o, tj]
 *     y[o, m*ti + r, m*tj + s]   = sum(b) At[s, b] * Y[ti, r, b, o, tj]
 *
 * They share the loop over `ti`, so that what is between x and y is one row of tiles and stays in the cache. Where there are so
 * many weights that they do not stay there, and no batch to read them for, each formula runs by itself, for all tiles. The gradient
 * of the input is the same with the filter turned around; the gradient of the filter multiplies the points of x with
 * those of dy, `A dy At`, and brings the sums back with the transpose of G.
 */
import { type MinimalFilter, minimalFilter } from '../formula/minimal-filtering.ts';
import { type Affine, affineAdd, affineAxis, affineConstant, axisIndex, plainIndex } from '../ir/affine.ts';
import { type GraphBuilder, rewriteGraph } from '../ir/builder.ts';
import { elementCount, type Formula, type Graph, type Node, type Shape } from '../ir/graph.ts';
import { obtain } from '../ir/memoize.ts';
import { type Access, type Axis, access, multiply, type Scalar, type Table } from '../ir/scalar.ts';
import { chooseTiles } from './choose-tiles.ts';
import { type Factor, matchSliding, type Slide, type SlidingProduct } from './match-sliding.ts';
import type { PassOptions } from './pass.ts';

export function winograd(graph: Graph, options: PassOptions = {}): Graph {
  const { longestTiledKernel = Number.POSITIVE_INFINITY, leastTiledWork } = options;
  const { mostRereadWeights = Number.POSITIVE_INFINITY, allAtOnce = false } = options;
  const filters: Filters = new Map();
  return rewriteGraph(graph, (node, inputs, builder) => {
    const product = matchSliding(node, inputs);
    const isShort = product?.slides.every(({ tap }) => tap.extent <= longestTiledKernel);
    const tiles = product && isShort ? chooseTiles(product, leastTiledWork) : undefined;
    if (!product || !tiles) return builder.keep(node, inputs);
    return new TiledProduct(node, product, tiles, builder, filters, mostRereadWeights, allAtOnce).build();
  });
}

/** Tiles over which products are added up before the sum goes back to memory: rows of fewer are taken together. */
const LEAST_TILES = 8;

/** Rows of tiles, each of which adds to the sums in memory; of more, some are taken together. */
const MOST_ROWS = 64;

/** Computed side by side, where all is computed at once: of fewer channels, they would read tiles that are far apart. */
const NEIGHBOURS = 32;

/** Those met before: equal ones are the same object. */
type Filters = Map<string, MinimalFilter>;

/** One direction of the map, cut into tiles. */
interface Direction {
  readonly slide: Slide;
  readonly filter: MinimalFilter;
  /** Which tile, or which group of them. */
  readonly tile: Axis;
  /** Which tile of the group, where there are groups. */
  readonly member: readonly Axis[];
  /** Which point, and which row or column of the tile. */
  readonly point: Axis;
  readonly offset: Axis;
}

class TiledProduct {
  readonly #rows: Direction;
  readonly #columns: Direction;
  readonly #loop: string;
  /** Each formula has all tiles. */
  readonly #apart: boolean;

  constructor(
    readonly node: Node,
    readonly product: SlidingProduct,
    tiles: readonly [rows: number, columns: number],
    readonly builder: GraphBuilder,
    filters: Filters,
    mostRereadWeights: number,
    /** Channels that are multiplied to neighbours lie side by side: neighbours read them together. */
    readonly allAtOnce: boolean,
  ) {
    const [vertical, horizontal] = product.slides;
    const columns = direction(horizontal, tiles[1], ['tj', 'b', 's'], filters);
    const rowsOf = (group: number) => direction(vertical, tiles[0], ['ti', 'a', 'r'], filters, group);
    const single = rowsOf(1).tile.extent;
    const group = Math.max(Math.ceil(LEAST_TILES / columns.tile.extent), Math.ceil(single / MOST_ROWS));
    this.#rows = rowsOf(product.sums === 'positions' && !allAtOnce ? group : 1);
    this.#columns = columns;
    this.#loop = node.name;
    const points = this.#rows.filter.points * columns.filter.points;
    const weights = elementCount(this.#plainAxes(product.other).map(({ extent }) => extent)) * points;
    this.#apart = product.sums === 'taps' && weights > mostRereadWeights;
  }

  /** The axes of points, channels and tiles: those of a row of tiles together, or all tiles innermost. */
  #inOrder(points: readonly Axis[], plain: readonly Axis[]): Axis[] {
    const [{ tile, member }, columns] = [this.#rows, this.#columns];
    if (this.#apart) return [...points, ...plain, tile, columns.tile];
    const channels = plain.reduce((product, { extent }) => product * extent, 1);
    if (this.allAtOnce && this.product.sums === 'positions' && channels >= NEIGHBOURS)
      return [tile, ...points, columns.tile, ...plain];
    return [tile, ...points, ...plain, ...member, columns.tile];
  }

  /** The axes of the filter's points that are no points. */
  #filterAxes(): Axis[] {
    const plain = this.#plainAxes(this.product.other);
    if (!this.allAtOnce) return plain;
    const isSummed = ({ name }: Axis) => this.product.reduction.axes.some((axis) => axis.name === name);
    return [...plain.filter(isSummed), ...plain.filter((axis) => !isSummed(axis))];
  }

  #shared(): Formula['shared'] {
    return this.#apart ? undefined : { loop: this.#loop, axis: this.#rows.tile.name };
  }

  build(): Node {
    const points = this.#dataPoints();
    return this.product.sums === 'taps' ? this.#convolution(points) : this.#filterGradient(points);
  }

  /** V: the points of the tiles of what is read at sliding places. */
  #dataPoints(): Node {
    const { node, access: read } = this.product.data;
    const [rows, columns] = [this.#rows, this.#columns];
    const plain = this.#plainAxes(this.product.data);
    const width: Axis = { name: 'w', extent: node.shape[columns.slide.dimension]! };
    const tap: Axis = { name: 'u', extent: rows.filter.points };
    const place = (index: Affine, direction: Direction) =>
      affineAdd(firstOutput(direction), affineAdd(index, affineConstant(firstInput(direction.slide))));
    const indices = read.indices.map((index, k) => {
      if (k === rows.slide.dimension) return plainIndex(place(affineAxis('u'), rows));
      return k === columns.slide.dimension ? axisIndex('w') : index;
    });
    const transformed = this.#transform('rows', node, {
      axes: [rows.tile, rows.point, ...plain, ...rows.member, width],
      over: tap,
      entry: [rows.filter.input, rows.point.name, 'u'],
      read: access(0, indices),
      shared: true,
    });
    const second = [rows.tile, rows.point, ...plain, ...rows.member].map(({ name }) => axisIndex(name));
    return this.#transform('points', transformed, {
      axes: this.#inOrder([rows.point, columns.point], plain),
      over: { name: 'v', extent: columns.filter.points },
      entry: [columns.filter.input, columns.point.name, 'v'],
      read: access(0, [...second, plainIndex(place(affineAxis('v'), columns))]),
      shared: true,
    });
  }

  #convolution(points: Node): Node {
    const { formula, reduction, data } = this.product;
    const [rows, columns] = [this.#rows, this.#columns];
    const filters = this.#filterPoints();
    const moving = [rows, columns].flatMap(({ slide }) => [slide.position.name, slide.tap.name]);
    const outputs = formula.axes.filter(({ name }) => !moving.includes(name));
    const summed = reduction.axes.filter(({ name }) => !moving.includes(name));
    const ab = [rows.point, columns.point];
    const indicesOf = (axes: readonly Axis[]) => axes.map(({ name }) => axisIndex(name));
    const body = multiply(
      access(0, indicesOf(this.#inOrder(ab, this.#plainAxes(data)))),
      access(1, indicesOf([...ab, ...this.#filterAxes()])),
    );
    const products = this.builder.formula(
      [points, filters],
      this.#inOrder(ab, outputs),
      { kind: 'reduce', operator: 'sum', axes: summed, batch: false, body },
      this.#options('products'),
      { shared: this.#shared() },
    );
    const half = this.#inOrder([rows.offset, columns.point], outputs);
    const back = this.#transform('columns', products, {
      axes: half,
      over: rows.point,
      entry: [rows.filter.output, rows.offset.name, rows.point.name],
      read: access(0, indicesOf(this.#inOrder(ab, outputs))),
      shared: true,
    });
    this.builder.release(this.node.name);
    return this.#transform('', back, {
      axes: formula.axes.flatMap((axis) => this.#tiled(axis)),
      over: columns.point,
      entry: [columns.filter.output, columns.offset.name, columns.point.name],
      read: access(0, indicesOf(half)),
      shared: true,
      output: formula.axes.map((axis) => this.#placeOf(axis)),
      shape: this.node.shape,
    });
  }

  #filterGradient(points: Node): Node {
    const { formula, reduction, other } = this.product;
    const [rows, columns] = [this.#rows, this.#columns];
    const positions = [rows.slide.position.name, columns.slide.position.name];
    const summed = reduction.axes.filter(({ name }) => !positions.includes(name));
    const gradients = this.#gradientPoints();
    const taps = [rows.slide.tap.name, columns.slide.tap.name];
    const outputs = formula.axes.filter(({ name }) => !taps.includes(name));
    const ab = [rows.point, columns.point];
    const indices = (factor: Factor) => this.#inOrder(ab, this.#plainAxes(factor)).map(({ name }) => axisIndex(name));
    const sums = this.builder.formula(
      [gradients, points],
      [rows.point, columns.point, ...outputs],
      {
        kind: 'reduce',
        operator: 'sum',
        axes: [rows.tile, ...summed, ...rows.member, columns.tile],
        batch: true,
        body: multiply(access(0, indices(other)), access(1, indices(this.product.data))),
      },
      this.#options('products'),
      { shared: { loop: this.#loop, axis: rows.tile.name } },
    );
    const names = outputs.map(({ name }) => name);
    const tapAxis = ({ slide }: Direction): Axis => slide.tap;
    const half = this.#transform('columns', sums, {
      axes: [tapAxis(rows), columns.point, ...outputs],
      over: rows.point,
      entry: [rows.filter.filter, rows.point.name, tapOf(rows.slide)],
      read: access(0, [...ab.map(({ name }) => name), ...names].map(axisIndex)),
    });
    this.builder.release(this.node.name);
    return this.#transform('', half, {
      axes: formula.axes,
      over: columns.point,
      entry: [columns.filter.filter, columns.point.name, tapOf(columns.slide)],
      read: access(0, [rows.slide.tap.name, columns.point.name, ...names].map(axisIndex)),
    });
  }

  /** U: the points of the filter. */
  #filterPoints(): Node {
    const { node, access: read } = this.product.other;
    const [rows, columns] = [this.#rows, this.#columns];
    const plain = this.#filterAxes();
    const names = plain.map(({ name }) => name);
    const half = this.#transform('filter_rows', node, {
      axes: [rows.point, ...plain, columns.slide.tap],
      over: rows.slide.tap,
      entry: [rows.filter.filter, rows.point.name, tapOf(rows.slide)],
      read: access(0, read.indices),
    });
    return this.#transform('filter_points', half, {
      axes: [rows.point, columns.point, ...plain],
      over: columns.slide.tap,
      entry: [columns.filter.filter, columns.point.name, tapOf(columns.slide)],
      read: access(0, [rows.point.name, ...names, columns.slide.tap.name].map(axisIndex)),
    });
  }

  /** A dy At: the points of the gradient of the output. */
  #gradientPoints(): Node {
    const { node, access: read } = this.product.other;
    const [rows, columns] = [this.#rows, this.#columns];
    const plain = this.#plainAxes(this.product.other);
    const isAt = (index: Access['indices'][number], { slide }: Direction) =>
      index.affine.terms[0]?.[0] === slide.position.name;
    const across = read.indices.findIndex((index) => isAt(index, columns));
    const place = (direction: Direction) =>
      plainIndex(affineAdd(firstOutput(direction), affineAxis(direction.offset.name)));
    const indices = read.indices.map((index, k) => {
      if (isAt(index, rows)) return place(rows);
      return k === across ? axisIndex('w') : index;
    });
    const half = this.#transform('gradient_rows', node, {
      axes: [rows.tile, rows.point, ...plain, ...rows.member, { name: 'w', extent: node.shape[across]! }],
      over: rows.offset,
      entry: [rows.filter.output, rows.offset.name, rows.point.name],
      read: access(0, indices),
      shared: true,
    });
    const second = [rows.tile, rows.point, ...plain, ...rows.member].map(({ name }) => axisIndex(name));
    return this.#transform('gradient_points', half, {
      axes: this.#inOrder([rows.point, columns.point], plain),
      over: columns.offset,
      entry: [columns.filter.output, columns.offset.name, columns.point.name],
      read: access(0, [...second, place(columns)]),
      shared: true,
    });
  }

  /** Axes of an operand other than positions and taps, in its order. */
  #plainAxes({ access: read }: Factor): Axis[] {
    const { formula, reduction } = this.product;
    const moving = this.product.slides.flatMap(({ position, tap }) => [position.name, tap.name]);
    return read.indices.flatMap((index) =>
      [...formula.axes, ...reduction.axes].filter(
        ({ name }) => index.affine.terms[0]?.[0] === name && !moving.includes(name),
      ),
    );
  }

  #tiled(axis: Axis): Axis[] {
    const tiled = [this.#rows, this.#columns].find(({ slide }) => slide.position.name === axis.name);
    return tiled ? [tiled.tile, tiled.offset] : [axis];
  }

  #placeOf(axis: Axis): Affine {
    const tiled = [this.#rows, this.#columns].find(({ slide }) => slide.position.name === axis.name);
    if (!tiled) return affineAxis(axis.name);
    return affineAdd(firstOutput(tiled), affineAxis(tiled.offset.name));
  }

  #transform(part: string, input: Node, { axes, over, entry, read, shared, output, shape }: Transformation): Node {
    const [table, row, column] = entry;
    const affine = (at: string | Affine) => (typeof at === 'string' ? affineAxis(at) : at);
    const factor: Scalar = { kind: 'entry', table, row: affine(row), column: affine(column) };
    return this.builder.formula(
      [input],
      axes,
      { kind: 'reduce', operator: 'sum', axes: [over], batch: false, body: multiply(factor, read) },
      this.#options(part),
      { output, shape, shared: shared ? this.#shared() : undefined },
    );
  }

  #options(part: string) {
    const { name, origins } = this.node;
    if (!part) return { name, origins };
    return { name: `${name}.${part}`, origins: origins.map((origin) => ({ ...origin, part })) };
  }
}

interface Transformation extends Pick<Formula, 'axes' | 'output'> {
  readonly shape?: Shape;
  readonly over: Axis;
  readonly entry: readonly [table: Table, row: string | Affine, column: string | Affine];
  readonly read: Access;
  readonly shared?: boolean;
}

type DirectionNames = readonly [tile: string, point: string, offset: string];

/** `group`: how many tiles are computed at a time. */
function direction(slide: Slide, outputs: number, names: DirectionNames, filters: Filters, group = 1): Direction {
  const taps = slide.tap.extent;
  const filter = obtain(filters, `${outputs},${taps}`, () => minimalFilter(outputs, taps));
  const [tile, point, offset] = names;
  const tiles = Math.ceil(slide.position.extent / outputs);
  const together = Math.min(group, tiles);
  return {
    slide,
    filter,
    tile: { name: tile, extent: Math.ceil(tiles / together) },
    member: together > 1 ? [{ name: `${tile}_`, extent: together }] : [],
    point: { name: point, extent: filter.points },
    offset: { name: offset, extent: outputs },
  };
}

/** Where the results of a tile begin. */
function firstOutput({ filter, tile, member }: Direction): Affine {
  const group = affineAxis(tile.name, filter.outputs * (member[0]?.extent ?? 1));
  return member.reduce((sum, { name }) => affineAdd(affineAxis(name, filter.outputs), sum), group);
}

/** Where the first tile begins to read. */
function firstInput({ direction: sign, offset, tap }: Slide): number {
  return sign === 1 ? offset : offset - (tap.extent - 1);
}

/** The tap of the filter as minimal filtering counts it: a filter read backwards is turned around. */
function tapOf({ direction: sign, tap }: Slide): Affine {
  return sign === 1 ? affineAxis(tap.name) : affineAdd(affineAxis(tap.name, -1), affineConstant(tap.extent - 1));
}
