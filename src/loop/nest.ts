/**
 * @file From a formula to loop nests. A nest is a box of output axes, a box of reduction axes, a body whose accesses are
 * addresses, and *clips*: conditions without which a term of the reduction is its identity, so that the loops may skip
 * it. Zero padding is nothing but a clip, and costs nothing. A formula becomes several nests when
 * - an index is divided (the gradient of a strided access): one nest for each phase of the output axis, in which the
 *   division is exact; taps of other phases are never visited;
 * - an access leaves its operand over part of the output box (concatenation, padding): one nest on each side.
 */
import { tapNumber } from '../formula/adjoint.ts';
import { simplifyScalar } from '../formula/simplify-scalar.ts';
import {
  type Affine,
  affineAdd,
  affineAxis,
  affineConstant,
  affineEqual,
  affineSubstitute,
  coefficientOf,
  greatestCommonDivisor,
  type Index,
  indexEqual,
  plainIndex,
} from '../ir/affine.ts';
import type { Formula } from '../ir/graph.ts';
import {
  type Access,
  accessEqual,
  constant,
  isConstant,
  mapOperands,
  type Reduction,
  reductionOf,
  rewriteScalar,
  type Scalar,
  substituteAxes,
  visitScalar,
} from '../ir/scalar.ts';
import { type Bounded, identityOf, placeOf, splitAtBorders } from './cut-borders.ts';
import { cutTiles } from './cut-tiles.ts';
import { type Buffer, type Condition, type Expression, type Variance, varianceOf } from './ir.ts';
import { type Lanes, layoutInLanes } from './layout.ts';
import type { NestAxis, Piece } from './piece.ts';
import { rollPhases } from './roll-phases.ts';

export interface Nest {
  readonly axes: readonly NestAxis[];
  /** Address of the result in its buffer. */
  readonly store: Affine;
  /** What is stored, the reduction appearing as `reduction`. */
  readonly value: Expression;
  readonly reduction?: NestReduction;
  /** Lanes that are computed and stored at a time, where that is not all of them: see `flatten-lanes`. */
  readonly width?: number;
}

export interface NestReduction {
  readonly operator: Reduction['operator'];
  readonly batch: boolean;
  readonly axes: readonly NestAxis[];
  readonly body: Expression;
  readonly clips: readonly Condition[];
  readonly variance: Variance;
  /** Lanes that the body computes at a time, where that is not all of them: see `flatten-lanes`. */
  readonly width?: number;
  /** The lanes of its terms are added as it goes: one register holds the sum. */
  readonly folded?: boolean;
  /** So many registers of a block are added up one after the other: the axis `PART` of the body. */
  readonly parts?: number;
  /** Number of the tap, for `argmax`. */
  readonly tap: Affine;
}

/** So many phases of an axis are written out: their taps are few and known. More of them are the rounds of a loop. */
const WRITTEN_PHASES = 4;

/** The axis of the registers of a block. */
export const PART = 'part';

/** Will it be summed over the lanes? */
export function sumsLanes(reduction: NestReduction): boolean {
  return reduction.operator === 'sum' && reduction.batch && reduction.variance === 'varying';
}

export interface NestProblem extends Pick<Bounded, 'cutBorders'> {
  readonly formula: Formula;
  readonly operands: readonly Placed[];
  readonly result: Placed;
  readonly lanes: number;
  /** A sum over the batch that runs over all blocks of a group, of which there are so many at most. */
  readonly blocks?: number;
}

/** An operand or result, and where it lies. */
export interface Placed {
  readonly shape: readonly number[];
  readonly buffer: Buffer;
  readonly lanes: Lanes;
  /** A dimension of which the buffer holds one value at a time. */
  readonly contracted?: number;
  /** Outer dimensions that may be padded. */
  readonly padded?: number;
  /** Floats from one block to the next, in a buffer that holds all blocks. */
  readonly perBlock?: number;
}

