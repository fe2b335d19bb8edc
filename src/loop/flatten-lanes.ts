/**
 * @file Fewer lanes at a time. A block has more lanes than a register has. Where no value is used twice, in sums over the
 * batch and in transformations by a matrix, a nest may as well run register by register: half the loads per iteration,
 * so that twice the tile fits. The registers of a block become an axis, `part`. A sum over the batch adds over lanes as
 * it adds over positions: where every varying value it reads advances by exactly one block of lanes from position to
 * position, both are one run of floats in memory and one axis.
 */
import { type Affine, affineAdd, affineAxis, affineConstant, affineScale, coefficientOf } from '../ir/affine.ts';
import { type Condition, type Expression, mapExpression, visitExpression } from './ir.ts';
import { isFolded, type Nest, type NestReduction } from './nest.ts';
import type { NestAxis } from './piece.ts';
import { hasMatrix } from './schedule.ts';

/** `width`: lanes that one register of the target holds. */
export function flattenLanes(nest: Nest, lanes: number, width: number): Nest {
  const { reduction } = nest;
  if (!reduction || width === lanes || reduction.variance === 'uniform') return nest;
  if (!isFolded(reduction)) return hasMatrix(nest) ? inParts(nest, lanes, width) : nest;
  const axis = reduction.axes.filter(({ from, to }) => to - from > 1).at(-1);
  if (!axis) return nest;
  if (!canFlatten(reduction, axis, lanes)) return isPlain(reduction.body) ? inParts(nest, lanes, width) : nest;
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
    },
  };
}

const PART = 'part';

/** An axis over the registers of a block: the innermost of a result; of a sum the last but one, so that rows are walked. */
function inParts(nest: Nest, lanes: number, width: number): Nest {
  const reduction = nest.reduction!;
  const part = { name: PART, from: 0, to: lanes / width };
  const advance = (address: Affine) => affineAdd(affineAxis(PART, width), address);
  const mapAll = (expression: Expression): Expression =>
    expression.kind === 'load' && expression.buffer.variance === 'varying'
      ? { ...expression, address: advance(expression.address) }
      : mapExpression(expression, mapAll);
  const body = mapAll(reduction.body);
  if (isFolded(reduction))
    return {
      ...nest,
      reduction: { ...reduction, body, axes: [...reduction.axes.slice(0, -1), part, reduction.axes.at(-1)!], width },
    };
  const value = mapAll(nest.value);
  return { axes: [...nest.axes, part], store: advance(nest.store), value, reduction: { ...reduction, body }, width };
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
