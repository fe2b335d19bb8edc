/**
 * @file Receptive fields from the affine accesses of formulas. A value is tied to an axis of the image where its element
 * at `position` depends on the pixels `stride * position + [low, high]`, and reading it through `x[s*i + d*p - P]` gives
 * another such interval: the stride is multiplied by s, and the taps p widen it. A reduction axis that an `inside` ties to
 * an axis of the result is such an interval too (adaptive pooling). Several accesses are united. Where several elements
 * share a coordinate (each pixel repeated by an upsampling), positions advance by a fraction of a pixel. So stride,
 * dilation, padding and operators that users define need no rules of their own. Size, effective stride and effective
 * padding are those of Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill
 * 2019. What flows through uniform values (batch statistics) depends on all images and does not count.
 */
import {
  type Affine,
  affineAdd,
  affineAxis,
  affineRange,
  coefficientOf,
  greatestCommonDivisor,
  type Index,
  soleAxis,
} from '../ir/affine.ts';
import { elementCount, type Formula, type Graph, type Node, type Shape } from '../ir/graph.ts';
import { type Access, type Axis, accessesOf, reductionOf, type Scalar, visitScalar } from '../ir/scalar.ts';
import type { Model } from '../semantics/model.ts';

type Pair = readonly [vertical: number, horizontal: number];

/**
 * In pixels of the input. Pixel `stride * position - padding`, rounded up, is the first that an element sees: uneven pooling
 * has a stride that is no whole number.
 */
