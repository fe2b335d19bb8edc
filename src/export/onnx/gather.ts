/**
 * @file Reading elements at affine places. What an access reads is the whole of a dimension, a slice of it, or elements that
 * a table of places names; dimensions whose indices share an axis are first made one. Out of range stands what the access
 * reads there: it is put behind the last element, or around the map where that is all there is to it.
 */
import { product } from '../../common/shape.ts';
import type { Slide } from '../../formula/slides.ts';
import { type Index, soleAxis } from '../../ir/affine.ts';
import type { Axis } from '../../ir/scalar.ts';
import { everywhere, indexAt } from './closed.ts';
import { BATCH, type GraphWriter, type Value } from './graph-writer.ts';
import { reshaped, transposed, unsqueezed } from './nodes.ts';

/** What is read at sliding places, or plainly: a dimension, that of the images aside, is an axis or a slide. */
export interface Sliding {
  readonly value: Value;
  readonly dimensions: readonly (Axis | Slide)[];
}

/** What a formula asks for that no file should hold. */
export class Inexpressible extends Error {}

/** Tables of places beyond it would be larger than the weights of most networks. */
const LARGEST_TABLE = 2 ** 24;

/** A dimension of the operand, or several that were joined, and the indices that it is read at. */
interface Group {
  readonly indices: readonly Index[];
  readonly extents: readonly number[];
  readonly axes: readonly Axis[];
  /** It stays as it is: a node reads it at these places. */
  readonly slide?: Slide;
}

const axesOf = (indices: readonly Index[], axes: readonly Axis[]): Axis[] =>
  axes.filter(({ name }) => indices.some(({ affine }) => affine.terms.some(([axis]) => axis === name)));

/** Joins dimensions until no axis occurs in two of them. */
function groupsOf(
  indices: readonly Index[],
  extents: readonly number[],
  axes: readonly Axis[],
  slides: readonly Slide[],
): Group[] {
  const groups: Group[] = [];
  for (const [k, index] of indices.entries()) {
    const slide = slides.find(({ dimension }) => dimension === k);
    if (slide) {
      groups.push({ indices: [index], extents: [extents[k]!], axes: [], slide });
      continue;
    }
    let group: Group = { indices: [index], extents: [extents[k]!], axes: axesOf([index], axes) };
    const meets = ({ axes: others }: Group) => others.some((axis) => group.axes.includes(axis));
    while (groups.some(meets)) {
      const last = groups.pop()!;
      const joined = [...last.indices, ...group.indices];
      group = { indices: joined, extents: [...last.extents, ...group.extents], axes: axesOf(joined, axes) };
    }
    groups.push(group);
  }
  return groups;
}

/** The element for each place of the axes; -1 out of range. */
function placesOf({ indices, extents, axes }: Group): number[] {
  if (product(axes.map(({ extent }) => extent)) > LARGEST_TABLE)
    throw new Inexpressible('it reads elements at too many places that follow no simple order');
  const places: number[] = [];
  everywhere(axes, (place) => {
    let at = 0;
    for (const [k, index] of indices.entries()) {
      const own = indexAt(index, place);
      if (own === undefined || own < 0 || own >= extents[k]!) at = Number.NaN;
      else at = at * extents[k]! + own;
    }
    places.push(Number.isNaN(at) ? -1 : at);
  });
  return places;
}

/** One step between all places, not 0. */
function stepOf(places: readonly number[]): number | undefined {
  const step = places.length > 1 ? places[1]! - places[0]! : 1;
  const even = step !== 0 && places.every((place, k) => place === places[0]! + k * step);
  return even && !places.includes(-1) ? step : undefined;
}

/** The value with its dimension `dimension`, not counting the batch, made larger. */
export function padded(
  writer: GraphWriter,
  value: Value,
  { dimension, before, after, fill }: { dimension: number; before: number; after: number; fill: number },
): Value {
  if (before === 0 && after === 0) return value;
  const at = dimension + (value.varying ? 1 : 0);
  const { length: rank } = value.shape;
  const pads = new Array<number>(2 * rank).fill(0);
  pads[at] = before;
  pads[at + rank] = after;
  const shape = value.shape.map((extent, k) => (k === at ? (extent as number) + before + after : extent));
  const inputs = [value, writer.integers(pads), ...(fill === 0 ? [] : [writer.number(fill)])];
  return writer.emit('Pad', inputs, { shape });
}

/** `places` of a dimension, not counting the batch: `step` apart. */
export function sliced(writer: GraphWriter, value: Value, dimension: number, places: readonly number[]): Value {
  const at = dimension + (value.varying ? 1 : 0);
  const step = stepOf(places)!;
  if (step === 1 && places.length === value.shape[at]) return value;
  const end = places.at(-1)! + Math.sign(step);
  const inputs = [[places[0]!], [end < 0 ? -(2 ** 31) : end], [at], [step]].map((list) => writer.integers(list));
  return writer.emit('Slice', [value, ...inputs], {
    shape: value.shape.map((extent, k) => (k === at ? places.length : extent)),
  });
}

