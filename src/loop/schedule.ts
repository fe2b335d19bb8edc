/**
 * @file How a nest is run: which output axes are tiled into registers and which reduction axes are unrolled. One rule
 * serves every contraction: an operand that does not depend on a tiled axis is loaded once for the whole tile, so the
 * tile with the fewest loads per term wins, as far as its accumulators fit the registers of the target.
 */
import { type Affine, coefficientOf } from '../ir/affine.ts';
import { affinesOf, type Expression, operandsOf, visitExpression } from './ir.ts';
import { BLOCK, type Nest, sumsLanes } from './nest.ts';
import type { NestAxis } from './piece.ts';

/** Images per block of WebAssembly, of which rules tell. */
export const IMAGES_TOGETHER = 8;

/** The same where a step has no more. */
export const FEW_TOGETHER = 4;

/** What the scheduler must know of a target. */
export interface TargetTraits {
  /** Images per block. */
  readonly lanes: number;
  /** Registers that may hold accumulators. */
  readonly accumulators: number;
  /** Registers that accumulators and the values loaded for one tile may fill together. */
  readonly registers: number;
  /** Lanes that one register holds: 1 where there is no SIMD. */
  readonly width: number;
  /** The engine joins the two registers of a block to one: what computes whole blocks has as many of those. */
  readonly paired?: boolean;
  /** Registers that one varying value takes: `lanes` where there is no SIMD. */
  readonly registersPerVarying: number;
  /** Elements from which on a sum over the batch waits for all blocks of a group; none if left out. */
  readonly waitingSums?: number;
  /** Longest convolution kernel that is computed in tiles, which takes much code; any if left out. */
  readonly longestTiledKernel?: number;
  /** Terms that are added in f32 before their sum goes on in f64; all, if left out, where arithmetic is in f64 anyway. */
  readonly longestRun?: number;
  /** Elements are computed all at once, not one after the other: nothing is handed on in a loop that formulas share. */
  readonly allAtOnce?: boolean;
  /** Terms that a sum may have to be one run all the same; `longestRun` if left out. */
  readonly longestWholeSum?: number;
  /** Arithmetic operations that one unrolled body may have. */
  readonly unrollBudget: number;
  /** What else was found best for some kernels, by timing them: by the hash of what a kernel computes. */
  readonly tuned?: ReadonlyMap<string, ScheduleChoice>;
}

/** Traits that one kernel may have of its own. They decide about tiles and loops, never about the order of a sum. */
export type ScheduleChoice = Partial<Pick<TargetTraits, 'accumulators' | 'registers' | 'unrollBudget'>>;

export interface Schedule {
  /** Tile of each tiled output axis. */
  readonly tile: ReadonlyMap<string, number>;
  /** Along the innermost axis that is left, elements of a tile lie apart, so that those who compute neighbours read neighbours. */
  readonly spread?: boolean;
  /** Reduction axes written out in full. */
  readonly unrolled: ReadonlySet<string>;
  /** How a sum of many terms is cut up. */
  readonly run?: Run;
}

/** So many values of one axis, and all of those inside it, are added up at a time. */
export interface Run {
  readonly axis: string;
  readonly length: number;
  /** What the runs come to is added up in f64; few of them lose hardly more in f32. */
  readonly wide: boolean;
}

const FACTORS = [1, 2, 3, 4, 6, 8];

export function chooseSchedule(nest: Nest, traits: TargetTraits): Schedule {
  const matrix = axesOfEntries(nest);
  if (matrix.size > 0) return writtenOut(nest, matrix);
  const tile = chooseTile(nest, traits);
  const run = chooseRun(nest, traits);
  const unrolled = chooseUnrolled(nest, tile, traits, run);
  return { tile, unrolled, ...(run && { run }), ...(traits.allAtOnce && !slides(nest) && { spread: true }) };
}

