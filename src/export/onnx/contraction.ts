/**
 * @file Sums of products of two operands as the node that ONNX has for them: `Conv` and `ConvTranspose` where one is read at sliding
 * places, `Gemm` and `MatMul` where both are read as they are. An axis is known by where it occurs: in both operands and the result
 * (a group), in both and summed over (a channel that flows in), in the result and one operand (a row, or a channel that flows out).
 * That of the images is one like any other, so the gradient of a convolution's weights is a convolution, too: its
 * channels are the images.
 */
import type { Slide } from '../../formula/slides.ts';
import type { Axis } from '../../ir/scalar.ts';
import { type Arranged, apart, IMAGES, inOrder, joined } from './arrange.ts';
import { padded, type Sliding, sliced } from './gather.ts';
import type { GraphWriter, Value } from './graph-writer.ts';

export interface Plain {
  readonly value: Value;
  readonly axes: readonly Axis[];
}

export interface Contraction {
  readonly data: Sliding;
  readonly other: Plain;
  /** Axes of the result. */
  readonly kept: readonly Axis[];
  /** Over images, too. */
  readonly batch: boolean;
}

const isSlide = (dimension: Axis | Slide): dimension is Slide => 'tap' in dimension;

interface Classes {
  readonly groups: readonly Axis[];
  readonly inner: readonly Axis[];
  /** Of a single place, and of the other operand alone. */
  readonly single: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly slides: readonly Slide[];
}

/** Undefined where an axis is summed over that one operand alone has. */
function classesOf({ data, other, kept, batch }: Contraction): Classes | undefined {
  const slides = data.dimensions.filter(isSlide);
  const own = [...(data.value.varying ? [IMAGES] : []), ...data.dimensions.filter((one) => !isSlide(one))] as Axis[];
  const others = [...(other.value.varying ? [IMAGES] : []), ...other.axes];
  const taps = slides.map(({ tap }) => tap);
  const stays = (axis: Axis) => (axis === IMAGES ? !batch : kept.includes(axis));
  const both = own.filter((axis) => others.includes(axis));
  const rows = own.filter((axis) => !others.includes(axis));
  const alone = others.filter((axis) => !own.includes(axis) && !taps.includes(axis));
  const single = alone.filter((axis) => axis.extent === 1 && !stays(axis));
  const columns = alone.filter((axis) => !single.includes(axis));
  if (![...rows, ...columns].every(stays) || !taps.every((tap) => others.includes(tap))) return undefined;
  if (slides.some(({ position }) => others.includes(position) || own.includes(position))) return undefined;
  return {
    groups: both.filter(stays),
    inner: both.filter((axis) => !stays(axis)),
    single,
    rows,
    columns,
    slides,
  };
}

/** The sum with a dimension for each axis of the result, that of the images first; undefined where there is no such node. */
export function writeContraction(writer: GraphWriter, contraction: Contraction): Arranged | undefined {
  const classes = classesOf(contraction);
  if (!classes) return undefined;
  const { slides, inner } = classes;
  const window = windowOf(contraction, classes);
  if (window) return convolved(writer, contraction, window);
  if (slides.length > 0 || inner.length === 0) return undefined;
  return multiplied(writer, contraction, classes);
}

/** A convolution with one or two axes of places. */
interface Window extends Classes {
  /** In the order of the data; a plain axis is read by a single tap. */
  readonly places: readonly (Axis | Slide)[];
  /** Each place of the operand goes to several of the result. */
  readonly scatters: boolean;
}

function windowOf({ data, other }: Contraction, classes: Classes): Window | undefined {
  const { slides, rows, columns, groups, inner } = classes;
  const images = rows.includes(IMAGES);
  const places = data.dimensions.filter((one) => isSlide(one) || (images && rows.includes(one)));
  if (places.length < 1 || places.length > 2 || [...groups, ...columns].includes(IMAGES)) return undefined;
  const forward = slides.every(({ stride, dilation, divisor }) => divisor === 1 && stride > 0 && dilation > 0);
  const scatters = !forward;
  const backward = slides.every(({ stride, dilation, offset }) => stride === 1 && dilation < 0 && offset >= 0);
  if (scatters && !backward) return undefined;
  if (!slides.every((slide) => meets(slide, sizeOf(slide, data), scatters))) return undefined;
  // A matrix along the rows of a map is none that mixes channels.
  const before = data.dimensions.filter((one) => !places.includes(one));
  const isMap = before.every((one, k) => data.dimensions[k] === one);
  const mixes = slides.length > 0 || (isMap && images && inner.length > 0 && !other.value.varying);
  return mixes ? { ...classes, rows: rows.filter((axis) => !places.includes(axis)), places, scatters } : undefined;
}

