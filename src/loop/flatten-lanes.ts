/**
 * @file A sum over the batch adds over lanes as it adds over positions. Where every varying value it reads advances by
 * exactly one block of lanes from position to position, positions and lanes are one run of floats in memory, and the
 * inner loop may walk it register by register: half the loads per iteration, so that twice the tile fits.
 */
import { type Affine, affineAdd, affineAxis, affineConstant, affineScale, coefficientOf } from '../ir/affine.ts';
import { type Condition, type Expression, mapExpression, visitExpression } from './ir.ts';
import { isFolded, type Nest, type NestReduction } from './nest.ts';
import type { NestAxis } from './piece.ts';

/** `width`: lanes that one register of the target holds. */
export function flattenLanes(nest: Nest, lanes: number, width: number): Nest {
  const { reduction } = nest;
  if (!reduction || !isFolded(reduction)) return nest;
  const axis = reduction.axes.filter(({ from, to }) => to - from > 1).at(-1);
  if (width === lanes || !axis || !canFlatten(reduction, axis, lanes)) return nest;
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

function canFlatten(reduction: NestReduction, axis: NestAxis, lanes: number): boolean {
  let regular = true;
  visitExpression(reduction.body, (part) => {
    if (part.kind === 'load') {
      const wanted = part.buffer.variance === 'varying' ? lanes : 0;
      regular &&= coefficientOf(part.address, axis.name) === wanted;
    } else if (part.kind === 'random' || part.kind === 'position' || part.kind === 'guarded') regular = false;
  });
  return regular && reduction.clips.every(({ index }) => Math.abs(coefficientOf(index, axis.name)) <= 1);
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