/**
 * As few runs as can be, of equal length. They depend on the sum alone and not on tiles or loops, which are free to change
 * without changing a bit.
 */
function chooseRun({ reduction }: Nest, traits: TargetTraits): Run | undefined {
  const { longestRun = Number.POSITIVE_INFINITY, longestWholeSum = longestRun, registersPerVarying } = traits;
  if (reduction?.operator !== 'sum') return undefined;
  // All registers of a block are added onto one.
  let terms = reduction.folded && reduction.width === undefined ? registersPerVarying : 1;
  if (reduction.axes.reduce((product, { from, to }) => product * (to - from), terms) <= longestWholeSum)
    return undefined;
  for (const [k, { name, from, to }] of [...reduction.axes.entries()].reverse()) {
    const runs = Math.ceil((to - from) / Math.max(1, Math.floor(longestRun / terms)));
    if (runs > 1) {
      const outer = reduction.axes.slice(0, k).reduce((product, axis) => product * (axis.to - axis.from), 1);
      const wide = sumsLanes(reduction) || outer * runs > MOST_PLAIN_RUNS;
      return { axis: name, length: Math.ceil((to - from) / runs), wide };
    }
    terms *= to - from;
  }
  return undefined;
}

/** Runs whose sums are added up in f32, each of which loses a rounding. */
const MOST_PLAIN_RUNS = 16;

/** Does the nest multiply by a constant matrix? */
export function hasMatrix(nest: Nest): boolean {
  return axesOfEntries(nest).size > 0;
}

/** Axes that number the rows and columns of constant matrices. */
function axesOfEntries(nest: Nest): Set<string> {
  const axes = new Set<string>();
  if (nest.reduction)
    visitExpression(nest.reduction.body, (part) => {
      if (part.kind !== 'entry') return;
      for (const [axis] of [...part.row.terms, ...part.column.terms]) axes.add(axis);
    });
  return axes;
}

function writtenOut(nest: Nest, axes: ReadonlySet<string>): Schedule {
  const tiled = nest.axes.filter(({ name }) => axes.has(name));
  return {
    tile: new Map(tiled.map(({ name, from, to }) => [name, to - from])),
    unrolled: new Set(nest.reduction!.axes.filter(({ name }) => axes.has(name)).map(({ name }) => name)),
  };
}

type Tile = ReadonlyMap<string, number>;

function chooseTile(nest: Nest, traits: TargetTraits): Tile {
  const candidates = tileableAxes(nest);
  const loads = nest.reduction ? distinctLoads(nest.reduction.body) : [];
  if (loads.length < (nest.reduction?.batch ? 1 : 2)) return new Map();
  const dear = loads.filter((load) => skipsLines(load, nest, traits));
  if (slides(nest)) return slidingTile(nest, traits, loads, candidates);
  const costOf = (tile: Tile) => {
    const cost = averageLoads(loads, tile, candidates, traits);
    return dear.length > 0 ? cost + averageLoads(dear, tile, candidates, traits) : cost;
  };
  let best: Tile = new Map();
  let bestCost = costOf(best);
  for (const tile of tilesOf(candidates)) {
    if (!fitsRegisters(nest, loads, tile, traits)) continue;
    const cost = costOf(tile);
    if (cost < bestCost - 1e-9 || (cost < bestCost + 1e-9 && isPreferred(nest, tile, best)))
      [best, bestCost] = [tile, cost];
  }
  return new Map([...best].filter(([, factor]) => factor > 1));
}

/** Has each lane weights of its own, as in depthwise convolutions? Then neighbours share what their windows share. */
function slides({ axes, reduction }: Nest): boolean {
  if (!reduction) return false;
  const { batch, axes: taps, body } = reduction;
  const loads = distinctLoads(body);
  const isWindow = ({ address }: Load) => {
    const steps = (some: readonly NestAxis[]) => some.map(({ name }) => coefficientOf(address, name)).filter(Boolean);
    return steps(axes).some((step) => steps(taps).some((tap) => step % tap === 0));
  };
  return !batch && loads.every(({ buffer }) => buffer.variance === 'varying') && loads.some(isWindow);
}

