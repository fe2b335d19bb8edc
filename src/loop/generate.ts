/**
 * @file From a nest and its schedule to statements. Every expression is placed at the outermost loop it depends on, so
 * loop-invariant code is never inside a loop; loads that a register tile shares are made once.
 */
import { InternalError } from '../diagnostics/diagnostic.ts';
import {
  type Affine,
  affineAdd,
  affineAxis,
  affineConstant,
  affineScale,
  affineSubstitute,
  coefficientOf,
  type Index,
  plainIndex,
  printAffine,
} from '../ir/affine.ts';
import { type Combination, factorMatrix } from './factor-matrix.ts';
import {
  affinesOf,
  type BoundTerm,
  type Buffer,
  type Condition,
  END_BLOCK,
  type Expression,
  FIRST_BLOCK,
  type Local,
  mapExpression,
  operandsOf,
  type Statement,
  varianceOf,
} from './ir.ts';
import { BLOCK, isFolded, type Nest, type NestReduction } from './nest.ts';
import type { NestAxis } from './piece.ts';
import type { Run, Schedule } from './schedule.ts';

/** One loop being filled; `level 0` is the kernel itself. */
interface Level {
  readonly variable: string | undefined;
  readonly statements: Statement[];
  /** What was computed here, by its text. */
  readonly known: Map<string, Expression>;
}

type Place = ReadonlyMap<string, Index>;

/** Names are unique in a kernel, so one counter serves all its nests. */
export interface NameSupply {
  next(prefix: string): string;
}

export function createNames(): NameSupply {
  const counts = new Map<string, number>();
  const taken = new Set<string>();
  return {
    next(prefix) {
      let name: string;
      // The tenth `x` and the first `x1` would be one.
      do {
        const count = counts.get(prefix) ?? 0;
        counts.set(prefix, count + 1);
        name = `${prefix}${count}`;
      } while (taken.has(name));
      taken.add(name);
      return name;
    },
  };
}

/** A nest with the schedule chosen for it. */
export interface ScheduledNest {
  readonly nest: Nest;
  readonly schedule: Schedule;
}