export interface ReceptiveField {
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

/**
 * Which pixels along one axis of the image an element sees. The element's coordinate is `(k / inner) mod extent`, k being
 * its index in `dimension`; `inner` is above 1 where a view has merged the axes of a map.
 */
interface Tie {
  readonly dimension: number;
  readonly inner: number;
  readonly extent: number;
  readonly stride: number;
  readonly low: number;
  readonly high: number;
}

const NOWHERE = -1;

/** `whole`: it may see every pixel along the axis. */
type AxisField = Tie | 'whole';
type Field = readonly [vertical: AxisField, horizontal: AxisField];
const AXES = [0, 1] as const;

/** For every value that sees a map among the inputs; `null`: it sees the whole of it. Several: the first it sees counts. */
export function receptiveFields(model: Model): ReadonlyMap<Node, ReceptiveField | null> {
  const found = new Map<Node, ReceptiveField | null>();
  for (const input of model.inputs)
    for (const [node, field] of fieldsOf(model.graph, input.node))
      if (!found.has(node)) found.set(node, describe(node, field));
  return found;
}

function fieldsOf(graph: Graph, image: Node): Map<Node, Field> {
  const fields = new Map<Node, Field>();
  for (const node of graph.nodes) {
    const field = node === image ? fieldOfImage(image) : node.varying ? fieldOf(node, fields) : undefined;
    if (field) fields.set(node, field);
  }
  return fields;
}

function fieldOfImage({ shape }: Node): Field {
  if (shape.length !== 3) return ['whole', 'whole'];
  const tie = (dimension: number): Tie => whole(dimension, shape[dimension]!, 1, 0, 0);
  return [tie(1), tie(2)];
}

/** The coordinate is the index in the dimension. */
function whole(dimension: number, extent: number, stride: number, low: number, high: number): Tie {
  return { dimension, inner: 1, extent, stride, low, high };
}

function fieldOf(node: Node, fields: ReadonlyMap<Node, Field>): Field | undefined {
  if (node.definition.kind === 'view') {
    const field = fields.get(node.inputs[0]!);
    return field && mapAxes(field, (axis, k) => viewed(axis, node.inputs[0]!.shape, node.shape, k));
  }
  if (node.definition.kind !== 'formula') return undefined;
  const { formula } = node.definition;
  let united: Field | undefined;
  for (const read of readsOf(formula.body)) {
    const operand = node.inputs[read.operand]!;
    const field = fields.get(operand);
    if (!field) continue;
    const seen = mapAxes(field, (tie, axis) => throughAccess(tie, axis, read, operand.shape, formula));
    united = united ? [unite(united[0], seen[0]), unite(united[1], seen[1])] : seen;
  }
  return united;
}

/**
 * The accesses that count. Of a sum, terms that `inside` confines to a border of the result stand for pixels beyond the map
 * (the padding modes), which the field has too: they do not make it larger.
 */
function readsOf(body: Scalar): Access[] {
  const terms = partsOf(body, '+');
  const inner = terms.filter((term) => !partsOf(term, '*').some(({ kind }) => kind === 'inside'));
  return (inner.length > 0 ? inner : terms).flatMap(accessesOf);
}

function partsOf(scalar: Scalar, operator: '+' | '*'): Scalar[] {
  if (scalar.kind !== 'arithmetic' || scalar.operator !== operator) return [scalar];
  return [...partsOf(scalar.left, operator), ...partsOf(scalar.right, operator)];
}

function mapAxes(field: Field, map: (axis: Tie, k: number) => AxisField): Field {
  const [vertical, horizontal] = AXES.map((k) => (field[k] === 'whole' ? 'whole' : map(field[k], k)));
  return [vertical!, horizontal!];
}

/** A view keeps the row-major order, so the coordinate is found again by its distance in elements. */
function viewed(tie: Tie, from: Shape, to: Shape, axis: number): AxisField {
  if (tie.extent === 1) return onlyPlace(tie, axis, to);
  const inner = tie.inner * elementCount(from.slice(tie.dimension + 1));
  const place = (dimension: number) => inner / elementCount(to.slice(dimension + 1));
  const usual = to.length - AXES.length + axis;
  const order = [usual, ...to.keys()].filter((dimension) => dimension >= 0);
  const exact = order.find((dimension) => place(dimension) === 1 && to[dimension] === tie.extent);
  const covering = order.find(
    (dimension) => Number.isInteger(place(dimension)) && to[dimension]! % (place(dimension) * tie.extent) === 0,
  );
  const dimension = exact ?? covering;
  return dimension === undefined ? 'whole' : { ...tie, dimension, inner: place(dimension) };
}

function throughAccess(tie: Tie, axis: number, read: Access, shape: Shape, formula: Formula): AxisField {
  const result = formula.axes.map(({ extent }) => extent);
  if (tie.dimension === NOWHERE) return onlyPlace(tie, axis, result);
  const index = read.indices[tie.dimension]!;
  const isWholeDimension = tie.inner === 1 && tie.extent === shape[tie.dimension];
  if (isWholeDimension) return throughIndex(tie, index, formula);
  return tie.extent === 1 ? onlyPlace(tie, axis, result) : throughMerged(tie, index, shape, formula);
}

/** Where an axis has one place only, every element is there, and no dimension need say so. */
function onlyPlace(tie: Tie, axis: number, shape: Shape): AxisField {
  const usual = shape.length - AXES.length + axis;
  // Of two dimensions the first is channels.
  return { ...tie, dimension: shape.length > AXES.length && shape[usual] === 1 ? usual : NOWHERE, inner: 1 };
}

function throughIndex(tie: Tie, { affine, divisor }: Index, formula: Formula): AxisField {
  const outer = formula.axes.filter((axis) => affine.terms.some(([name]) => name === axis.name));
  const tap = soleAxis({ affine, divisor });
  if (tap !== undefined && outer.length === 0) return throughBound(tie, tap, formula);
  if (outer.length === 0) return 'whole';
  // Of several axes of the result the coarsest tells the place; the others are like taps.
  const reach = ({ name }: Axis) => Math.abs(coefficientOf(affine, name));
  const axis = outer.reduce((best, other) => (reach(other) > reach(best) ? other : best));
  const coefficient = coefficientOf(affine, axis.name);
  const [first, last] = rangeOfTaps(affineAdd(affineAxis(axis.name, -coefficient), affine), formula);
  const scale = tie.stride / divisor;
  const [low, high] = scale >= 0 ? [scale * first, scale * last] : [scale * last, scale * first];
  return whole(formula.axes.indexOf(axis), axis.extent, scale * coefficient, tie.low + low, tie.high + high);
}

/** The whole dimension is walked through, where `0 <= a*tap + b*axis + c < extent` allows it. */
function throughBound(tie: Tie, tap: string, formula: Formula): AxisField {
  const bound = boundOf(tap, formula);
  if (!bound) return 'whole';
  const { axis, a, b, c, extent } = bound;
  // What bounds the tap is a multiple of the common factor.
  const common = greatestCommonDivisor(a, Math.abs(b));
  const first = (Math.ceil(-c / common) * common) / a;
  const last = (Math.floor((extent - 1 - c) / common) * common) / a;
  const [low, high] = [tie.low + tie.stride * first, tie.high + tie.stride * last];
  return whole(formula.axes.indexOf(axis), axis.extent, (-tie.stride * b) / a, low, high);
}

function boundOf(tap: string, { axes, body }: Formula) {
  let found: { axis: Axis; a: number; b: number; c: number; extent: number } | undefined;
  visitScalar(body, (part) => {
    if (part.kind !== 'inside' || part.index.divisor !== 1 || part.index.affine.terms.length !== 2) return;
    const { affine } = part.index;
    const axis = axes.find(({ name }) => coefficientOf(affine, name) !== 0);
    const a = coefficientOf(affine, tap);
    if (axis && a > 0)
      found = { axis, a, b: coefficientOf(affine, axis.name), c: affine.constant, extent: part.extent };
  });
  return found;
}

function rangeOfTaps(taps: Affine, formula: Formula): [low: number, high: number] {
  const axes = [...formula.axes, ...(reductionOf(formula.body)?.axes ?? [])];
  const extents = new Map(axes.map((axis) => [axis.name, axis.extent]));
  return affineRange(taps, (axis) => [0, (extents.get(axis) ?? 1) - 1]);
}

/** A merged dimension stays tied where it is read as it is, or where the elements of a coordinate are all that it holds. */
function throughMerged(tie: Tie, index: Index, shape: Shape, formula: Formula): AxisField {
  const axis = soleAxis(index);
  const dimension = formula.axes.findIndex(({ name }) => name === axis);
  const isSame = dimension >= 0 && formula.axes[dimension]!.extent === shape[tie.dimension];
  if (isSame) return { ...tie, dimension };
  const spread = refine(tie, tie.inner);
  return spread.extent === shape[tie.dimension] ? throughIndex(spread, index, formula) : 'whole';
}

/** The same with coordinates that are n times finer: each of the n takes what all of them see. */
function refine(tie: Tie, n: number): Tie {
  const stride = tie.stride / n;
  const drift = stride * (n - 1);
  const [low, high] = [tie.low - Math.max(0, drift), tie.high - Math.min(0, drift)];
  return { ...tie, inner: tie.inner / n, extent: tie.extent * n, stride, low, high };
}

/** Different strides (branches of different scale) have no interval in common; the hull over all positions holds both. */
function unite(a: AxisField, b: AxisField): AxisField {
  if (a === 'whole' || b === 'whole') return 'whole';
  if (a.inner > b.inner && a.inner % b.inner === 0) return unite(refine(a, a.inner / b.inner), b);
  if (b.inner > a.inner && b.inner % a.inner === 0) return unite(a, refine(b, b.inner / a.inner));
  if (a.dimension !== b.dimension || a.inner !== b.inner || a.extent !== b.extent) return 'whole';
  const drift = (b.stride - a.stride) * (a.extent - 1);
  return {
    ...a,
    low: Math.min(a.low, b.low + Math.min(0, drift)),
    high: Math.max(a.high, b.high + Math.max(0, drift)),
  };
}

/** A coordinate for each element of the dimension, where that is all it holds. */
function finest(tie: Tie, shape: Shape): Tie {
  return tie.inner * tie.extent === shape[tie.dimension] ? refine(tie, tie.inner) : tie;
}

function describe(node: Node, field: Field): ReceptiveField | null {
  const [vertical, horizontal] = field.map((tie) => (tie === 'whole' ? tie : finest(tie, node.shape)));
  if (!vertical || !horizontal || vertical === 'whole' || horizontal === 'whole') return null;
  const isMap = [vertical, horizontal].every((tie) => tie.inner === 1 && tie.extent === node.shape[tie.dimension]);
  if (!isMap || vertical.dimension === horizontal.dimension) return null;
  const pair = (measure: (tie: Tie) => number): Pair => [measure(vertical), measure(horizontal)];
  return {
    size: pair((tie) => Math.floor(tie.high - tie.low) + 1),
    stride: pair((tie) => tie.stride),
    // Not -0.
    padding: pair((tie) => 0 - tie.low),
  };
}
