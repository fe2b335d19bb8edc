/**
 * @file Receptive fields from the affine accesses of formulas. A value is tied to an axis of the image where the pixels
 * that an element sees depend on one coordinate of it (`windows.ts`), and reading it through `x[s*i + d*p - P]` gives such
 * windows again (`reads.ts`). A reduction axis that an `inside` ties to an axis of the result is such a reading too
 * (adaptive pooling). Several accesses are united. So stride, dilation, padding, fractional strides and operators that
 * users define need no rules of their own. Size, effective stride and effective padding are those of Araujo, Norris and
 * Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, extended to fields that differ from
 * place to place. What flows through uniform values (batch statistics) depends on all images and does not count.
 */
import { type Affine, affineAdd, type Index, plainIndex, soleAxis, ZERO } from '../ir/affine.ts';
import { elementCount, type Formula, type Graph, type Node, type Shape } from '../ir/graph.ts';
import { type Access, accessesOf, type Scalar } from '../ir/scalar.ts';
import type { Model } from '../semantics/model.ts';
import { type PlacedReads, partsOf, readsThrough } from './reads.ts';
import { describeWindows, repeated, throughReads, unitedWindows, type WindowFigures, type Windows } from './windows.ts';

/**
 * In pixels of the input, one number for each of its axes: vertical and horizontal, or that of a signal. No element sees a
 * pixel before `stride * position - padding`; the stride is no whole number behind an upsampling or uneven pooling.
 */
export interface ReceptiveField {
  /** Of the place that sees most: behind an upsampling, places see windows of several sizes. */
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  /** Of the place that sees least. */
  readonly smallest: readonly number[];
}

/**
 * Which pixels along one axis of the image an element sees. The element's coordinate is `floor(k / step) mod extent`, k
 * being its number in row-major order, which views leave as it is.
 */
interface Tie {
  readonly step: number;
  readonly extent: number;
  readonly windows: Windows;
}

/** `whole`: it may see every pixel along the axis. */
type AxisField = Tie | 'whole';
/** One for each axis of the input. */
type Field = readonly AxisField[];

/** For every value that sees a map among the inputs; `null`: it sees the whole of it. Several: the first it sees counts. */
export function receptiveFields(model: Model): ReadonlyMap<Node, ReceptiveField | null> {
  const found = new Map<Node, ReceptiveField | null>();
  for (const [node, windows] of placeWindows(model)) found.set(node, windows && describe(windows));
  return found;
}

/** What each row and each column of a map sees, or each place of a signal. */
export type MapWindows = readonly AxisWindows[];

export interface AxisWindows {
  readonly windows: Windows;
  /** Places of the map along the axis. */
  readonly extent: number;
}

/** The same for every place by itself. */
export function placeWindows(model: Model): ReadonlyMap<Node, MapWindows | null> {
  const found = new Map<Node, MapWindows | null>();
  for (const input of model.inputs)
    for (const [node, field] of fieldsOf(model.graph, input.node))
      if (!found.has(node)) found.set(node, windowsOfMap(field, node.shape));
  return found;
}

function describe(map: MapWindows): ReceptiveField {
  const figures = map.map(({ windows, extent }) => describeWindows(windows, extent));
  const each = (measure: keyof WindowFigures) => figures.map((axis) => axis[measure]);
  return { size: each('size'), stride: each('stride'), padding: each('padding'), smallest: each('smallest') };
}

/** Null unless the value has a dimension of its own for each axis. */
function windowsOfMap(field: Field, shape: Shape): MapWindows | null {
  const settled = field.map((tie, axis) =>
    tie === 'whole' ? undefined : settle(tie, { axis, count: field.length }, shape),
  );
  const own = settled.flatMap((axis) => (axis?.dimensions.length === 1 ? [axis] : []));
  const dimensions = new Set(own.map((axis) => axis.dimensions[0]));
  return dimensions.size === field.length ? own.map(({ tie }) => tie) : null;
}

function fieldsOf(graph: Graph, image: Node): Map<Node, Field> {
  const fields = new Map<Node, Field>();
  for (const node of graph.nodes) {
    const field = node === image ? fieldOfImage(image) : node.varying ? fieldOf(node, fields) : undefined;
    if (field) fields.set(node, field);
  }
  return fields;
}

/** A map has two axes, a signal one; any other input is seen as a whole. */
function fieldOfImage({ shape }: Node): Field {
  if (shape.length !== 2 && shape.length !== 3) return ['whole'];
  const windows: Windows = { intervals: [[0, 0]], advance: 1, periodic: true };
  return shape.slice(1).map((extent, axis) => ({ step: elementsBehind(shape, axis + 1), extent, windows }));
}