/**
 * All nests of one formula, within the loops `around`, if any: variables by axis. Neighbours that run over the same box and loop over nothing else (the phases of a strided
 * gradient) share one set of loops.
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
  readonly #levels: Level[] = [{ variable: undefined, statements: [], known: new Map() }];
  /** Depth of each loop variable and local. */
  readonly #depth = new Map<string, number>();
  /** Lanes that the statements being made cover, where that is not all of them. */
  #width: number | undefined;

  constructor(
    readonly group: readonly ScheduledNest[],
    readonly result: Buffer,
    readonly names: NameSupply,
    /** Variables of loops around the nests, by the axis that each runs over. */
    readonly around: ReadonlyMap<string, string>,
  ) {}

  run(): Statement[] {
    const place = new Map([...this.around].map(([axis, variable]) => [axis, plainIndex(affineAxis(variable))]));
    this.#outputLoops(this.group[0]!.nest.axes, place);
    return this.#levels[0]!.statements;
  }

  get #current(): Level {
    return this.#levels.at(-1)!;
  }

  #outputLoops(axes: readonly NestAxis[], place: Place): void {
    const [axis, ...rest] = axes;
    if (!axis) {
      for (const part of this.group) this.#atElement(part, place);
      return;
    }
    const step = this.group[0]!.schedule.tile.get(axis.name) ?? 1;
    if (axis.to - axis.from === step) {
      this.#outputLoops(rest, new Map(place).set(axis.name, plainIndex(affineConstant(axis.from))));
      return;
    }
    this.#loop(axis.name, [bound(axis.from)], [bound(axis.to)], step, (variable) => {
      this.#outputLoops(rest, new Map(place).set(axis.name, plainIndex(affineAxis(variable))));
    });
  }

  #loop(
    axis: string,
    from: readonly BoundTerm[],
    to: readonly BoundTerm[],
    step: number,
    fill: (variable: string) => void,
  ): void {
    const variable = this.names.next(axis.replace(/_+$/, '') || 'axis');
    this.#levels.push({ variable, statements: [], known: new Map() });
    this.#depth.set(variable, this.#levels.length - 1);
    fill(variable);
    const { statements } = this.#levels.pop()!;
    // Only now, so that what the body hoisted stands before the loop.
    this.#current.statements.push({ kind: 'loop', variable, from, to, step, body: statements });
  }

  /** All loops over the output are open; computes and stores the tile at `place`. */
  #atElement({ nest, schedule }: ScheduledNest, place: Place): void {
    const tile = this.#tilePlaces(schedule, place);
    const { reduction } = nest;
    this.#width = nest.width;
    const values = reduction ? this.#reduce(reduction, schedule, place, tile) : tile.map(() => undefined);
    tile.forEach((at, k) => {
      this.#store(nest, at, values[k]);
    });
  }

  #tilePlaces(schedule: Schedule, place: Place): Place[] {
    let places: Place[] = [place];
    for (const [axis, factor] of schedule.tile) {
      places = places.flatMap((at) =>
        Array.from({ length: factor }, (_, offset) => {
          const { affine } = at.get(axis)!;
          return new Map(at).set(axis, plainIndex(affineAdd(affine, affineConstant(offset))));
        }),
      );
    }
    return places;
  }

  #store(nest: Nest, at: Place, reduced: Expression | undefined): void {
    const value = this.#emit(this.#placed(nest.value, at, reduced));
    const address = affineSubstitute(nest.store, at).affine;
    const isBatchSum = nest.reduction?.batch ?? false;
    const sum: Expression = isBatchSum && varianceOf(value) === 'varying' ? { kind: 'laneSum', operand: value } : value;
    this.#current.statements.push({
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
      variables.push(this.#emit(this.#placed(operand, inner, undefined)));
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
          : { kind: 'arithmetic', operator: '*', left: this.#bind({ kind: 'constant', value: by }), right: value };
      if (!total) total = scaled(factor);
      else
        total = this.#bind(
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
      const term = this.#emit(this.#placed(reduction.body, inner, undefined));
      if (!total) total = term;
      else if (reduction.operator === 'sum') total = { kind: 'arithmetic', operator: '+', left: total, right: term };
      else total = { kind: 'call', name: 'max', arguments: [total, term] };
    });
    return total!;
  }

  /** Of many terms, run by run: the sums of the runs are added up in f64, so that no sum loses more for being long. */
  #accumulate(reduction: NestReduction, schedule: Schedule, place: Place, tile: readonly Place[]): Expression[] {
    const { run } = schedule;
    if (!run) return this.#filled(reduction, schedule, { axes: reduction.axes, place }, tile);
    const form = { variance: reduction.variance, folded: isFolded(reduction) };
    const totals = tile.map(() => this.#variable(constant(0), { ...form, wide: true }));
    this.#runLoops(reduction, run, { axes: reduction.axes, place }, (rest) => {
      this.#filled(reduction, schedule, rest, tile).forEach((sum, k) => {
        this.#current.statements.push({ kind: 'widen', name: totals[k]!.name, value: sum });
      });
    });
    return totals.map((total) => this.#variable(total, form));
  }

  /** The loops down to the axis of the runs, which is stepped through run by run. */
  #runLoops(reduction: NestReduction, run: Run, { axes, place }: Rest, fill: (rest: Rest) => void): void {
    const [axis, ...rest] = axes as [NestAxis, ...NestAxis[]];
    const isRun = axis.name === run.axis;
    const [from, to] = this.#boundsOf(reduction, axis, rest, place);
    this.#loop(axis.name, from, to, isRun ? run.length : 1, (variable) => {
      const inside = { axes: rest, place: new Map(place).set(axis.name, plainIndex(affineAxis(variable))) };
      if (!isRun) this.#runLoops(reduction, run, inside, fill);
      else if (run.length === 1) fill(inside);
      else fill({ axes, place, bounds: boundsOfRun(affineAxis(variable), run.length, from, to) });
    });
  }

  #filled(reduction: NestReduction, schedule: Schedule, rest: Rest, tile: readonly Place[]): Local[] {
    const { operator, variance } = reduction;
    const folded = isFolded(reduction);
    const identity = constant(operator === 'sum' ? 0 : Number.NEGATIVE_INFINITY);
    const best = tile.map(() => this.#variable(identity, { variance, folded }));
    const taps = operator === 'argmax' ? tile.map(() => this.#variable(constant(0), { variance })) : undefined;
    this.#width = reduction.width;
    this.#reductionLoops(reduction, schedule, rest, (inner) => {
      tile.forEach((at, k) => {
        const term = this.#emit(this.#placed(reduction.body, new Map([...inner, ...at]), undefined));
        if (folded)
          this.#current.statements.push({ kind: 'accumulate', name: best[k]!.name, value: term, width: this.#width });
        else if (operator === 'sum')
          this.#assign(best[k]!, { kind: 'arithmetic', operator: '+', left: best[k]!, right: term });
        else this.#keepBest(reduction, best[k]!, taps?.[k], term, inner);
      });
    });
    this.#width = undefined;
    return taps ?? best;
  }

  #keepBest(reduction: NestReduction, best: Local, tap: Local | undefined, term: Expression, inner: Place): void {
    if (!tap) {
      this.#assign(best, { kind: 'call', name: 'max', arguments: [best, term] });
      return;
    }
    const value = this.#bind(term);
    const compare = { kind: 'select', comparison: '>', left: value, right: best } as const;
    const number: Expression = { kind: 'position', index: affineSubstitute(reduction.tap, inner).affine };
    this.#assign(tap, { ...compare, whenTrue: number, whenFalse: tap });
    this.#assign(best, { ...compare, whenTrue: value, whenFalse: best });
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
    this.#loop(axis.name, from, to, 1, (variable) => {
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

  #variable(value: Expression, form: Pick<Local, 'variance' | 'folded' | 'wide'>): Local {
    const name = this.names.next('sum');
    this.#depth.set(name, this.#levels.length - 1);
    this.#current.statements.push({ kind: 'var', name, ...form, value });
    return { kind: 'local', name, ...form };
  }

  #assign(target: Local, value: Expression): void {
    this.#current.statements.push({ kind: 'assign', name: target.name, variance: target.variance, value });
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

  /** Places an expression; what comes back is safe to use in the innermost open loop. */
  #emit(expression: Expression): Expression {
    if (expression.kind === 'guarded') {
      // The guard must stay around what it protects.
      return this.#bindIfOuter(expression);
    }
    const placed = mapExpression(expression, (operand) => this.#emit(operand));
    const binds = placed.kind === 'load' || placed.kind === 'call' || placed.kind === 'random';
    return binds ? this.#bind(placed) : this.#bindIfOuter(placed);
  }

  #bindIfOuter(expression: Expression): Expression {
    const trivial = expression.kind === 'constant' || expression.kind === 'local' || expression.kind === 'position';
    if (trivial || this.#depthOf(expression) === this.#levels.length - 1) return expression;
    return this.#bind(expression);
  }

  /** A local holding the value, declared in the outermost loop that it depends on. */
  #bind(expression: Expression): Local {
    if (expression.kind === 'local') return expression;
    const depth = this.#depthOf(expression);
    const level = this.#levels[depth]!;
    const key = textOf(expression);
    const known = level.known.get(key);
    if (known) return known as Local;
    const variance = varianceOf(expression);
    const name = this.names.next(prefixOf(expression));
    this.#depth.set(name, depth);
    level.statements.push({ kind: 'let', name, variance, value: expression, width: this.#width });
    const local: Local = { kind: 'local', name, variance };
    level.known.set(key, local);
    return local;
  }

  #depthOf(expression: Expression): number {
    let depth = expression.kind === 'local' ? (this.#depth.get(expression.name) ?? 0) : 0;
    for (const affine of affinesOf(expression))
      for (const [variable] of affine.terms) depth = Math.max(depth, this.#depth.get(variable) ?? 0);
    for (const operand of operandsOf(expression)) depth = Math.max(depth, this.#depthOf(operand));
    return depth;
  }
}

/** What of a reduction is still to be looped over, from where the loops around it stand. */
interface Rest {
  readonly axes: readonly NestAxis[];
  readonly place: Place;
  /** Of the first axis, where they are not those of the reduction. */
  readonly bounds?: Bounds;
}

type Bounds = readonly [from: readonly BoundTerm[], to: readonly BoundTerm[]];

/** From `at` on `length` values, or what is left of them. */
function boundsOfRun(at: Affine, length: number, from: readonly BoundTerm[], to: readonly BoundTerm[]): Bounds {
  const end: BoundTerm = { affine: affineAdd(at, affineConstant(length)), divisor: 1 };
  const [first, last] = [from, to].map(([only, ...others]) =>
    others.length === 0 && only!.affine.terms.length === 0 && only!.divisor === 1 ? only!.affine.constant : Number.NaN,
  ) as [number, number];
  return [[{ affine: at, divisor: 1 }], (last - first) % length === 0 ? [end] : [end, ...to]];
}

/** How many blocks a group has is known when it runs. */
const BLOCKS: Bounds = [
  [{ affine: affineAxis(FIRST_BLOCK), divisor: 1 }],
  [{ affine: affineAxis(END_BLOCK), divisor: 1 }],
];

interface MatrixFactors {
  readonly entry: MatrixEntry;
  readonly operand: Expression;
}

/** The factors of `matrix entry * operand`. */
function matrixFactors(body: Expression): MatrixFactors | undefined {
  if (body.kind !== 'arithmetic' || body.operator !== '*') return undefined;
  const { left, right } = body;
  if (left.kind === 'entry') return { entry: left, operand: right };
  return right.kind === 'entry' ? { entry: right, operand: left } : undefined;
}

type MatrixEntry = Extract<Expression, { kind: 'entry' }>;

/** The entry where `tile` and, for other axes, `taps` are. */
function numberIn({ table, row, column }: MatrixEntry, taps: Place, tile: Place): number {
  const [place, other] = [row, column].map(({ constant, terms }) => {
    let value = constant;
    for (const [axis, coefficient] of terms) {
      const at = (tile.get(axis) ?? taps.get(axis))?.affine;
      if (at?.terms.length !== 0) throw new InternalError('generate', 'an axis of a matrix is not written out');
      value += coefficient * at.constant;
    }
    return value;
  });
  return table.rows[place!]![other!]!;
}

/** 1 before -1 before all others. */
function rankOf(factor: number): number {
  return factor === 1 ? 0 : factor === -1 ? 2 : 1;
}

function constant(value: number): Expression {
  return { kind: 'constant', value };
}

function bound(value: number): BoundTerm {
  return { affine: affineConstant(value), divisor: 1 };
}

/** The t with `0 <= c*t + rest < extent`: from (rounded up) and to (exclusive, rounded down). */
function solveClip(rest: Affine, coefficient: number, clip: Condition): [BoundTerm, BoundTerm] {
  const size = Math.abs(coefficient);
  const minusRest = affineScale(rest, -1);
  const last = affineConstant(clip.extent - 1);
  if (coefficient > 0) {
    // t >= -rest / c; t <= (extent - 1 - rest) / c
    return [
      { affine: minusRest, divisor: size },
      { affine: affineAdd(affineAdd(minusRest, last), affineConstant(size)), divisor: size },
    ];
  }
  // t >= (rest - (extent - 1)) / |c|; t <= rest / |c|
  return [
    { affine: affineAdd(last, rest, -1), divisor: size },
    { affine: affineAdd(rest, affineConstant(size)), divisor: size },
  ];
}

function prefixOf(expression: Expression): string {
  if (expression.kind === 'load') return 'x';
  return 't';
}

/** Text that is equal for equal expressions. */
function textOf(expression: Expression): string {
  switch (expression.kind) {
    case 'constant':
      return `${expression.value}`;
    case 'local':
      return expression.name;
    case 'load':
      return `${expression.buffer.name}[${printAffine(expression.address)}]`;
    case 'position':
      return `(${printAffine(expression.index)})`;
    case 'guarded':
      return `guard(${expression.conditions.map((c) => `${printAffine(c.index)}/${c.divisor}<${c.extent}`)}, ${textOf(expression.value)})`;
    case 'arithmetic':
      return `(${textOf(expression.left)} ${expression.operator} ${textOf(expression.right)})`;
    case 'call':
      return `${expression.name}(${expression.arguments.map(textOf)})`;
    case 'select':
      return `select(${textOf(expression.left)} ${expression.comparison} ${textOf(expression.right)}, ${textOf(expression.whenTrue)}, ${textOf(expression.whenFalse)})`;
    case 'random':
      return `random(${textOf(expression.seed)}, ${expression.stream}, ${printAffine(expression.element)})`;
    case 'laneSum':
      return `laneSum(${textOf(expression.operand)})`;
    case 'entry':
      return `${expression.table.name}[${printAffine(expression.row)}, ${printAffine(expression.column)}]`;
    case 'reduction':
      return 'reduction';
  }
}