/** Neighbours along one axis: as many as read fewest values for each term, of which windows that overlap read many together. */
function slidingTile(nest: Nest, traits: TargetTraits, loads: readonly Load[], axes: readonly NestAxis[]): Tile {
  let best: Tile = new Map();
  let least = Number.POSITIVE_INFINITY;
  for (const axis of axes)
    for (let factor = 1; factor <= Math.min(traits.accumulators, axis.to - axis.from); factor++) {
      const tile = new Map([[axis.name, factor]]);
      const unrolled = chooseUnrolled(nest, tile, traits, undefined);
      const taps = nest.reduction!.axes.filter(({ name }) => unrolled.has(name));
      const read = loads.reduce((sum, { address }) => sum + distinctAddresses(address, [...tile], taps), 0);
      if (traits.registersPerVarying * (factor + read) > traits.registers) continue;
      const cost = read / taps.reduce((terms, { from, to }) => terms * (to - from), factor);
      if (cost < least) [best, least] = [tile, cost];
    }
  return new Map([...best].filter(([, factor]) => factor > 1));
}

function distinctAddresses(
  address: Affine,
  tile: readonly (readonly [string, number])[],
  taps: readonly NestAxis[],
): number {
  let places = new Set([0]);
  for (const [name, extent] of [...tile, ...taps.map(({ name, from, to }) => [name, to - from] as const)]) {
    const step = coefficientOf(address, name);
    places = new Set([...places].flatMap((place) => Array.from({ length: extent }, (_, k) => place + step * k)));
  }
  return places.size;
}

/** One or two axes, each by one of the factors. */
function* tilesOf(axes: readonly NestAxis[]): Generator<Tile> {
  for (const [k, first] of axes.entries())
    for (const a of FACTORS.filter((factor) => factor <= first.to - first.from)) {
      yield new Map([[first.name, a]]);
      for (const second of axes.slice(k + 1))
        for (const b of FACTORS.filter((factor) => factor > 1 && factor <= second.to - second.from))
          yield new Map([
            [first.name, a],
            [second.name, b],
          ]);
    }
}

/** Does the innermost loop of a sum over the batch leave out parts of what it goes through, as strides do? They count twice. */
function skipsLines({ buffer, address }: Load, { reduction }: Nest, { lanes }: TargetTraits): boolean {
  const innermost = reduction!.axes.at(-1);
  if (!innermost || !reduction!.batch || buffer.variance === 'uniform') return false;
  return Math.abs(coefficientOf(address, innermost.name)) > lanes;
}

/** Engines may load everything a body reads before they compute, so loads and accumulators must fit together. */
function fitsRegisters(nest: Nest, loads: readonly Load[], tile: Tile, traits: TargetTraits): boolean {
  const { variance, folded, width } = nest.reduction!;
  const each = variance === 'varying' && !folded ? traits.registersPerVarying : 1;
  const accumulators = each * [...tile.values()].reduce((product, factor) => product * factor, 1);
  // Without a loop around the terms nothing stays in registers but one of them at a time.
  const isLoop = nest.reduction!.axes.some(({ from, to }) => to - from > 1);
  if (!isLoop && traits.width > 1) return accumulators <= traits.accumulators;
  return accumulators <= traits.accumulators && accumulators + loadsOf(loads, tile, traits, width) <= traits.registers;
}

/** Additions that can be under way at a time. */
const CHAINS = 4;

/**
 * Of tiles with equally many loads: a long sum adds in several chains, each of which waits for its last addition. And
 * neighbouring results can be stored together.
 */