export function nestsOf(problem: NestProblem): Nest[] {
  const { formula } = problem;
  const reduction = reductionOf(formula.body);
  const whole: Piece = {
    axes: formula.axes.map((axis) => ({ name: axis.name, from: 0, to: axis.extent })),
    reduced: (reduction?.axes ?? []).map((axis) => ({ name: axis.name, from: 0, to: axis.extent })),
    output: formula.output ?? formula.axes.map((axis) => affineAxis(axis.name)),
    body: formula.body,
  };
  const shapes = problem.operands.map(({ shape }) => shape);
  return splitPhases(whole)
    .flatMap((piece) => cutTiles(piece, shapes, problem.result.shape))
    .flatMap((piece) => splitAtBorders(piece, problem))
    .map((piece) => toNest(piece, problem));
}

/** Splits output axes and taps until every division is exact, or never exact and gone. */
function splitPhases(given: Piece): Piece[] {
  const piece = withoutNeverExact(given);
  for (const index of dividedIndices(piece.body)) {
    const axis = looseAxis(index, piece.axes);
    if (!axis) continue;
    const phases = phasesOf(piece, axis, index.divisor);
    const pieces = phases.length > WRITTEN_PHASES ? rollPhases(phases.map(restrictTaps), axis.name) : phases;
    return pieces.flatMap(splitPhases);
  }
  const restricted = restrictTaps(piece);
  return restricted === piece ? [piece] : splitPhases(restricted);
}

/** Takes of each tap that alone decides whether a division is exact those places for which it is. */
function restrictTaps(given: Piece): Piece {
  const piece = withoutNeverExact(given);
  for (const index of dividedIndices(piece.body)) {
    const loose = index.affine.terms.filter(([, coefficient]) => coefficient % index.divisor !== 0);
    const axis = looseAxis(index, piece.reduced);
    // With several loose axes, or where other parts of the term count, the exactness stays a run-time condition.
    if (axis && loose.length === 1 && dropsTerm(piece.body, index))
      return restrictTaps(restrictTap(piece, axis, index));
  }
  return piece;
}

/** Is the whole term the identity of the reduction where a division is not exact? */
function dropsTerm(body: Scalar, index: Index): boolean {
  const reduction = reductionOf(body)!;
  const identity = identityOf(reduction);
  const replaced = rewriteScalar(reduction.body, (part) => {
    if (part.kind === 'access' && part.indices.some((other) => indexEqual(other, index))) return constant(identity);
    return part.kind === 'inside' && indexEqual(part.index, index) ? constant(0) : part;
  });
  return isConstant(simplifyScalar(replaced), identity);
}

function dividedIndices(body: Scalar): Index[] {
  const found: Index[] = [];
  visitScalar(body, (part) => {
    if (part.kind === 'access') found.push(...part.indices.filter((index) => index.divisor > 1));
    if (part.kind === 'inside' && part.index.divisor > 1) found.push(part.index);
  });
  return found;
}

function looseAxis(index: Index, axes: readonly NestAxis[]): NestAxis | undefined {
  return axes.find(({ name }) => coefficientOf(index.affine, name) % index.divisor !== 0);
}

/** The elements `phase`, `phase + divisor`, … of one output axis, for each phase. */
function phasesOf(piece: Piece, axis: NestAxis, divisor: number): Piece[] {
  const phases: Piece[] = [];
  for (let phase = 0; phase < Math.min(divisor, axis.to - axis.from); phase++) {
    const count = Math.ceil((axis.to - axis.from - phase) / divisor);
    const index = plainIndex(affineAdd(affineAxis(axis.name, divisor), affineConstant(axis.from + phase)));
    const substitution = new Map([[axis.name, index]]);
    phases.push({
      axes: piece.axes.map((other) => (other === axis ? { name: axis.name, from: 0, to: count } : other)),
      reduced: piece.reduced,
      output: piece.output.map((affine) => affineSubstitute(affine, substitution).affine),
      body: substituteAxes(piece.body, substitution),
    });
  }
  return phases;
}