function fieldOf(node: Node, fields: ReadonlyMap<Node, Field>): Field | undefined {
  if (node.definition.kind === 'view') return fields.get(node.inputs[0]!);
  if (node.definition.kind !== 'formula') return undefined;
  const { formula } = node.definition;
  let united: Field | undefined;
  for (const read of readsOf(formula.body)) {
    const field = fields.get(node.inputs[read.operand]!);
    if (!field) continue;
    const seen = field.map((tie, axis) => throughAccess(tie, { axis, count: field.length }, { read, node, formula }));
    united = united?.map((tie, axis) => unite(tie, seen[axis]!)) ?? seen;
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

/** Which axis of the input, of how many. */
interface AxisNumber {
  readonly axis: number;
  readonly count: number;
}

interface Reading {
  readonly read: Access;
  readonly node: Node;
  readonly formula: Formula;
}

function throughAccess(tie: AxisField, axis: AxisNumber, { read, node, formula }: Reading): AxisField {
  if (tie === 'whole') return tie;
  const { shape } = node.inputs[read.operand]!;
  const merged = throughMerged(tie, read, shape, formula);
  if (merged) return merged;
  const settled = settle(tie, axis, shape);
  // Where an axis has one place only, every element is there.
  if (!settled) return tie.extent === 1 ? tie : 'whole';
  const index = indexOf(settled, read, shape);
  const reads = index && readsThrough(read, index, node, formula);
  return reads ? placed(reads, throughReads(settled.tie.windows, reads), formula) : 'whole';
}

function placed({ axes }: PlacedReads, windows: Windows, formula: Formula): Tie {
  const last = formula.axes.indexOf(axes.at(-1)!);
  const extent = axes.reduce((product, axis) => product * axis.extent, 1);
  return { step: elementsBehind(extentsOf(formula), last), extent, windows };
}

function extentsOf({ axes }: Formula): Shape {
  return axes.map(({ extent }) => extent);
}

/** Elements from one index of the dimension to the next. */
function elementsBehind(shape: Shape, dimension: number): number {
  return elementCount(shape.slice(dimension + 1));
}

/** A dimension in which a view has merged the axes of a map stays as it is where it is read as it is. */
function throughMerged({ step, extent, windows }: Tie, read: Access, shape: Shape, formula: Formula): Tie | undefined {
  const dimension = shape.findIndex((size, k) => {
    const behind = elementsBehind(shape, k);
    return size > extent && step % behind === 0 && (behind * size) % (step * extent) === 0;
  });
  const name = dimension >= 0 ? soleAxis(read.indices[dimension]!) : undefined;
  const place = formula.axes.findIndex((axis) => axis.name === name && axis.extent === shape[dimension]);
  if (place < 0 || extent === 1) return undefined;
  const scale = elementsBehind(extentsOf(formula), place) / elementsBehind(shape, dimension);
  return { step: step * scale, extent, windows };
}

/** A tie whose coordinate is the index in one dimension, or in several that follow each other. */
interface Settled {
  readonly tie: Tie;
  readonly dimensions: readonly number[];
}

function settle(tie: Tie, axis: AxisNumber, shape: Shape): Settled | undefined {
  const dimensions = dimensionsOf(tie, axis, shape);
  if (dimensions.length > 0) return { tie, dimensions };
  if (tie.extent === 1) return undefined;
  // The elements of a coordinate may be all that a dimension holds: then it has finer coordinates.
  for (const dimension of shape.keys()) {
    const n = tie.step / elementsBehind(shape, dimension);
    if (Number.isInteger(n) && n > 1 && n * tie.extent === shape[dimension])
      return { tie: refine(tie, n), dimensions: [dimension] };
  }
  return undefined;
}

function dimensionsOf({ step, extent }: Tie, { axis, count }: AxisNumber, shape: Shape): number[] {
  const usual = shape.length - count + axis;
  // The first dimension is channels.
  if (extent === 1) return shape.length > count && shape[usual] === 1 ? [usual] : [];
  const found: number[] = [];
  let covered = 1;
  for (const dimension of [...shape.keys()].reverse()) {
    if (shape[dimension] === 1 || elementsBehind(shape, dimension) !== step * covered) continue;
    found.unshift(dimension);
    covered *= shape[dimension]!;
    if (covered >= extent) break;
  }
  return covered === extent ? found : [];
}

/** The coordinate as an index expression. */
function indexOf({ tie, dimensions }: Settled, read: Access, shape: Shape): Index | undefined {
  if (dimensions.length === 1) return read.indices[dimensions[0]!];
  const indices = dimensions.map((dimension) => read.indices[dimension]!);
  if (indices.some(({ divisor }) => divisor !== 1)) return undefined;
  const sum = indices.reduce<Affine>(
    (all, { affine }, k) => affineAdd(affine, all, elementsBehind(shape, dimensions[k]!) / tie.step),
    ZERO,
  );
  return plainIndex(sum);
}

/** The same with coordinates that are n times finer. */
function refine({ step, extent, windows }: Tie, n: number): Tie {
  return { step: step / n, extent: extent * n, windows: repeated(windows, n) };
}

function unite(a: AxisField, b: AxisField): AxisField {
  if (a === 'whole' || b === 'whole') return 'whole';
  if (a.extent === 1 && b.extent === 1) return { ...a, windows: unitedWindows(a.windows, b.windows, 1) };
  if (a.step > b.step && a.step % b.step === 0) return unite(refine(a, a.step / b.step), b);
  if (b.step > a.step && b.step % a.step === 0) return unite(a, refine(b, b.step / a.step));
  if (a.step !== b.step || a.extent !== b.extent) return 'whole';
  return { ...a, windows: unitedWindows(a.windows, b.windows, a.extent) };
}