const sizeOf = (place: Axis | Slide, data: Sliding): number => data.value.extents[data.dimensions.indexOf(place)]!;

/** Places from the first that a window reads, or that an element goes to, up to behind the last. */
const reachOf = ({ tap, dilation }: Slide): number => Math.abs(dilation) * (tap.extent - 1) + 1;
const lastOf = (slide: Slide): number => (slide.position.extent - 1) * slide.stride + reachOf(slide) + slide.offset;
const fullOf = (slide: Slide, size: number): number => (size - 1) * slide.divisor + reachOf(slide) - slide.offset;

/** Whether anything is read at all. */
const meets = (slide: Slide, size: number, scatters: boolean): boolean =>
  scatters ? fullOf(slide, size) > 0 : slide.offset < size && lastOf(slide) > 0;

const positionOf = (place: Axis | Slide): Axis => (isSlide(place) ? place.position : place);
const tapsOf = (place: Axis | Slide): number => (isSlide(place) ? place.tap.extent : 1);

function convolved(writer: GraphWriter, { data, other }: Contraction, window: Window): Arranged {
  const { groups, inner, single, rows, columns, places, scatters } = window;
  const along = places.map((place) => placed(place, data, scatters));
  // A dimension of the data is called after itself.
  const dimensions = data.dimensions.map(
    (one): Axis => along.find(({ place }) => place === one)?.axis ?? (one as Axis),
  );
  const axes = data.value.varying ? [IMAGES, ...dimensions] : dimensions;
  const map = joined(writer, { value: data.value, axes }, [
    rows,
    [...groups, ...inner],
    ...along.map(({ axis }) => [axis]),
  ]);
  const cut = along.reduce((value, { keep }, k) => (keep ? cutTo(writer, value, k + 2, keep) : value), map);
  const taps = places.map((place) => (isSlide(place) ? [place.tap] : []));
  const others = other.value.varying ? [IMAGES, ...other.axes] : other.axes;
  const mixed = [...inner, ...single];
  const [first, second] = scatters ? [[...groups, ...mixed], columns] : [[...groups, ...columns], mixed];
  const weight = joined(writer, { value: other.value, axes: others }, [first, second, ...taps]);
  const extents = places.map((place) => positionOf(place).extent);
  const channels = [...groups, ...columns].reduce((size, { extent }) => size * extent, 1);
  const found = writer.emit(scatters ? 'ConvTranspose' : 'Conv', [cut, weight], {
    shape: [map.shape[0]!, channels, ...along.map(({ reached }, k) => reached ?? extents[k]!)],
    attributes: {
      kernel_shape: places.map(tapsOf),
      strides: along.map(({ stride }) => stride),
      pads: [...along.map(({ before }) => before), ...along.map(({ after }) => after)],
      dilations: along.map(({ dilation }) => dilation),
      group: groups.reduce((size, { extent }) => size * extent, 1),
    },
  });
  const whole = along.reduce((value, { reached }, k) => {
    const missing = reached === undefined ? 0 : extents[k]! - reached;
    return paddedAt(writer, value, k + 2, missing);
  }, found);
  return apart(writer, whole, [rows, groups, columns, places.map(positionOf)]);
}

interface Along {
  readonly place: Axis | Slide;
  /** Stands for the dimension of the data. */
  readonly axis: Axis;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  /** Places of the data that are read, if it has more. */
  readonly keep?: { readonly from: number; readonly to: number };
  /** Places of the result that the node makes, if they are fewer. */
  readonly reached?: number;
}

/** How the node runs along one dimension of the data. */
function placed(place: Axis | Slide, data: Sliding, scatters: boolean): Along {
  const size = sizeOf(place, data);
  if (!isSlide(place)) return { place, axis: place, stride: 1, dilation: 1, before: 0, after: 0 };
  const { position, tap, offset } = place;
  const axis: Axis = { name: `${position.name}+${tap.name}`, extent: size };
  const [stride, dilation] = scatters ? [place.divisor, -place.dilation] : [place.stride, place.dilation];
  if (scatters) {
    // Element k goes to `stride * k + dilation * tap - offset`.
    const full = fullOf(place, size);
    const after = full - position.extent;
    const missing = { ...(after < 0 && { reached: full }) };
    return { place, axis, stride, dilation, before: offset, after: Math.max(0, after), ...missing };
  }
  const last = lastOf(place);
  const from = Math.max(0, offset);
  const to = Math.min(size, last);
  const keep = from > 0 || size - to >= stride ? { keep: { from, to } } : {};
  const after = Math.max(0, last - size);
  return { place, axis, stride, dilation, before: Math.max(0, -offset), after, ...keep };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);