/** In the place of a dimension, not counting the batch, those of the table. */
export function gathered(
  writer: GraphWriter,
  value: Value,
  dimension: number,
  places: readonly number[],
  extents: readonly number[],
): Value {
  const at = dimension + (value.varying ? 1 : 0);
  const found = writer.emit('Gather', [value, writer.integers(places)], {
    shape: [...value.shape.slice(0, at), places.length, ...value.shape.slice(at + 1)],
    attributes: { axis: at },
  });
  const whole = value.extents;
  return reshaped(writer, found, [...whole.slice(0, dimension), ...extents, ...whole.slice(dimension + 1)]);
}

/** A dimension shifted by a constant: the map itself, with a border. */
function shifted({ indices, extents, axes }: Group) {
  const [index] = indices;
  const [axis] = axes;
  if (indices.length !== 1 || axes.length !== 1 || index!.divisor !== 1 || index!.affine.terms[0]![1] !== 1)
    return undefined;
  const first = index!.affine.constant;
  const before = Math.max(0, -first);
  const after = Math.max(0, first + axis!.extent - extents[0]!);
  const overlaps = first < extents[0]! && first + axis!.extent > 0;
  if (!overlaps) return undefined;
  return { before, after, places: Array.from({ length: axis!.extent }, (_, k) => first + before + k) };
}

function taken(writer: GraphWriter, value: Value, dimension: number, group: Group, fill: number): Value {
  const [axis] = group.axes;
  const shift = shifted(group);
  if (shift) return sliced(writer, padded(writer, value, { dimension, fill, ...shift }), dimension, shift.places);
  const places = placesOf(group);
  if (group.axes.length === 1 && places.length === axis!.extent && stepOf(places) !== undefined)
    return sliced(writer, value, dimension, places);
  const missing = places.includes(-1);
  const whole = missing ? padded(writer, value, { dimension, before: 0, after: 1, fill }) : value;
  const last = product(group.extents);
  return gathered(
    writer,
    whole,
    dimension,
    places.map((place) => (place < 0 ? last : place)),
    group.axes.map(({ extent }) => extent),
  );
}

/** What the axes of an expression are, and what its accesses read out of range. */
interface ReadSpace {
  readonly axes: readonly Axis[];
  readonly fill: number;
}

/** What is read, with a dimension for each of `axes` that is used, in their order, and which ones those are. */
export function read(
  writer: GraphWriter,
  value: Value,
  indices: readonly Index[],
  space: ReadSpace,
): { readonly value: Value; readonly used: readonly Axis[] } {
  const { value: found, dimensions } = readAround(writer, value, indices, space, []);
  const order = dimensions as readonly Axis[];
  const used = space.axes.filter((axis) => order.includes(axis));
  return {
    value: transposed(
      writer,
      found,
      used.map((axis) => order.indexOf(axis)),
    ),
    used,
  };
}

/** The same, but for dimensions that slide: they are left whole. In the order of the operand. */
export function readAround(
  writer: GraphWriter,
  value: Value,
  indices: readonly Index[],
  { axes, fill }: ReadSpace,
  slides: readonly Slide[],
): Sliding {
  const groups = groupsOf(indices, value.extents, axes, slides);
  let found = reshaped(
    writer,
    value,
    groups.map(({ extents }) => product(extents)),
  );
  for (let k = groups.length - 1; k >= 0; k--) {
    const group = groups[k]!;
    if (group.slide) continue;
    const sole = group.indices.length === 1 ? soleAxis(group.indices[0]!) : undefined;
    if (sole === undefined || group.axes[0]!.extent !== group.extents[0]) found = taken(writer, found, k, group, fill);
  }
  return {
    value: found,
    dimensions: groups.flatMap((group): readonly (Axis | Slide)[] => (group.slide ? [group.slide] : group.axes)),
  };
}

/** A value over some axes as one over all of `axes`, with an extent of 1 for the others. */
export function aligned(writer: GraphWriter, value: Value, used: readonly Axis[], axes: readonly Axis[]): Value {
  const missing = axes.flatMap((axis, k) => (used.includes(axis) ? [] : [k]));
  if (value.shape[0] === BATCH) return unsqueezed(writer, value, missing);
  // Leading ones come by themselves.
  const first = axes.findIndex((axis) => used.includes(axis));
  return unsqueezed(
    writer,
    value,
    missing.filter((k) => first >= 0 && k > first).map((k) => k - first),
  );
}
