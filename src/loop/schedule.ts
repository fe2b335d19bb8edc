/**
 * @file How a nest is run: which output axes are tiled into registers and which reduction axes are unrolled. One rule
 * serves every contraction: an operand that does not depend on a tiled axis is loaded once for the whole tile, so the
 * tile with the fewest loads per term wins, as far as its accumulators fit the registers of the target.
 */
import { coefficientOf } from '../ir/affine.ts';
import { affinesOf, type Expression, operandsOf, visitExpression } from './ir.ts';
import type { Nest, NestAxis } from './nest.ts';

/** What the scheduler must know of a target. */
export interface TargetTraits {
  /** Images per block. */
  readonly lanes: number;
  /** Registers that may hold accumulators. */
  readonly accumulators: number;
  /** Registers that one varying value takes: `lanes` where there is no SIMD. */
  readonly registersPerVarying: number;
  /** Arithmetic operations that one unrolled body may have. */
  readonly unrollBudget: number;
}

export interface Schedule {
  /** Tile of each tiled output axis. */
  readonly tile: ReadonlyMap<string, number>;
  /** Reduction axes written out in full. */
  readonly unrolled: ReadonlySet<string>;
}

const FACTORS = [1, 2, 3, 4, 6, 8];

export function chooseSchedule(nest: Nest, traits: TargetTraits): Schedule {
  const tile = chooseTile(nest, traits);
  return { tile, unrolled: chooseUnrolled(nest, tile, traits) };
}

function chooseTile(nest: Nest, traits: TargetTraits): ReadonlyMap<string, number> {
  const candidates = tileableAxes(nest);
  const loads = nest.reduction ? distinctLoads(nest.reduction.body) : [];
  if (loads.length < 2) return new Map();
  const perAccumulator = nest.reduction!.variance === 'varying' ? traits.registersPerVarying : 1;
  const room = Math.floor(traits.accumulators / perAccumulator);
  let best = new Map<string, number>();
  let bestCost = loadsPerTerm(loads, best, traits);
  for (const first of candidates)
    for (const second of candidates)
      for (const [a, b] of tileSizes(first, second, room)) {
        const tile = new Map([[first.name, a], ...(second === first ? [] : ([[second.name, b]] as const))]);
        const cost = loadsPerTerm(loads, tile, traits);
        if (cost < bestCost - 1e-9) [best, bestCost] = [tile, cost];
      }
  return new Map([...best].filter(([, factor]) => factor > 1));
}

/** Tiling an axis that bounds a clipped loop would need a different loop for each element of the tile. */
function tileableAxes(nest: Nest): NestAxis[] {
  if (nest.reduction?.operator !== 'sum') return [];
  const { clips } = nest.reduction;
  return nest.axes.filter(
    (axis) => axis.to - axis.from > 1 && clips.every(({ index }) => coefficientOf(index, axis.name) === 0),
  );
}

function* tileSizes(first: NestAxis, second: NestAxis, room: number): Generator<[number, number]> {
  for (const a of FACTORS)
    for (const b of first === second ? [1] : FACTORS)
      if (a * b <= room && a <= first.to - first.from && b <= second.to - second.from) yield [a, b];
}

type Load = Extract<Expression, { kind: 'load' }>;

function distinctLoads(body: Expression): Load[] {
  const loads: Load[] = [];
  visitExpression(body, (part) => {
    if (part.kind === 'load') loads.push(part);
  });
  return loads;
}

function loadsPerTerm(loads: readonly Load[], tile: ReadonlyMap<string, number>, traits: TargetTraits): number {
  let total = 0;
  for (const load of loads) {
    let count = load.buffer.variance === 'varying' ? traits.registersPerVarying : 1;
    for (const [axis, factor] of tile) if (coefficientOf(load.address, axis) !== 0) count *= factor;
    total += count;
  }
  const terms = [...tile.values()].reduce((product, factor) => product * factor, 1);
  return total / terms;
}

/** Innermost reduction axes of fixed length, as many as the budget takes, when nothing then remains to loop over. */
function chooseUnrolled(nest: Nest, tile: ReadonlyMap<string, number>, traits: TargetTraits): Set<string> {
  const unrolled = new Set<string>();
  if (!nest.reduction) return unrolled;
  const { axes, clips, body } = nest.reduction;
  let cost = operationCount(body) * traits.registersPerVarying;
  for (const factor of tile.values()) cost *= factor;
  for (const axis of [...axes].reverse()) {
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
