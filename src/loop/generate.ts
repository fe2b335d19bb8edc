/**
 * @file From a nest and its schedule to statements: the loops over the output in tiles, and for each tile its sums. Loads
 * that a tile shares are made once.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import {
  type Affine,
  affineAdd,
  affineAxis,
  affineConstant,
  affineSubstitute,
  coefficientOf,
  type Index,
  plainIndex,
} from '../ir/affine.ts';
import { BLOCKS, type Bounds, bound, boundsOfRun, solveClip } from './bounds.ts';
import { type Combination, factorMatrix } from './factor-matrix.ts';
import { type Buffer, type Expression, type Local, mapExpression, type Statement, varianceOf } from './ir.ts';
import { type MatrixFactors, matrixFactors, numberIn, rankOf } from './matrix-factors.ts';
import { BLOCK, type Nest, type NestReduction, PART, sumsLanes } from './nest.ts';
import type { NestAxis } from './piece.ts';
import { type NameSupply, PlacedCode } from './placed-code.ts';
import type { Run, Schedule } from './schedule.ts';

type Place = ReadonlyMap<string, Index>;

/** A nest with the schedule chosen for it. */
export interface ScheduledNest {
  readonly nest: Nest;
  readonly schedule: Schedule;
}

/**
 * Loops for all nests of a formula, within the loops `around`, if any: their variables by axis. Neighbours over the same
 * box that loop over nothing else (the phases of a strided gradient) share one loop nest.
 */
export function generateNests(
  nests: readonly ScheduledNest[],
  result: Buffer,
  names: NameSupply,
  around: ReadonlyMap<string, string> = new Map(),
): Statement[] {
  const groups: ScheduledNest[][] = [];
  for (const part of nests.flatMap(splitRemainders)) {
    const group = groups.at(-1);
    if (group && canShareLoops(group[0]!, part)) group.push(part);
    else groups.push([part]);
  }
  return groups.flatMap((group) => new NestGenerator(group, result, names, around).run());
}

function canShareLoops(first: ScheduledNest, second: ScheduledNest): boolean {
  if (hasLoops(first) || hasLoops(second) || first.schedule.tile.size + second.schedule.tile.size > 0) return false;
  return (
    first.nest.axes.length === second.nest.axes.length &&
    first.nest.axes.every((axis, k) => {
      const other = second.nest.axes[k]!;
      return axis.name === other.name && axis.from === other.from && axis.to === other.to;
    })
  );
}

/** Does the reduction need loops of its own? */
function hasLoops({ nest, schedule }: ScheduledNest): boolean {
  const { reduction } = nest;
  if (!reduction) return false;
  return reduction.axes.some((axis) => isClipped(reduction, axis) || !isWrittenOut(axis, schedule));
}

function isWrittenOut(axis: NestAxis, schedule: Schedule): boolean {
  return axis.to - axis.from === 1 || schedule.unrolled.has(axis.name);
}

function isClipped(reduction: NestReduction, axis: NestAxis): boolean {
  return reduction.clips.some(({ index }) => coefficientOf(index, axis.name) !== 0);
}

/** An extent that the tile does not divide is cut into a main part and one of a smaller tile. */
function splitRemainders({ nest, schedule }: ScheduledNest): ScheduledNest[] {
  for (const [name, factor] of schedule.tile) {
    const axis = nest.axes.find((candidate) => candidate.name === name)!;
    const extent = axis.to - axis.from;
    const rest = extent % factor;
    if (rest === 0) continue;
    const border = axis.to - rest;
    const part = (from: number, to: number, tile: ReadonlyMap<string, number>): ScheduledNest => ({
      nest: { ...nest, axes: nest.axes.map((other) => (other === axis ? { name, from, to } : other)) },
      schedule: { ...schedule, tile },
    });
    return [
      ...(extent > rest ? splitRemainders(part(axis.from, border, schedule.tile)) : []),
      ...splitRemainders(part(border, axis.to, new Map(schedule.tile).set(name, rest))),
    ];
  }
  return [{ nest, schedule }];
}

class NestGenerator {
  readonly #code: PlacedCode;

  constructor(
    readonly group: readonly ScheduledNest[],
    readonly result: Buffer,
    names: NameSupply,
    /** Variables of loops around the nests, by the axis that each runs over. */
    readonly around: ReadonlyMap<string, string>,
  ) {
    this.#code = new PlacedCode(names);
  }

  run(): Statement[] {
    const place = new Map([...this.around].map(([axis, variable]) => [axis, plainIndex(affineAxis(variable))]));
    this.#outputLoops(this.group[0]!.nest.axes, place);
    return this.#code.statements;
  }

