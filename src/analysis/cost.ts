/**
 * @file Work, counted on the formulas. A formula does its body once for each point of its axes, or for each point of its
 * axes and taps when it is a reduction, whose adding (or comparing) counts as one more operation.
 *
 * *Multiply-adds* (MACs) are the terms of sums of products of a varying value with a parameter: convolutions and dense
 * layers, whatever they are called. Padded taps count, as fvcore and torchvision count them; and so, in a transposed
 * convolution, do the taps that would put an element of the input outside of the result: each element meets each tap once.
 *
 * *FLOPs* count every addition, multiplication, division, comparison and function call, so one multiply-add is two.
 * Forward and backward are per image; what is done once for the whole batch (the update, statistics of a batch once they
 * are summed) is `update`. In the backward pass a term counts where the gradient it multiplies exists: a tap that
 * scattered its value outside the map costs nothing. Forward and backward, neither does a tap between two strides, nor a
 * term where an `inside` does not hold, which is a bound of a loop.
 */
import { type Affine, affineRange, coefficientOf, type Index } from '../ir/affine.ts';
import { elementCount, formulaOf, type Graph, type Node, sourceOf, viewedNode } from '../ir/graph.ts';
import { memoize, obtain } from '../ir/memoize.ts';
import { isBackward, layersOf } from '../ir/origin.ts';
import {
  type Axis,
  accessesOf,
  mapOperands,
  type Reduction,
  reductionOf,
  type Scalar,
  visitScalar,
} from '../ir/scalar.ts';

/** Multiply-adds per image with parameters, by layer. */
export const multiplyAdds: (graph: Graph) => ReadonlyMap<string, number> = memoize((graph) => {
  const counts = new Map<string, number>();
  for (const node of graph.nodes) {
    const count = multiplyAddsOf(node);
    const layer = layersOf(node.origins);
    if (count > 0) counts.set(layer, (counts.get(layer) ?? 0) + count);
  }
  return counts;
});

function multiplyAddsOf(node: Node): number {
  if (!node.varying || node.definition.kind !== 'formula') return 0;
  const { axes, body } = node.definition.formula;
  let count = 0;
  visitScalar(body, (part) => {
    if (part.kind === 'reduce' && isContraction(part, node))
      count += elementCount(node.shape) * points(part.axes) * scatteredShare(part, node, axes);
  });
  return Math.round(count);
}

/**
 * Where taps run against the position, `x[(i - p) / s]`, the elements of x are what meets every tap, and not the positions:
 * how many there are of the one for each of the other.
 */
function scatteredShare({ axes, body }: Reduction, node: Node, positions: readonly Axis[]): number {
  // Reading next to each other, `x[i - p] - x[i - 1 - p]`, is reading the same elements.
  const shares = new Map<string, number>();
  for (const { operand, indices } of accessesOf(body))
    indices.forEach(({ affine }, dimension) => {
      const isScattered = axes.some(({ name }) => coefficientOf(affine, name) < 0);
      const position = positions.find(({ name }) => coefficientOf(affine, name) > 0);
      if (isScattered && position)
        shares.set(`${operand} ${dimension}`, node.inputs[operand]!.shape[dimension]! / position.extent);
    });
  return [...shares.values()].reduce((product, share) => product * share, 1);
}

/** A sum of products of something varying with a parameter, whatever has been computed of the one before. */
function isContraction({ operator, body }: Reduction, node: Node): boolean {
  if (operator !== 'sum') return false;
  const read = factorsOf(body).map((factor) =>
    accessesOf(factor).map(({ operand }) => viewedNode(node.inputs[operand]!)),
  );
  const isOwn = (factor: readonly Node[]) => factor.length > 0 && factor.every(isParameter);
  return read.some((factor) => factor.some(({ varying }) => varying)) && read.some(isOwn);
}

/** `a * b * c` as a list. */
export function factorsOf(scalar: Scalar): Scalar[] {
  if (scalar.kind !== 'arithmetic' || scalar.operator !== '*') return [scalar];
  return [...factorsOf(scalar.left), ...factorsOf(scalar.right)];
}

function isParameter(node: Node): boolean {
  const source = sourceOf(node);
  return source?.role === 'state' && source.state.role === 'parameter';
}

function points(axes: readonly Axis[]): number {
  return axes.reduce((product, axis) => product * axis.extent, 1);
}

export interface Flops {
  /** Per image. */
  readonly forward: number;
  /** Per image. */
  readonly backward: number;
  /** Per step. */
  readonly update: number;
}

/** `step`: the graph of a training step, before fusion (which moves work, but changes none). */
export function countFlops(step: Graph): Flops {
  const flops = { forward: 0, backward: 0, update: 0 };
  for (const node of step.nodes) flops[stageOf(node)] += operationsOf(node);
  return flops;
}

export type LayerFlops = Pick<Flops, 'forward' | 'backward'>;

/** Of each layer by its name, per image. What serves several layers counts for the first. */
export function layerFlops(step: Graph): ReadonlyMap<string, LayerFlops> {
  const found = new Map<string, Record<keyof LayerFlops, number>>();
  for (const node of step.nodes) {
    const stage = stageOf(node);
    const layer = node.origins.find((origin) => origin.layer !== '')?.layer;
    if (layer === undefined || stage === 'update') continue;
    obtain(found, layer, () => ({ forward: 0, backward: 0 }))[stage] += operationsOf(node);
  }
  return found;
}