function isPreferred(nest: Nest, tile: Tile, other: Tile): boolean {
  const chainsOf = (some: Tile) => {
    const terms = [...some.values()].reduce((product, factor) => product * factor, 1);
    return nest.reduction!.batch ? Math.min(terms, CHAINS) : 0;
  };
  const more = chainsOf(tile) - chainsOf(other);
  return more > 0 || (more === 0 && runLength(nest, tile) > runLength(nest, other));
}

/** Elements of the tile that lie side by side in memory. */
function runLength(nest: Nest, tile: Tile): number {
  for (const [axis, factor] of tile) if (coefficientOf(nest.store, axis) === 1) return factor;
  return 1;
}

/** Tiling an axis that bounds a clipped loop would need a different loop for each element of the tile. */
function tileableAxes(nest: Nest): NestAxis[] {
  if (nest.reduction?.operator !== 'sum') return [];
  const { clips } = nest.reduction;
  return nest.axes.filter(
    (axis) => axis.to - axis.from > 1 && clips.every(({ index }) => coefficientOf(index, axis.name) === 0),
  );
}

type Load = Extract<Expression, { kind: 'load' }>;

function distinctLoads(body: Expression): Load[] {
  const loads: Load[] = [];
  visitExpression(body, (part) => {
    if (part.kind === 'load') loads.push(part);
  });
  return loads;
}

/** Registers that the loads of one tile fill. */
function loadsOf(loads: readonly Load[], tile: Tile, traits: TargetTraits, width = traits.lanes): number {
  let total = 0;
  const perVarying = (traits.registersPerVarying * width) / traits.lanes;
  for (const load of loads) {
    let count = load.buffer.variance === 'varying' ? perVarying : 1;
    for (const [axis, factor] of tile) if (coefficientOf(load.address, axis) !== 0) count *= factor;
    total += count;
  }
  return total;
}

/** Loads per term over the whole box, the smaller tiles of the remainders included. */
function averageLoads(loads: readonly Load[], tile: Tile, axes: readonly NestAxis[], traits: TargetTraits): number {
  let parts: { tile: Tile; share: number }[] = [{ tile: new Map(), share: 1 }];
  for (const [name, factor] of tile) {
    const axis = axes.find((candidate) => candidate.name === name)!;
    const extent = axis.to - axis.from;
    const rest = extent % factor;
    parts = parts.flatMap((part) => [
      { tile: new Map(part.tile).set(name, factor), share: (part.share * (extent - rest)) / extent },
      ...(rest > 0 ? [{ tile: new Map(part.tile).set(name, rest), share: (part.share * rest) / extent }] : []),
    ]);
  }
  return parts.reduce((sum, part) => {
    const terms = [...part.tile.values()].reduce((product, factor) => product * factor, 1);
    return sum + (part.share * loadsOf(loads, part.tile, traits)) / terms;
  }, 0);
}

/** Innermost reduction axes of fixed length, as many as the budget takes, when nothing then remains to loop over. */
function chooseUnrolled(nest: Nest, tile: Tile, traits: TargetTraits, run: Run | undefined): Set<string> {
  const unrolled = new Set<string>();
  if (!nest.reduction) return unrolled;
  const { axes, clips, body } = nest.reduction;
  let cost = operationCount(body) * traits.registersPerVarying;
  for (const factor of tile.values()) cost *= factor;
  for (const axis of [...axes].reverse()) {
    if (axis.name === BLOCK || axis.name === run?.axis) break;
    const extent = axis.to - axis.from;
    const clipped = clips.some(({ index }) => coefficientOf(index, axis.name) !== 0);
    if (clipped || cost * extent > traits.unrollBudget) break;
    cost *= extent;
    unrolled.add(axis.name);
  }
  return unrolled;
}

export function operationCount(expression: Expression): number {
  const own = expression.kind === 'arithmetic' || expression.kind === 'call' || expression.kind === 'select' ? 1 : 0;
  return operandsOf(expression).reduce(
    (sum, operand) => sum + operationCount(operand),
    Math.max(own, affinesOf(expression).length),
  );
}