  #outputLoops(axes: readonly NestAxis[], place: Place): void {
    const [axis, ...rest] = axes;
    if (!axis) {
      for (const part of this.group) this.#atElement(part, place);
      return;
    }
    const factor = this.group[0]!.schedule.tile.get(axis.name) ?? 1;
    if (axis.to - axis.from === factor) {
      this.#outputLoops(rest, new Map(place).set(axis.name, plainIndex(affineConstant(axis.from))));
      return;
    }
    const fill = (variable: string) =>
      this.#outputLoops(rest, new Map(place).set(axis.name, plainIndex(affineAxis(variable))));
    const apart = this.#distance(this.group[0]!, axis.name);
    const [end, step] = apart > 1 ? [axis.from + apart, 1] : [axis.to, factor];
    this.#code.loop(axis.name, [bound(axis.from)], [bound(end)], step, fill, true);
  }

  /** Of neighbours in a tile, along an axis. */
  #distance({ nest: { axes }, schedule: { tile, spread } }: ScheduledNest, name: string): number {
    const countOf = (axis: NestAxis) => (axis.to - axis.from) / (tile.get(axis.name) ?? 1);
    const innermost = axes.findLast((axis) => countOf(axis) > 1);
    return spread && innermost?.name === name ? countOf(innermost) : 1;
  }

  /** All loops over the output are open; computes and stores the tile at `place`. */
  #atElement({ nest, schedule }: ScheduledNest, place: Place): void {
    const tile = this.#tilePlaces({ nest, schedule }, place);
    const { reduction } = nest;
    this.#code.width = nest.width;
    const values = reduction ? this.#reduce(reduction, schedule, place, tile) : tile.map(() => undefined);
    tile.forEach((at, k) => {
      this.#store(nest, at, values[k]);
    });
  }

  #tilePlaces(part: ScheduledNest, place: Place): Place[] {
    let places: Place[] = [place];
    for (const [axis, factor] of part.schedule.tile) {
      const apart = this.#distance(part, axis);
      places = places.flatMap((at) =>
        Array.from({ length: factor }, (_, k) => {
          const { affine } = at.get(axis)!;
          return new Map(at).set(axis, plainIndex(affineAdd(affine, affineConstant(k * apart))));
        }),
      );
    }
    return places;
  }

  #store(nest: Nest, at: Place, reduced: Expression | undefined): void {
    const value = this.#code.emit(this.#placed(nest.value, at, reduced));
    const address = affineSubstitute(nest.store, at).affine;
    const isBatchSum = nest.reduction?.batch ?? false;
    const sum: Expression = isBatchSum && varianceOf(value) === 'varying' ? { kind: 'laneSum', operand: value } : value;
    this.#code.statements.push({
      kind: 'store',
      buffer: this.result,
      address,
      value: sum,
      mode: isBatchSum ? 'add' : 'set',
      ...(nest.width ? { width: nest.width } : {}),
    });
  }

  /** The values of the reduction for the tile: sums of few terms as they stand, else accumulators filled by loops. */
  #reduce(reduction: NestReduction, schedule: Schedule, place: Place, tile: readonly Place[]): Expression[] {
    const { operator } = reduction;
    const matrix = matrixFactors(reduction.body);
    if (matrix) return this.#transformed(reduction, schedule, place, tile, matrix);
    if (
      operator !== 'argmax' &&
      reduction.width === undefined &&
      reduction.axes.every((axis) => !isClipped(reduction, axis) && isWrittenOut(axis, schedule))
    )
      return tile.map((at) => this.#writtenOut(reduction, schedule, at));
    return this.#accumulate(reduction, schedule, place, tile);
  }

  /** Every value of the tile is a combination of the same few loads, by the entries of a matrix. */
  #transformed(
    reduction: NestReduction,
    schedule: Schedule,
    place: Place,
    tile: readonly Place[],
    { entry, operand }: MatrixFactors,
  ): Expression[] {
    const variables: Expression[] = [];
    const rows = tile.map((): number[] => []);
    this.#reductionLoops(reduction, schedule, { axes: reduction.axes, place }, (inner) => {
      tile.forEach((at, k) => {
        rows[k]!.push(numberIn(entry, inner, at));
      });
      variables.push(this.#code.emit(this.#placed(operand, inner, undefined)));
    });
    const factored = factorMatrix(rows);
    for (const definition of factored.definitions) variables.push(this.#combination(definition, variables));
    return factored.rows.map((row) => this.#combination(row, variables));
  }

  /** Values taken once come first; each further step is one addition or one multiply-add. */
  #combination(terms: Combination, variables: readonly Expression[]): Expression {
    const ordered = [...terms].sort(([, a], [, b]) => rankOf(a) - rankOf(b));
    let total: Expression | undefined;
    for (const [variable, factor] of ordered) {
      const value = variables[variable]!;
      const scaled = (by: number): Expression =>
        by === 1
          ? value
          : { kind: 'arithmetic', operator: '*', left: this.#code.bind({ kind: 'constant', value: by }), right: value };
      if (!total) total = scaled(factor);
      else
        total = this.#code.bind(
          factor === -1
            ? { kind: 'arithmetic', operator: '-', left: total, right: value }
            : { kind: 'arithmetic', operator: '+', left: total, right: scaled(factor) },
        );
    }
    return total ?? { kind: 'constant', value: 0 };
  }

  #writtenOut(reduction: NestReduction, schedule: Schedule, at: Place): Expression {
    let total: Expression | undefined;
    this.#reductionLoops(reduction, schedule, { axes: reduction.axes, place: at }, (inner) => {
      const term = this.#code.emit(this.#placed(reduction.body, inner, undefined));
      if (!total) total = term;
      else if (reduction.operator === 'sum') total = { kind: 'arithmetic', operator: '+', left: total, right: term };
      else total = { kind: 'call', name: 'max', arguments: [total, term] };
    });
    return total!;
  }

  /** Of many terms, run by run: the sums of many runs are added up in f64, so that no sum loses more for being long. */
  #accumulate(reduction: NestReduction, schedule: Schedule, place: Place, tile: readonly Place[]): Expression[] {
    const { run } = schedule;
    const { variance, width } = reduction;
    const whole = { axes: reduction.axes, place };
    if (!run) return this.#partByPart(reduction, whole, (rest) => this.#filled(reduction, schedule, rest, tile));
    const folded = sumsLanes(reduction);
    const totals = tile.map(() => this.#code.variable(constant(0), { variance, folded, wide: run.wide }));
    const addUp = (rest: Rest) => {
      this.#filled(reduction, schedule, rest, tile).forEach((value, k) => {
        const total = totals[k]!;
        const { name } = total;
        if (total.wide) this.#code.statements.push({ kind: 'widen', name, value });
        else if (folded) this.#code.statements.push({ kind: 'accumulate', name, value, ...(width && { width }) });
        else this.#code.assign(total, { kind: 'arithmetic', operator: '+', left: total, right: value });
      });
    };
    this.#runLoops(reduction, run, whole, (rest) => this.#parts(reduction, rest, addUp));
    return run.wide ? totals.map((total) => this.#code.variable(total, { variance, folded })) : totals;
  }

  /** The sums of the first register of a block, and those of the others onto them. */
  #partByPart({ parts = 1, width }: NestReduction, rest: Rest, fill: (rest: Rest) => Local[]): Local[] {
    if (parts === 1) return fill(rest);
    const at = (part: number) => ({ ...rest, place: new Map(rest.place).set(PART, plainIndex(affineConstant(part))) });
    const sums = fill(at(0));
    for (let part = 1; part < parts; part++)
      for (const [k, value] of fill(at(part)).entries())
        this.#code.statements.push({ kind: 'accumulate', name: sums[k]!.name, value, ...(width && { width }) });
    return sums;
  }

  /** Once for each register of a block, where it is summed so. */
  #parts({ parts }: NestReduction, rest: Rest, fill: (rest: Rest) => void): void {
    if (!parts) return fill(rest);
    this.#code.loop(PART, [bound(0)], [bound(parts)], 1, (variable) => {
      fill({ ...rest, place: new Map(rest.place).set(PART, plainIndex(affineAxis(variable))) });
    });
  }

  /** The loops down to the axis of the runs, which is stepped through run by run. */
  #runLoops(reduction: NestReduction, run: Run, { axes, place }: Rest, fill: (rest: Rest) => void): void {
    const [axis, ...rest] = axes as [NestAxis, ...NestAxis[]];
    const isRun = axis.name === run.axis;
    const [from, to] = this.#boundsOf(reduction, axis, rest, place);
    this.#code.loop(axis.name, from, to, isRun ? run.length : 1, (variable) => {
      const inside = { axes: rest, place: new Map(place).set(axis.name, plainIndex(affineAxis(variable))) };
      if (!isRun) this.#runLoops(reduction, run, inside, fill);
      else if (run.length === 1) fill(inside);
      else fill({ axes, place, bounds: boundsOfRun(affineAxis(variable), run.length, from, to) });
    });
  }

  #filled(reduction: NestReduction, schedule: Schedule, rest: Rest, tile: readonly Place[]): Local[] {
    const { operator, variance, folded } = reduction;
    const identity = constant(operator === 'sum' ? 0 : Number.NEGATIVE_INFINITY);
    const best = tile.map(() => this.#code.variable(identity, { variance, folded }));
    const taps = operator === 'argmax' ? tile.map(() => this.#code.variable(constant(0), { variance })) : undefined;
    this.#code.width = reduction.width;
    this.#reductionLoops(reduction, schedule, rest, (inner) => {
      tile.forEach((at, k) => {
        const term = this.#code.emit(this.#placed(reduction.body, new Map([...inner, ...at]), undefined));
        if (folded)
          this.#code.statements.push({ kind: 'accumulate', name: best[k]!.name, value: term, width: this.#code.width });
        else if (operator === 'sum')
          this.#code.assign(best[k]!, { kind: 'arithmetic', operator: '+', left: best[k]!, right: term });
        else this.#keepBest(reduction, best[k]!, taps?.[k], term, inner);
      });
    });
    this.#code.width = undefined;
    return taps ?? best;
  }

  #keepBest(reduction: NestReduction, best: Local, tap: Local | undefined, term: Expression, inner: Place): void {
    if (!tap) {
      this.#code.assign(best, { kind: 'call', name: 'max', arguments: [best, term] });
      return;
    }
    const value = this.#code.bind(term);
    const compare = { kind: 'select', comparison: '>', left: value, right: best } as const;
    const number: Expression = { kind: 'position', index: affineSubstitute(reduction.tap, inner).affine };
    this.#code.assign(tap, { ...compare, whenTrue: number, whenFalse: tap });
    this.#code.assign(best, { ...compare, whenTrue: value, whenFalse: best });
  }

  #reductionLoops(
    reduction: NestReduction,
    schedule: Schedule,
    { axes, place, bounds }: Rest,
    body: (inner: Place) => void,
  ): void {
    const [axis, ...rest] = axes;
    if (!axis) {
      body(place);
      return;
    }
    const inner = (at: Affine) => {
      const inside = { axes: rest, place: new Map(place).set(axis.name, plainIndex(at)) };
      this.#reductionLoops(reduction, schedule, inside, body);
    };
    if (axis.to - axis.from === 1 && !isClipped(reduction, axis)) {
      inner(affineConstant(axis.from));
      return;
    }
    if (schedule.unrolled.has(axis.name)) {
      for (let k = axis.from; k < axis.to; k++) inner(affineConstant(k));
      return;
    }
    const [from, to] = bounds ?? this.#boundsOf(reduction, axis, rest, place);
    this.#code.loop(axis.name, from, to, 1, (variable) => {
      inner(affineAxis(variable));
    });
  }

  /** Bounds of an axis from the clips in which it is the innermost: all other axes have their place already. */
  #boundsOf(reduction: NestReduction, axis: NestAxis, inner: readonly NestAxis[], place: Place): Bounds {
    if (axis.name === BLOCK) return BLOCKS;
    const from = [bound(axis.from)];
    const to = [bound(axis.to)];
    for (const clip of reduction.clips) {
      if (inner.some(({ name }) => coefficientOf(clip.index, name) !== 0)) continue;
      const coefficient = coefficientOf(clip.index, axis.name);
      if (coefficient === 0) continue;
      const rest = affineSubstitute(affineAdd(affineAxis(axis.name, -coefficient), clip.index), place).affine;
      const [low, high] = solveClip(rest, coefficient, clip);
      from.push(low);
      to.push(high);
    }
    return [from, to];
  }

  #placed(expression: Expression, place: Place, reduced: Expression | undefined): Expression {
    if (expression.kind === 'reduction') {
      if (!reduced) throw new InternalError('generate', 'a reduction inside a reduction');
      return reduced;
    }
    return mapExpression(
      expression,
      (operand) => this.#placed(operand, place, reduced),
      (affine) => affineSubstitute(affine, place).affine,
    );
  }
}

/** What of a reduction is still to be looped over, from where the loops around it stand. */
interface Rest {
  readonly axes: readonly NestAxis[];
  readonly place: Place;
  /** Of the first axis, where they are not those of the reduction. */
  readonly bounds?: Bounds;
}

function constant(value: number): Expression {
  return { kind: 'constant', value };
}