/** Of one reduction axis the taps for which `index` can be exact: every n-th. */
function restrictTap(piece: Piece, axis: NestAxis, index: Index): Piece {
  const { divisor } = index;
  const coefficient = coefficientOf(index.affine, axis.name);
  const step = divisor / greatestCommonDivisor(Math.abs(coefficient), divisor);
  let first = 0;
  while (first < step && (index.affine.constant + coefficient * first) % divisor !== 0) first++;
  const count = first < step ? Math.max(0, Math.ceil((axis.to - first) / step)) : 0;
  const place = plainIndex(affineAdd(affineAxis(axis.name, step), affineConstant(first)));
  const body = count > 0 ? substituteAxes(piece.body, new Map([[axis.name, place]])) : withoutReduction(piece.body);
  const reduced = piece.reduced.map((other) => (other === axis ? { name: axis.name, from: 0, to: count } : other));
  return { ...piece, reduced: count > 0 ? reduced : [], body: simplifyScalar(body) };
}

/** A reduction without taps: 0 for a sum. */
function withoutReduction(scalar: Scalar): Scalar {
  return scalar.kind === 'reduce' ? constant(0) : mapOperands(scalar, withoutReduction);
}

/** Accesses whose division is never exact read 0. */
function withoutNeverExact(piece: Piece): Piece {
  const body = rewriteScalar(piece.body, (part) => {
    if (part.kind === 'access' && part.indices.some(isNeverExact)) return constant(0);
    return part.kind === 'inside' && isNeverExact(part.index) ? constant(0) : part;
  });
  return body === piece.body ? piece : withoutNeverExact({ ...piece, body: simplifyScalar(body) });
}

function isNeverExact({ affine, divisor }: Index): boolean {
  if (divisor === 1) return false;
  const common = affine.terms.reduce((gcd, [, c]) => greatestCommonDivisor(gcd, Math.abs(c)), divisor);
  return affine.constant % common !== 0;
}

function toNest(piece: Piece, problem: NestProblem): Nest {
  const reduction = reductionOf(piece.body);
  const strides = stridesIn(problem.result, problem);
  const store = piece.output.reduce((sum, affine, k) => affineAdd(affine, sum, strides[k]!), affineConstant(0));
  const outputLowering = new AccessLowering(piece, problem, undefined);
  const made = reduction && lowerReduction(piece, reduction, problem);
  const value = outputLowering.lower(piece.body, made?.variance ?? 'uniform');
  return { axes: piece.axes, store, value, ...(made ? { reduction: made } : {}) };
}

function lowerReduction(piece: Piece, reduction: Reduction, problem: NestProblem): NestReduction {
  const lowering = new AccessLowering(piece, problem, reduction);
  const body = lowering.lower(lowering.clipInsides(), 'uniform');
  return {
    operator: reduction.operator,
    batch: reduction.batch,
    axes: problem.blocks ? [...piece.reduced, { name: BLOCK, from: 0, to: problem.blocks }] : piece.reduced,
    body,
    clips: lowering.clips,
    variance: varianceOf(body),
    // Every-n-th restrictions never meet `argmax`, which is a forward formula.
    tap: tapNumber(reduction.axes),
  };
}

/** Turns accesses into loads, collecting the clips of a reduction; what cannot be clipped is guarded. */
class AccessLowering {
  readonly clips: Condition[] = [];

  constructor(
    readonly piece: Piece,
    readonly problem: NestProblem,
    readonly reduction: Reduction | undefined,
  ) {}

  lower(scalar: Scalar, reductionVariance: Variance): Expression {
    const lower = (part: Scalar) => this.lower(part, reductionVariance);
    switch (scalar.kind) {
      case 'constant':
        return scalar;
      case 'access':
        return this.#lowerAccess(scalar);
      case 'entry':
        return scalar;
      case 'position':
        return { kind: 'position', index: scalar.index };
      case 'inside':
        return this.#conditional(scalar, [{ ...scalar, index: scalar.index }], { kind: 'constant', value: 1 });
      case 'arithmetic':
        return { ...scalar, left: lower(scalar.left), right: lower(scalar.right) };
      case 'call':
        return { ...scalar, arguments: scalar.arguments.map(lower) };
      case 'select':
        return {
          ...scalar,
          left: lower(scalar.left),
          right: lower(scalar.right),
          whenTrue: lower(scalar.whenTrue),
          whenFalse: lower(scalar.whenFalse),
        };
      case 'random':
        return { ...scalar, seed: lower(scalar.seed) };
      case 'reduce':
        return { kind: 'reduction', variance: reductionVariance };
    }
  }

