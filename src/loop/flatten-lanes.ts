/**
 * @file Fewer lanes at a time. A block has more lanes than a register has. Where no value is used twice, in sums over the
 * batch and in transformations by a matrix, a nest may as well run register by register: half the loads per iteration,
 * so that twice the tile fits. The registers of a block become an axis, `part`. A long sum over the batch is one sum for each
 * register, as if one register held the block, which engines may make of two. A short one adds over lanes as it adds over
 * positions: where every varying value it reads advances by exactly one block of lanes from position to position, both
 * are one run of floats in memory and one axis.
 */
import { type Affine, affineAdd, affineAxis, affineConstant, affineScale, coefficientOf } from '../ir/affine.ts';
import { type Condition, type Expression, mapExpression, visitExpression } from './ir.ts';
import { BLOCK, type Nest, type NestReduction, PART, sumsLanes } from './nest.ts';
import type { NestAxis } from './piece.ts';
import { hasMatrix, type TargetTraits } from './schedule.ts';

export function flattenLanes(nest: Nest, { lanes, width, paired }: TargetTraits): Nest {
  const { reduction } = nest;
  if (!reduction || width === lanes || reduction.variance === 'uniform') return nest;
  if (!sumsLanes(reduction)) return hasMatrix(nest) && !paired ? inParts(nest, lanes, width) : nest;
  const axis = reduction.axes.filter(({ from, to }) => to - from > 1).at(-1);
  if (!axis || (width > 1 && !isPlain(reduction.body))) return folded(nest);
  if (width > 1 && isLong(reduction)) return paired ? nest : partByPart(nest, lanes, width);
  if (!canFlatten(reduction, axis, lanes)) return folded(isPlain(reduction.body) ? inParts(nest, lanes, width) : nest);
  const steps = lanes / width;
  const scale = (address: Affine) => replaceAxis(address, axis.name, width / lanes);
  const mapAll = (expression: Expression): Expression =>
    expression.kind === 'load'
      ? { ...expression, address: scale(expression.address) }
      : mapExpression(expression, mapAll);
  return {
    ...nest,
    reduction: {
      ...reduction,
      axes: reduction.axes.map((other) =>
        other === axis ? { name: axis.name, from: axis.from * steps, to: axis.to * steps } : other,
      ),
      body: mapAll(reduction.body),
      clips: reduction.clips.map((clip) => scaleClip(clip, axis.name, steps)),
      width,
      folded: true,
    },
  };
}

/** All registers of a block are added onto one. */
function folded(nest: Nest): Nest {
  return { ...nest, reduction: { ...nest.reduction!, folded: true } };
}

/** Positions from which on the registers of a block are summed apart, so that engines may join them to wider ones. */
const LONG = 4;

/** And of products: what reads one value a term is bound by memory. */
function isLong({ axes, body }: NestReduction): boolean {
  return (
    body.kind !== 'load' &&
    axes.reduce((positions, { name, from, to }) => (name === BLOCK ? positions : positions * (to - from)), 1) >= LONG
  );
}

/** A sum over the batch, once for each register of a block: what their lanes come to is added up at the end of a run. */
function partByPart(nest: Nest, lanes: number, width: number): Nest {
  const reduction = nest.reduction!;
  const body = partOf(reduction.body, width);
  return { ...nest, reduction: { ...reduction, body, width, folded: true, parts: lanes / width } };
}

function partOf(expression: Expression, width: number): Expression {
  if (expression.kind === 'load' && expression.buffer.variance === 'varying')
    return { ...expression, address: affineAdd(affineAxis(PART, width), expression.address) };
  return mapExpression(expression, (operand) => partOf(operand, width));
}

/** An axis over the registers of a block: the innermost of a result; of a sum the last but one, so that rows are walked. */
function inParts(nest: Nest, lanes: number, width: number): Nest {
  const reduction = nest.reduction!;
  const part = { name: PART, from: 0, to: lanes / width };
  const body = partOf(reduction.body, width);
  if (sumsLanes(reduction))
    return {
      ...nest,
      reduction: { ...reduction, body, axes: [...reduction.axes.slice(0, -1), part, reduction.axes.at(-1)!], width },
    };
  const value = partOf(nest.value, width);
  const store = affineAdd(affineAxis(PART, width), nest.store);
  return { axes: [...nest.axes, part], store, value, reduction: { ...reduction, body }, width };
}

/** Is every lane computed alike, and without a condition? */
function isPlain(body: Expression): boolean {
  let plain = true;
  visitExpression(body, ({ kind }) => {
    plain &&= kind !== 'random' && kind !== 'position' && kind !== 'guarded';
  });
  return plain;
}

function canFlatten(reduction: NestReduction, axis: NestAxis, lanes: number): boolean {
  let regular = true;
  visitExpression(reduction.body, (part) => {
    if (part.kind === 'load') {
      const wanted = part.buffer.variance === 'varying' ? lanes : 0;
      regular &&= coefficientOf(part.address, axis.name) === wanted;
    }
  });
  return (
    regular &&
    isPlain(reduction.body) &&
    reduction.clips.every(({ index }) => Math.abs(coefficientOf(index, axis.name)) <= 1)
  );
}

function replaceAxis(affine: Affine, axis: string, factor: number): Affine {
  const coefficient = coefficientOf(affine, axis);
  return affineAdd(affineAxis(axis, coefficient * factor - coefficient), affine);
}

/** The same positions, counted in registers: j is in range where floor(j' / steps) was. */
function scaleClip(clip: Condition, axis: string, steps: number): Condition {
  const coefficient = coefficientOf(clip.index, axis);
  if (coefficient === 0) return clip;
  const rest = affineScale(affineAdd(affineAxis(axis, -coefficient), clip.index), steps);
  const last = coefficient < 0 ? steps - 1 : 0;
  const index = affineAdd(affineAxis(axis, coefficient), affineAdd(rest, affineConstant(last)));
  return { ...clip, index, extent: clip.extent * steps };
}
