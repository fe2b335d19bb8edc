/**
 * @file Recognises what minimal filtering can compute: a sum of products in which one operand is read at sliding places,
 * `x[c, i + p - 1, j + q - 1]`, with two taps or more in each direction. With the taps summed over it is a convolution, forward
 * or the gradient of its input; with the positions summed over it is the gradient of its weights.
 */
import { slideOf } from '../formula/slides.ts';
import { type Index, soleAxis } from '../ir/affine.ts';
import { type Formula, formulaOf, type Node } from '../ir/graph.ts';
import type { Access, Axis, Reduction, Scalar } from '../ir/scalar.ts';

/** Dimension `dimension` of the operand is read at `position + direction * tap + offset`. */
export interface Slide {
  readonly dimension: number;
  readonly position: Axis;
  readonly tap: Axis;
  readonly direction: 1 | -1;
  readonly offset: number;
}

export interface SlidingProduct {
  readonly formula: Formula;
  readonly reduction: Reduction;
  /** What is read at sliding places, and along which two of its dimensions, vertically first. */
  readonly data: Factor;
  readonly slides: readonly [vertical: Slide, horizontal: Slide];
  /** The weights, or in the gradient of the weights the gradient of the output. */
  readonly other: Factor;
  /** Are the taps summed over? Else the positions are, over the batch. */
  readonly sums: 'taps' | 'positions';
}

export interface Factor {
  readonly node: Node;
  readonly access: Access;
}

export function matchSliding(node: Node, inputs: readonly Node[]): SlidingProduct | undefined {
  const formula = formulaOf(node);
  const reduction = formula?.body;
  if (!formula || formula.output || reduction?.kind !== 'reduce' || reduction.operator !== 'sum') return undefined;
  const factors = factorsOf(reduction.body, inputs);
  if (!factors) return undefined;
  for (const [data, other] of [factors, [factors[1], factors[0]] as const]) {
    const found = matchFactors(formula, reduction, data, other);
    if (found) return found;
  }
  return undefined;
}

function factorsOf(body: Scalar, inputs: readonly Node[]): readonly [Factor, Factor] | undefined {
  if (body.kind !== 'arithmetic' || body.operator !== '*') return undefined;
  const { left, right } = body;
  if (left.kind !== 'access' || right.kind !== 'access') return undefined;
  const factor = (access: Access): Factor => ({ node: inputs[access.operand]!, access });
  return [factor(left), factor(right)];
}

function matchFactors(formula: Formula, reduction: Reduction, data: Factor, other: Factor): SlidingProduct | undefined {
  const sums = reduction.batch ? 'positions' : 'taps';
  const [taps, positions] = sums === 'taps' ? [reduction.axes, formula.axes] : [formula.axes, reduction.axes];
  if (!data.node.varying || other.node.varying !== (sums === 'positions')) return undefined;
  const slides = data.access.indices.flatMap((index, k) => shortSlide(index, k, taps, positions) ?? []);
  const [vertical, horizontal] = slides;
  if (slides.length !== 2 || !vertical || !horizontal) return undefined;
  // Every other index is an axis of its own, and the other operand knows taps or positions, whichever are summed over.
  const moving = slides.map((slide) => (sums === 'taps' ? slide.tap : slide.position).name);
  const plain = data.access.indices.filter((_, k) => !slides.some(({ dimension }) => dimension === k)).map(soleAxis);
  const others = other.access.indices.map(soleAxis);
  const names = new Set([...formula.axes, ...reduction.axes].map(({ name }) => name));
  const sliding = slides.flatMap(({ position, tap }) => [position.name, tap.name]);
  // Along a diagonal, or with a tap that also picks the channel, the directions are not independent.
  if (new Set(sliding).size !== sliding.length || plain.some((name) => sliding.includes(name!))) return undefined;
  const used = [...plain, ...others, ...sliding];
  if (plain.includes(undefined) || others.includes(undefined)) return undefined;
  if (new Set(plain).size !== plain.length || new Set(others).size !== others.length) return undefined;
  const still = slides.map((slide) => (sums === 'taps' ? slide.position : slide.tap).name);
  if (!moving.every((name) => others.includes(name)) || still.some((name) => others.includes(name))) return undefined;
  if (![...names].every((name) => used.includes(name))) return undefined;
  return { formula, reduction, data, slides: [vertical, horizontal], other, sums };
}

/** One that minimal filtering knows: neighbours, two or more. */
function shortSlide(
  index: Index,
  dimension: number,
  taps: readonly Axis[],
  positions: readonly Axis[],
): Slide | undefined {
  const slide = slideOf(index, dimension, taps, positions);
  if (slide?.divisor !== 1 || slide.stride !== 1 || slide.tap.extent < 2) return undefined;
  const { position, tap, dilation: direction, offset } = slide;
  return direction === 1 || direction === -1 ? { dimension, position, tap, direction, offset } : undefined;
}