  #lowerAccess(read: Access): Expression {
    const operand = this.problem.operands[read.operand]!;
    const { shape, buffer } = operand;
    const strides = stridesIn(operand, this.problem);
    const address = read.indices.reduce(
      (sum, index, k) => affineAdd(index.affine, sum, strides[k]! / index.divisor),
      affineConstant(0),
    );
    const bounds = read.indices.map((index, k) => ({ index, extent: shape[k]! }));
    const inBlock = this.problem.blocks ? affineAdd(affineAxis(BLOCK, operand.perBlock ?? 0), address) : address;
    return this.#conditional(read, bounds, { kind: 'load', buffer, address: inBlock });
  }

  /** The body of the reduction where all `inside` that loops can be clipped to hold, and need not be asked. */
  clipInsides(): Scalar {
    const held = rewriteScalar(this.reduction!.body, (part) => {
      if (part.kind !== 'inside') return part;
      const condition = { index: part.index.affine, divisor: part.index.divisor, extent: part.extent };
      return this.#clip(part, [condition]) ? constant(1) : part;
    });
    return simplifyScalar(held);
  }

  /** Bounds the loops by conditions without which the term counts for nothing, if that can be. */
  #clip(part: Scalar, conditions: readonly Condition[]): boolean {
    if (!conditions.every((condition) => this.#canClip(condition)) || !this.#annihilates(part)) return false;
    for (const condition of conditions)
      if (!this.clips.some((known) => sameCondition(known, condition))) this.clips.push(condition);
    return true;
  }

  #conditional(part: Scalar, bounds: readonly { index: Index; extent: number }[], value: Expression): Expression {
    const open = bounds
      .filter(({ index, extent }) => placeOf(index, extent, this.piece) !== 'inside')
      .map(({ index, extent }) => ({ index: index.affine, divisor: index.divisor, extent }));
    if (open.length === 0 || this.#clip(part, open)) return value;
    const guarded = (inner: Expression): Expression => ({ kind: 'guarded', conditions: open, value: inner });
    if (part.kind !== 'access' || !this.reduction || identityOf(this.reduction) === 0) return guarded(value);
    const [zero, one] = [0, 1].map((number): Expression => ({ kind: 'constant', value: number }));
    const outside: Expression = { kind: 'constant', value: identityOf(this.reduction) };
    return {
      kind: 'select',
      comparison: '>',
      left: guarded(one!),
      right: zero!,
      whenTrue: guarded(value),
      whenFalse: outside,
    };
  }

  /** A clip bounds the loop of one reduction axis, so the condition must mention one. */
  #canClip(condition: Condition): boolean {
    if (!this.reduction || condition.divisor !== 1) return false;
    return this.piece.reduced.some(({ name }) => coefficientOf(condition.index, name) !== 0);
  }

  /** Is the whole term the identity of the reduction where this part is out of range? */
  #annihilates(part: Scalar): boolean {
    const identity = identityOf(this.reduction!);
    const absent = constant(part.kind === 'inside' ? 0 : identity);
    const replaced = rewriteScalar(this.reduction!.body, (other) => (samePart(other, part) ? absent : other));
    return isConstant(simplifyScalar(replaced), identity);
  }
}

function samePart(a: Scalar, b: Scalar): boolean {
  if (a === b) return true;
  if (a.kind === 'inside' && b.kind === 'inside') return a.extent === b.extent && indexEqual(a.index, b.index);
  return a.kind === 'access' && b.kind === 'access' && accessEqual(a, b);
}

function sameCondition(a: Condition, b: Condition): boolean {
  return a.extent === b.extent && a.divisor === b.divisor && affineEqual(a.index, b.index);
}

/** The axis of a sum over the blocks of a group. */
export const BLOCK = 'block';

function stridesIn({ shape, lanes, contracted = -1, padded }: Placed, problem: NestProblem): number[] {
  const held = shape.map((extent, k) => (k === contracted ? 1 : extent));
  const { strides } = layoutInLanes(held, lanes, problem.lanes, padded);
  return strides.map((stride, k) => (k === contracted ? 0 : stride));
}