/** Helpers for dimensions count without the images, where those come first. */
const behindImages = (value: Value, dimension: number) => dimension - (value.varying ? 1 : 0);

const cutTo = (writer: GraphWriter, value: Value, dimension: number, { from, to }: { from: number; to: number }) =>
  sliced(writer, value, behindImages(value, dimension), range(from, to));

const paddedAt = (writer: GraphWriter, value: Value, dimension: number, after: number) =>
  padded(writer, value, { dimension: behindImages(value, dimension), before: 0, after, fill: 0 });

/** `Gemm` of two matrices, `MatMul` of several, or of one for each image; where nothing is mixed, a product and a sum. */
function multiplied(writer: GraphWriter, { data, other }: Contraction, classes: Classes): Arranged | undefined {
  const { groups, inner, single, rows, columns } = classes;
  const left: Arranged = { value: data.value, axes: withImages(data.value, data.dimensions as readonly Axis[]) };
  const right: Arranged = { value: other.value, axes: withImages(other.value, other.axes) };
  if (rows.length === 0 || columns.length === 0 || single.length > 0) return undefined;
  if (groups.length > 0) {
    const batched = (part: Arranged, first: readonly Axis[], second: readonly Axis[]) =>
      joined(writer, part, [...groups.map((axis) => [axis]), first, second]);
    const [a, b] = [batched(left, rows, inner), batched(right, inner, columns)];
    const found = writer.emit('MatMul', [a, b], { shape: [...a.shape.slice(0, -1), b.shape.at(-1)!] });
    return apart(writer, found, [groups, rows, columns]);
  }
  const turnsLeft = startsWith(left, inner);
  const turnsRight = startsWith(right, columns);
  if (!turnsLeft && !startsWith(left, rows)) return undefined;
  if (!turnsRight && !startsWith(right, inner)) return undefined;
  const [of, free, others] = rows.includes(IMAGES) ? [left, rows, columns] : [right, columns, rows];
  if (free.includes(IMAGES) && free.length > 1)
    return perImage(writer, [of, of === left ? right : left], { inner, free, others });
  const a = joined(writer, left, turnsLeft ? [inner, rows] : [rows, inner]);
  const b = joined(writer, right, turnsRight ? [columns, inner] : [inner, columns]);
  const found = writer.emit('Gemm', [a, b], {
    shape: [a.shape[turnsLeft ? 1 : 0]!, b.shape[turnsRight ? 0 : 1]!],
    attributes: { ...(turnsLeft && { transA: 1 }), ...(turnsRight && { transB: 1 }) },
  });
  return apart(writer, found, [rows, columns]);
}

/** Images beside rows stay a dimension of their own: whoever reads the model sees that none meets another. */
function perImage(
  writer: GraphWriter,
  [feature, matrix]: readonly [Arranged, Arranged],
  { inner, free, others }: { inner: readonly Axis[]; free: readonly Axis[]; others: readonly Axis[] },
): Arranged {
  const rows = free.filter((axis) => axis !== IMAGES);
  const a = joined(writer, feature, [[IMAGES], rows, inner]);
  const b = joined(writer, matrix, [inner, others]);
  const found = writer.emit('MatMul', [a, b], { shape: [...a.shape.slice(0, -1), b.shape.at(-1)!] });
  return apart(writer, found, [[IMAGES], rows, others]);
}

const withImages = (value: Value, axes: readonly Axis[]): readonly Axis[] => (value.varying ? [IMAGES, ...axes] : axes);

const startsWith = ({ axes }: Arranged, first: readonly Axis[]): boolean => first.every((axis, k) => axes[k] === axis);

/** As formulas have it: images first, then the axes of the result in their order. */
export function finished(writer: GraphWriter, found: Arranged, kept: readonly Axis[]): Value {
  const order = [...(found.axes.includes(IMAGES) ? [IMAGES] : []), ...kept];
  return inOrder(writer, found, order);
}