function stageOf(node: Node): keyof Flops {
  const formula = formulaOf(node);
  if (!node.varying && !(formula && reductionOf(formula.body)?.batch)) return 'update';
  return isBackward(node.origins) ? 'backward' : 'forward';
}

/** Whether terms do not count in which the operand is read outside of itself. */
type IsClipped = (operand: Node) => boolean;

/** All operations of a node; of a sum over the batch, those for one image. */
export function operationsOf(node: Node, isClipped: IsClipped = ({ origins }) => isBackward(origins)): number {
  if (node.definition.kind !== 'formula') return 0;
  const { axes, body } = node.definition.formula;
  const operands = node.inputs.map((input) => `${input.shape}${isClipped(input)}`);
  const key = `${axes.map(({ name, extent }) => `${name}<${extent}`)}|${operands.join('|')}`;
  return obtain(counts(body), key, () => count(body, axes, node, isClipped));
}

const counts = memoize((_: Scalar) => new Map<string, number>());

/** Operations that kernels do: loops over taps are clipped to where every operand exists, padding included. */
export function executedOperationsOf(node: Node): number {
  return operationsOf(node, () => true);
}

/** Operations of an expression over the box `axes`. */
function count(scalar: Scalar, axes: readonly Axis[], node: Node, isClipped: IsClipped): number {
  if (scalar.kind === 'reduce') {
    const taps = [...axes, ...scalar.axes];
    const all = count(scalar.body, taps, node, isClipped) + points(taps);
    return all * existingShare(scalar.body, taps, node, isClipped);
  }
  let inner = 0;
  mapOperands(scalar, (operand) => {
    inner += count(operand, axes, node, isClipped);
    return operand;
  });
  return inner + (isOperation(scalar) ? points(axes) : 0);
}

function isOperation(scalar: Scalar): boolean {
  return ['arithmetic', 'call', 'select', 'random'].includes(scalar.kind);
}

/**
 * The share of the taps of a sum of products with parameters that lie on what it reads, the others reading padding; 1 where
 * taps run against the position, each element then meets every tap.
 */
export function shareOnInput(node: Node): number {
  if (!node.varying || node.definition.kind !== 'formula') return 1;
  const { axes, body } = node.definition.formula;
  let share = 1;
  visitScalar(body, (part) => {
    if (part.kind !== 'reduce' || !isContraction(part, node) || isScattering(part)) return;
    const taps = [...axes, ...part.axes];
    share *= existingShare(part.body, taps, node, () => true) / existingShare(part.body, taps, node, () => false);
  });
  return share;
}

function isScattering({ axes, body }: Reduction): boolean {
  return accessesOf(body).some(({ indices }) =>
    indices.some(({ affine }) => axes.some(({ name }) => coefficientOf(affine, name) < 0)),
  );
}

/** The share of the terms in which every clipped operand that is read exists, and every `inside` holds. */
function existingShare(body: Scalar, axes: readonly Axis[], node: Node, isClipped: IsClipped): number {
  const shares = new Map<string, number>();
  const constrain = (index: Index, extent: number, first = 0) => {
    // Indices over the same axes constrain the same thing; those of different dimensions multiply.
    const key = index.affine.terms.map(([axis]) => axis).join();
    shares.set(key, Math.min(shareInside(index, { first, extent }, axes), shares.get(key) ?? 1));
  };
  visitScalar(body, (part) => {
    if (part.kind === 'inside') constrain(part.index, part.extent);
    if (part.kind !== 'access') return;
    const operand = node.inputs[part.operand]!;
    part.indices.forEach((index, dimension) => {
      if (isClipped(operand)) constrain(index, operand.shape[dimension]!);
      // Padded taps count, taps between two elements do not.
      else if (index.divisor > 1) constrain(index, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    });
  });
  return [...shares.values()].reduce((product, share) => product * share, 1);
}

/** The share of the box in which the index is exact and in range, counted. */
function shareInside(
  { affine, divisor }: Index,
  { first, extent }: { readonly first: number; readonly extent: number },
  axes: readonly Axis[],
): number {
  const extents = new Map(axes.map((axis) => [axis.name, axis.extent]));
  const [low, high] = affineRange(affine, (name) => [0, (extents.get(name) ?? 1) - 1]);
  if (divisor === 1 && low >= first && high < extent) return 1;
  const values = distribution(affine, extents);
  let inside = 0;
  let all = 0;
  for (const [value, times] of values) {
    all += times;
    if (value % divisor === 0 && value >= first && value < extent * divisor) inside += times;
  }
  return inside / all;
}

/** How often an affine expression takes each of its values over the box of its axes. */
function distribution(affine: Affine, extents: ReadonlyMap<string, number>): Map<number, number> {
  let values = new Map([[affine.constant, 1]]);
  for (const [name, coefficient] of affine.terms) {
    const extent = extents.get(name) ?? 1;
    const next = new Map<number, number>();
    for (const [value, times] of values)
      for (let k = 0; k < extent; k++) {
        const sum = value + coefficient * k;
        next.set(sum, (next.get(sum) ?? 0) + times);
      }
    values = next;
  }
  return values;
}
